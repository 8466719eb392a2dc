# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel does by itself when a link is set down, moved or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_location, describe_owner
from .._model.addresses import Address
from .._model.errors import Conflict
from .._model.fast_replace import replace
from .._model.links import PORT_FLAGS, Link, LinkRef, Veth
from .._model.routes import KERNEL_ROUTE, MAIN_TABLE, Route, is_foreign_route
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Collection

    from .projection import Projection


def routes_through(projection: Projection, link: Link) -> list[Route]:
    """The routes of which the link is the device, or that of a next hop."""
    return [
        route
        for route in projection.routes.get(link.netns, ())
        if link.name == route.device
        or (route.nexthops and any(link.name == hop.device for hop in route.nexthops))
    ]


def drop_routes(
    projection: Projection, link: Link, phase: Phase, family: int | None = None
) -> list[Route]:
    """Plan that the kernel drops the routes through a link, or those of one family (4, 6).

    :returns: the dropped routes, without those that the kernel adds again by itself.
    """
    routes = projection.routes.get(link.netns)
    if not routes:
        return []
    dropped = []
    for route in routes_through(projection, link):
        if family is None or (":" in route.destination) == (family == 6):
            routes.remove(route)
            # The kernel adds its own routes (RTPROT_KERNEL) again with their address.
            if route.protocol != KERNEL_ROUTE:
                dropped.append(route)
    # A rollback restores them in reverse order. Routes by a gateway need the others, so they come
    # last there.
    for route in sorted(dropped, key=_has_no_gateway):
        projection.builder.record_dropped_route(route, phase)
    return dropped


def drop_routes_from(
    projection: Projection,
    link: Link,
    addresses: Collection[str],
    phase: Phase,
    are_back: bool = False,
) -> list[tuple[Route, Route]]:
    """Plan that the kernel drops the routes whose source is one of the addresses of a link.

    It does so in the main table alone, with IPv4. Routes of IPv6 lose their source instead.

    :param are_back: whether the addresses come back. Then a run gives routes of others what they
        lose in the words of the kernel, and it is not planned.
    :returns: the routes that lose their source, each as it will be and as it was.
    """
    routes = projection.routes.get(link.netns, [])
    sourced = [route for route in routes if route.source is not None]
    if not sourced:
        return []
    remaining = {
        text.partition("/")[0]
        for other in projection.links.in_netns(link.netns)
        for text in other.addresses or ()
        if other.name != link.name or text not in addresses
    }
    gone = {text.partition("/")[0] for text in addresses} - remaining
    changed = []
    for route in sourced:
        if route.source not in gone or (are_back and is_foreign_route(route)):
            continue
        if ":" in route.destination:
            bare = replace(route, source=None)
            projection.builder.record(phase, route, bare, implied=True)
            routes[routes.index(route)] = bare
            changed.append((bare, route))
        elif route.table == MAIN_TABLE and route.protocol != KERNEL_ROUTE and not link.vrf:
            routes.remove(route)
            projection.builder.record_dropped_route(route, phase)
    return changed


def _has_no_gateway(route: Route) -> bool:
    return route.gateway is None and route.nexthops is None


def _drop_addresses(
    projection: Projection, link: Link, phase: Phase, ipv6_only: bool = False
) -> None:
    """Plan that the kernel drops the addresses of a link, and the routes through it."""
    # A rollback restores in reverse order: the first address of a network before its secondaries,
    # and routes last.
    drop_routes(projection, link, phase)
    addresses = [text for text in link.addresses or () if ":" in text or not ipv6_only]
    if addresses:
        drop_routes_from(projection, link, addresses, phase)
        projection.remove_addresses(link, addresses[::-1], phase, implied=True)
    for text in link.link_locals or ():
        projection.remove(Address(*link.ref, text), phase, implied=True)


def set_down(projection: Projection, link: Link, phase: Phase) -> Link:
    """Plan what the kernel does when a link is set down.

    It drops the routes through it and its IPv6 addresses, and sets down the VLANs on it.

    :returns: the link without its IPv6 addresses. The caller plans the change of ``up``.
    """
    _drop_addresses(projection, link, phase, ipv6_only=True)
    for child in projection.links.children(link.ref):
        if child.kind == "vlan" and child.up:
            projection.change(set_down(projection, child, phase), phase, implied=True, up=False)
    return projection.links[link.ref]


def _move_children(projection: Projection, link: Link, ref: LinkRef, phase: Phase) -> None:
    """Plan that the children of a link stay where they are, on a parent that moves.

    A vxlan is deleted by the kernel when its parent goes to another namespace.
    """
    for child in projection.links.children(link.ref):
        if child.kind == "vxlan" and ref[0] != link.netns:
            remove_link(projection, child, phase, implied=True)
        else:
            projection.update_implicitly(child, parent=ref)
    projection.builder.move_parent_of_removed(link.ref, ref, phase)


