# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the loopback of a namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.fast_replace import replace
from .._model.links import Link, list_down_loopbacks
from .kinds import steps
from .link_effects import set_down
from .phases import Phase

if TYPE_CHECKING:
    from .projection import Projection


def plan_loopback(projection: Projection, wanted: Link) -> None:
    """Plan that the loopback of a namespace is up, and has the addresses that are listed for it.

    It is up with its namespace, unless the task says otherwise of the loopback itself.
    """
    projection.need_netns(wanted.netns, "its loopback")
    current = projection.links.get(wanted.ref)
    if current is None:
        return
    if wanted.up is False and current.up:
        current = projection.change(
            set_down(projection, current, Phase.ALTER), Phase.ALTER, up=False
        )
    if wanted.up and not current.up and wanted.netns not in projection.once(_find_unwanted):
        # It needs no address before it is up, as other links do.
        current = projection.change(current, Phase.ALTER, up=True)
    if current.alias is not None and current.owner == projection.request.owner:
        # Another program has changed the mark.
        current = projection.change(current, Phase.ALTER, alias=None)
    has_settings = wanted.addresses is not None or wanted.mtu is not None
    if has_settings and steps.change_link is not None:
        steps.change_link(projection, replace(wanted, up=None), current)


def _find_unwanted(projection: Projection) -> frozenset[str | None]:
    return list_down_loopbacks(projection.request.wanted(Link))


def plan_no_addresses(projection: Projection, unwanted: Link) -> None:
    """Plan to remove the addresses of a loopback that are named, or all where none are named."""
    current = projection.links.get(unwanted.ref)
    if current is not None and current.addresses and steps.change_link is not None:
        remaining = tuple(
            text
            for text in current.addresses
            if unwanted.addresses and text not in unwanted.addresses
        )
        steps.change_link(
            projection, Link(current.netns, current.name, addresses=remaining), current
        )
