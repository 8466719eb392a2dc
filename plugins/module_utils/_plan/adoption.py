# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan to take over an end of a veth pair that this collection did not create."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_link
from .._describe.places import describe_netns, describe_owner
from .._model.errors import Conflict
from . import link_uses
from .phases import Phase
from .physical_links import save_settings_on_host

if TYPE_CHECKING:
    from .._model.links import Link, Veth
    from .projection import Projection


def adopt_link(projection: Projection, wanted: Veth, link: Link, target: str | None) -> Link:
    """Plan to take over a link that is going to be moved, and to remove what it would lose.

    One from the host is given back with its settings when its owner removes it.

    :param wanted: the pair of which it becomes an end.
    :returns: the link as it will be, before it moves.
    :raises Conflict: if it is in use, unless ``force`` is set for the pair.
    """
    routes = link_uses.routes_of_others(projection, link)
    if not projection.request.permits("force", wanted):
        _check_unused(projection, link, target)
    link_uses.warn_of_lost_traffic_control(projection, link)
    if link.netns is None:
        saved = save_settings_on_host(projection, link)
    else:
        saved = mark_as_own(projection, link)
    for route in routes:
        projection.remove(route, Phase.MOVE)
    if saved.addresses:
        projection.remove_addresses(saved, saved.addresses[::-1], Phase.MOVE)
    return projection.links[link.ref]


def adopt_in_place(projection: Projection, wanted: Veth) -> None:
    """Plan that ends of others in a namespace of the topology become its own with ``force``.

    Otherwise it could not remove the namespace.
    """
    if projection.request.lab is None or not projection.request.permits("force", wanted):
        return
    for ref in (wanted.end.ref, wanted.peer.ref):
        link = projection.links.get(ref)
        netns = projection.namespaces.get(ref[0] or "")
        is_own_netns = netns is not None and netns.owner == projection.request.lab
        if link is not None and link.owner is None and is_own_netns:
            mark_as_own(projection, link)


def mark_as_own(projection: Projection, link: Link) -> Link:
    """Plan that a link belongs to the owner of the plan from now on."""
    return projection.change(link, Phase.MOVE, owner=projection.request.owner, alias=None)


def _check_unused(projection: Projection, link: Link, target: str | None) -> None:
    uses = link_uses.list_addresses_and_routes(projection, link) + link_uses.list_traffic_control(
        projection, link
    )
    uses += [f"its place in {master}" for master in (link.bridge, link.vrf) if master]
    uses += link_uses.list_dependents(projection, link)
    if link.netns is not None:
        uses.append(f"its place in {describe_netns(link.netns)}")
    if uses:
        raise Conflict(
            "name",
            link.name,
            f"{describe_link(link)} is {describe_owner(link)}, and in {describe_netns(target)} it "
            f"would lose {', '.join(uses)}; set force: true to move it anyway",
        )