def move_to_netns(
    projection: Projection,
    link: Link,
    ref: LinkRef,
    phase: Phase,
    peer: LinkRef | None = None,
) -> Link:
    """Plan to move a link to another namespace.

    The kernel sets it down, drops its addresses and routes, and takes it from its master.

    :param peer: where its peer will be, if that moves as well.
    :returns: the link as it will be.
    """
    _move_children(projection, link, ref, phase)
    _drop_addresses(projection, link, phase)
    projection.departing.append(link)
    # Its kernel parameters are those of the namespace to which it comes, and are not known.
    return projection.move(
        link,
        ref,
        phase,
        up=False,
        peer=peer or link.peer,
        bridge="",
        vrf=None,
        accept_ra=None,
        accept_dad=None,
        link_local=True,
        **PORT_FLAGS,
    )


def rename_link(projection: Projection, link: Link, ref: LinkRef, phase: Phase) -> Link:
    """Plan to rename a link within its namespace.

    It is set down first: older kernels require it.

    :returns: the link as it will be.
    """
    if link.up:
        link = projection.change(set_down(projection, link, phase), phase, up=False)
    _move_children(projection, link, ref, phase)
    return projection.move(link, ref, phase)


def occupies_wanted_place(projection: Projection, link: Link) -> bool:
    """Whether a link, or its peer, has to go before what is wanted is created.

    It has the name of a wanted link, or is a port of a bridge that has no space for the wanted
    ports.
    """
    wanted = projection.request.link_refs
    if link.ref in wanted or link.peer in wanted:
        return True
    peer = projection.links.get(link.peer) if link.peer else None
    full = projection.full_bridges
    return (link.netns, link.bridge) in full or (
        peer is not None and (peer.netns, peer.bridge) in full
    )


def removal_phase(projection: Projection, link: Link) -> Phase:
    """When a link is removed: early if its place is needed by a wanted link, else late."""
    return Phase.CLEAR if occupies_wanted_place(projection, link) else Phase.REMOVE_LINK


def remove_link(
    projection: Projection, link: Link, phase: Phase = Phase.REMOVE_LINK, implied: bool = False
) -> None:
    """Plan to delete a link, its peer, and the links that sit on either.

    :param implied: whether the link is deleted with its namespace.
    :raises Conflict: if a link that sits on it belongs to someone else.
    """
    if phase == Phase.REMOVE_LINK and occupies_wanted_place(projection, link):
        phase, implied = Phase.CLEAR, False
    peer = projection.links.get(link.peer) if link.peer else None
    for end in (link, peer) if peer else (link,):
        for child in projection.links.children(end.ref):
            _check_child_removable(projection, child, end)
            remove_link(projection, child, phase, implied=True)
        _drop_addresses(projection, end, phase)
        projection.departing.append(end)
        if phase == Phase.CLEAR:
            projection.cleared.add(end.ref)
        _release_ports(projection, end)
    projection.remove(Veth(link, peer) if peer else link, phase, implied)


def _check_child_removable(projection: Projection, child: Link, parent: Link) -> None:
    if (
        not projection.is_foreign(child)
        or child.ref in projection.current.unfinished
        or projection.request.permits("force", parent)
    ):
        return
    where = f"{child.name} {describe_location(child.netns)}"
    raise Conflict(
        "name",
        parent.name,
        f"interface {where} is on top of it, would be deleted with it, and is "
        f"{describe_owner(child)}; remove that first",
    )


def _release_ports(projection: Projection, master: Link) -> None:
    """Plan that the ports of a bridge or a vrf stay when it is deleted."""
    if master.kind not in ("bridge", "vrf"):
        return
    # The ports are released first of all: a port may move or get another master until its old one
    # is deleted, and on rollback it must come back to the old one last. The kernel releases them,
    # but too late for a macvlan or ipvlan that is created on one.
    parents = {link.parent for link in projection.request.links}
    for port in projection.links.in_netns(master.netns):
        if master.kind == "bridge" and port.bridge == master.name:
            implied = port.ref not in parents
            projection.change(port, Phase.LEAVE, implied=implied, bridge="", **PORT_FLAGS)
        elif master.kind == "vrf" and port.vrf == master.name:
            # The kernel sets it down for a moment, to look up its routes again.
            if port.up:
                set_down(projection, port, Phase.LEAVE)
            projection.change(port, Phase.LEAVE, implied=True, vrf="")
