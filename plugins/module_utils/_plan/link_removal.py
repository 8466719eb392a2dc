# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the removal of links and veth pairs."""

from __future__ import annotations

from .._describe.links import describe_kind
from .._describe.places import describe_netns
from .._model.errors import Conflict
from .._model.link_types import NETNS_LINK_KINDS
from .._model.links import Link, Veth, type_name
from .phases import Phase
from .physical_links import check_spared, find_stranded, plan_return_to_host
from .projection import Projection


def plan_no_link(projection: Projection, unwanted: Link, phase: Phase = Phase.REMOVE_LINK) -> None:
    """A link that shall not be there: deleted, or given back if it came from the host."""
    current = projection.links.get(unwanted.ref)
    if current is None and unwanted.saved is not None:
        current = find_stranded(projection, unwanted)
    if current is None:
        return
    if (
        unwanted.kind is not None
        and current.kind != unwanted.kind
        or (unwanted.options and type_name(unwanted) != type_name(current))
    ):
        raise Conflict(
            "name",
            unwanted.name,
            f"{describe_netns(unwanted.netns)} has {describe_kind(current)} of this name, which is not what shall go",
        )
    if current.saved is not None or unwanted.saved is not None or current.kind == "":
        plan_return_to_host(projection, current, phase)
        return
    if unwanted.kind is None and current.kind not in NETNS_LINK_KINDS:
        module = {"bridge": "linux_bridge", "veth": "veth"}.get(current.kind or "")
        rule = f"; module {module} removes it" if module else ", which this module does not remove"
        raise Conflict("name", unwanted.name, f"is {describe_kind(current)}{rule}")
    if projection.lab is None and current.kind in NETNS_LINK_KINDS:
        check_spared(projection, current, unwanted)
    projection.remove_link(current, phase)


def plan_no_veth(projection: Projection, unwanted: Veth, phase: Phase = Phase.REMOVE_LINK) -> None:
    """A pair that shall not be there: gone as soon as either end is."""
    for link, other in ((unwanted.end, unwanted.peer), (unwanted.peer, unwanted.end)):
        current = projection.links.get(link.ref)
        if current is not None and (
            link is unwanted.end or (current.peer and current.peer[1] == other.name)
        ):
            plan_no_link(projection, link, phase)
            return
