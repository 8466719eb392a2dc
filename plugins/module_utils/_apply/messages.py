# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The netlink messages that a change takes, in stages."""

from __future__ import annotations

from typing import List, Optional, Tuple, Union, cast

from .._host.netns import open_own_netns
from .._host.netns_handles import NetnsHandles
from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.changes import Change
from .._model.errors import Failed
from .._model.impairments import Impairment, shrinks_burst
from .._model.links import Link, Veth
from .._model.routes import Route
from .._netlink.bridge_vlans import alter_vlans
from .._netlink.qdisc import delete_qdisc, replace_qdisc
from .._netlink.rtnl_requests import (
    DELADDR,
    DELROUTE,
    NEWADDR,
    NEWROUTE,
    alter_address,
    alter_link,
    alter_route,
    create_link,
    create_veth,
    delete_link,
    get_link,
    mark_link,
    move_link,
)
from .._netlink.socket import Request

Stage = Tuple[Optional[str], List[Request]]
"""Messages for one namespace. The next stage of a change is sent only if the one before it worked: a link is marked by
its name, and where making it failed that name is somebody else's."""


def write_stages(change: Change, handles: NetnsHandles) -> List[Stage]:
    """The messages for a change of a link, of what is set on one, of an address or a route."""
    before, after, resource = change.before, change.after, change.resource
    if isinstance(resource, Address):
        kind = NEWADDR if after is not None else DELADDR
        return [
            (
                resource.netns,
                [
                    alter_address(
                        kind, handles.get(resource.netns).indexes[resource.link], resource.address
                    )
                ],
            )
        ]
    if isinstance(resource, Route):
        return _of_route(change, handles)
    if isinstance(resource, (PortVlans, Impairment)):
        return _of_end(change, handles)
    if after is None:
        links = [before.end, before.peer] if isinstance(before, Veth) else [cast(Link, before)]
        for link in links:
            handles.get(link.netns).indexes.pop(link.name, None)
        return [(links[0].netns, [delete_link(links[0].name)])]
    if before is not None:
        return _of_alteration(cast(Link, before), cast(Link, after), handles)
    return (
        _of_pair(after, handles)
        if isinstance(after, Veth)
        else _of_link(cast(Link, after), handles)
    )


def _descriptor(netns: Optional[str], handles: NetnsHandles) -> int:
    descriptor = handles.get(netns).descriptor
    # The host's is opened for the process's lifetime: a message holds only its number.
    return open_own_netns() if descriptor is None else descriptor


def _mark(link: Link) -> List[Request]:
    return [] if link.owner is None else [mark_link(link)]


def _of_alteration(before: Link, after: Link, handles: NetnsHandles) -> List[Stage]:
    indexes = handles.get(before.netns).indexes
    if before.ref != after.ref:
        index = indexes[before.name]
        del indexes[before.name]
        across = None if before.netns == after.netns else _descriptor(after.netns, handles)
        return [
            (before.netns, [move_link(index, after.name, across)]),
            (after.netns, [get_link(after.name)]),
        ]
    master = after.bridge or after.vrf
    return [(after.netns, alter_link(before, after, indexes[master] if master else None))]


def _of_pair(pair: Veth, handles: NetnsHandles) -> List[Stage]:
    end, peer = (pair.end, pair.peer) if pair.end.netns is None else (pair.peer, pair.end)
    across = _descriptor(peer.netns, handles) if peer.netns != end.netns else None
    near = [create_veth(end, peer, across), get_link(end.name)]
    return [
        (end.netns, near),
        (peer.netns, [get_link(peer.name), *_mark(peer)]),
        (end.netns, _mark(end)),
    ]


def _of_link(link: Link, handles: NetnsHandles) -> List[Stage]:
    if link.kind == "veth":
        # The kernel would give it a new one, which bears nobody's mark.
        raise Failed("its other end lay in a namespace that has no name, and went with it")
    netns, name = link.parent or (link.netns, "")
    parent = handles.get(netns).indexes[name] if name else None
    # It is made where its parent is, and by the same message comes to be where it shall: so the kernel knows in which of the two it sends.
    across = _descriptor(link.netns, handles) if netns != link.netns else None
    return [
        (netns, [create_link(link, parent, across)]),
        (link.netns, [get_link(link.name), *_mark(link)]),
    ]


def _of_route(change: Change, handles: NetnsHandles) -> List[Stage]:
    route, before = cast(Route, change.resource), cast(Optional[Route], change.before)
    indexes = handles.get(route.netns).indexes
    if change.after is None:
        return [(route.netns, [alter_route(DELROUTE, route, indexes)])]
    if before is None:
        return [(route.netns, [alter_route(NEWROUTE, route, indexes)])]
    if ":" in route.destination and (before.nexthops or route.nexthops):
        # Replacing several IPv6 next hops replaces the first and leaves the rest.
        return [
            (
                route.netns,
                [alter_route(DELROUTE, before, indexes), alter_route(NEWROUTE, route, indexes)],
            )
        ]
    return [(route.netns, [alter_route(NEWROUTE, route, indexes, replacing=True)])]


def _of_end(change: Change, handles: NetnsHandles) -> List[Stage]:
    """Of what is set on a link."""
    before, after, resource = (
        change.before,
        change.after,
        cast(Union[PortVlans, Impairment], change.resource),
    )
    index = handles.get(resource.netns).indexes[resource.link]
    if isinstance(after, PortVlans) and isinstance(before, PortVlans):
        return [(resource.netns, alter_vlans(index, before, after))]
    return [
        (
            resource.netns,
            _impair(index, cast(Optional[Impairment], before), cast(Optional[Impairment], after)),
        )
    ]


def _impair(index: int, before: Optional[Impairment], after: Optional[Impairment]) -> List[Request]:
    old = (
        [delete_qdisc(index, before)]
        if before and (after is None or shrinks_burst(before, after))
        else []
    )
    return [*old, *([replace_qdisc(index, after)] if after else [])]
