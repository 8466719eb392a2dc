# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for impairments: queueing disciplines that delay, drop or limit sent packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._model.errors import Conflict
from .._model.impairments import Impairment, format_options, is_unimpaired, with_tbf_sizes
from .._model.links import ETHERNET_MTU
from .phases import Phase
from .replaced_links import ReplacedLinks, check_feature

if TYPE_CHECKING:
    from .projection import Projection


def drop_impairments(projection: Projection) -> None:
    """Plan that an impairment goes with the link on which it is."""
    moved = ReplacedLinks(projection).moved
    for ref, impairment in projection.current.impairments.items():
        if ref in moved:
            # First of all, so that a rollback restores it last.
            projection.remove(impairment, Phase.LEAVE, implied=True)


def plan_impairment(projection: Projection, wanted: Impairment) -> None:
    """Plan the impairment of a link, or its removal where nothing is asked for.

    :raises Conflict: if the link has a queueing discipline of someone else.
    """
    ref = (wanted.netns, wanted.link)
    current = projection.impairments.get(ref)
    if is_unimpaired(wanted):
        if current is not None:
            projection.remove(current, Phase.IMPAIR)
        return
    foreign = projection.current.foreign_qdiscs.get(ref)
    if foreign is not None:
        where = "" if wanted.netns is None else f" -n {wanted.netns}"
        raise Conflict(
            "impairment",
            format_options(wanted),
            f"{wanted.link} {describe_location(wanted.netns)} has a queueing discipline that this "
            f"collection did not set ({foreign}); "
            f"to remove it: tc{where} qdisc del dev {wanted.link} root",
        )
    link = projection.links.get(ref)
    after = with_tbf_sizes(wanted, (link.mtu if link else None) or ETHERNET_MTU)
    check_feature(projection, after.kind, "impairment", format_options(wanted), wanted.link)
    if after != current:
        projection.replace(current, after, Phase.IMPAIR)
