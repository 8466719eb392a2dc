# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the removal of links and veth pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_kind
from .._describe.places import describe_netns
from .._model.errors import Conflict
from .._model.link_types import NETNS_LINK_KINDS
from .._model.links import Link, Veth, type_name
from .link_effects import removal_phase, remove_link
from .loopbacks import plan_no_addresses
from .phases import Phase
from .physical_links import find_returned_by_kernel, plan_return_to_host

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from .projection import Projection


def remove_links(
    projection: Projection,
    links: Sequence[Link],
    veths: Sequence[Veth],
    removed_namespaces: Container[str | None],
) -> None:
    """Plan to remove links, and the addresses of loopbacks whose namespaces stay.

    :raises Conflict: if one must not be removed.
    """
    # A link that is removed early takes the links on it along, so it is planned before these.
    others = [link for link in links if link.name != "lo"]
    for link in sorted(others, key=lambda link: removal_phase(projection, link)):
        plan_no_link(projection, link)
    for pair in veths:
        plan_no_veth(projection, pair)
    for link in links:
        is_cleared = link.name == "lo" and link.addresses is not None
        if is_cleared and link.netns not in removed_namespaces:
            plan_no_addresses(projection, link)


def plan_no_link(projection: Projection, unwanted: Link) -> None:
    """Plan to delete a link, or to give it back if it came from the host.

    :raises Conflict: if a link of another type has the name.
    """
    _remove(projection, unwanted, removal_phase(projection, unwanted))


def plan_no_veth(projection: Projection, unwanted: Veth) -> None:
    """Plan to delete a veth pair. The kernel deletes it with either end."""
    for link, peer in ((unwanted.end, unwanted.peer), (unwanted.peer, unwanted.end)):
        current = projection.links.get(link.ref)
        if current is not None and (
            link is unwanted.end or (current.peer and current.peer[1] == peer.name)
        ):
            _remove(projection, link, Phase.REMOVE_LINK)
            return
    projection.check_no_altname("name", unwanted.end.ref)


def _remove(projection: Projection, unwanted: Link, phase: Phase) -> None:
    current = projection.links.get(unwanted.ref)
    if current is None and unwanted.saved is not None:
        current = find_returned_by_kernel(projection, unwanted)
    if current is None:
        projection.check_no_altname("name", unwanted.ref)
        return
    if (
        unwanted.kind is not None
        and current.kind != unwanted.kind
        or (unwanted.options and type_name(unwanted) != type_name(current))
    ):
        raise Conflict(
            "name",
            unwanted.name,
            f"{describe_netns(unwanted.netns)} has {describe_kind(current)} of this name, which "
            "is not what is to be removed",
        )
    if current.saved is not None or unwanted.saved is not None or current.kind == "":
        plan_return_to_host(projection, current, phase)
        return
    if unwanted.kind is None and current.kind not in NETNS_LINK_KINDS:
        module = {"bridge": "linux_bridge", "veth": "veth"}.get(current.kind or "")
        rule = (
            f"; use module {module} to remove it"
            if module
            else ", which this module does not remove"
        )
        raise Conflict("name", unwanted.name, f"is {describe_kind(current)}{rule}")
    remove_link(projection, current, phase)
