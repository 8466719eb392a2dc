# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The netlink messages that a change takes, in stages."""

from __future__ import annotations

from typing import List, Optional, Tuple, Union, cast

from . import _errors, _model, _namespaces, _qdisc, _requests, _vlans
from ._changes import Change
from ._impairment import Impairment, waits_forever
from ._netlink import Request
from ._rooms import Rooms
from ._vlans import PortVlans

Stage = Tuple[Optional[str], List[Request]]
"""Messages for one namespace. The next stage of a change is sent only if the one before it worked: a link is marked by
its name, and where making it failed that name is somebody else's."""


def write_stages(change: Change, rooms: Rooms) -> List[Stage]:
    """The messages for a change of a link, of what is set on one, of an address or a route."""
    before, after, thing = change.before, change.after, change.thing
    if isinstance(thing, _model.Address):
        kind = _requests.NEWADDR if after is not None else _requests.DELADDR
        return [(thing.netns, [_requests.alter_address(kind, rooms.of(thing.netns).indexes[thing.link], thing.address)])]
    if isinstance(thing, _model.Route):
        return _of_route(change, rooms)
    if isinstance(thing, (PortVlans, Impairment)):
        return _of_end(change, rooms)
    if after is None:
        links = [before.end, before.peer] if isinstance(before, _model.Veth) else [cast(_model.Link, before)]
        for link in links:
            rooms.of(link.netns).indexes.pop(link.name, None)
        return [(links[0].netns, [_requests.delete_link(links[0].name)])]
    if before is not None:
        return _of_alteration(cast(_model.Link, before), cast(_model.Link, after), rooms)
    return _of_pair(after, rooms) if isinstance(after, _model.Veth) else _of_link(cast(_model.Link, after), rooms)


def _descriptor(netns: Optional[str], rooms: Rooms) -> int:
    descriptor = rooms.of(netns).descriptor
    # The host's is opened for the process's lifetime: a message holds only its number.
    return _namespaces.open_own() if descriptor is None else descriptor


def _mark(link: _model.Link) -> List[Request]:
    return [] if link.owner is None else [_requests.mark_link(link)]


def _of_alteration(before: _model.Link, after: _model.Link, rooms: Rooms) -> List[Stage]:
    indexes = rooms.of(before.netns).indexes
    if before.place != after.place:
        index = indexes[before.name]
        del indexes[before.name]
        across = None if before.netns == after.netns else _descriptor(after.netns, rooms)
        return [(before.netns, [_requests.move_link(index, after.name, across)]), (after.netns, [_requests.get_link(after.name)])]
    master = after.bridge or after.vrf
    return [(after.netns, _requests.alter_link(before, after, indexes[master] if master else None))]


def _of_pair(pair: _model.Veth, rooms: Rooms) -> List[Stage]:
    end, peer = (pair.end, pair.peer) if pair.end.netns is None else (pair.peer, pair.end)
    across = _descriptor(peer.netns, rooms) if peer.netns != end.netns else None
    near = [_requests.create_veth(end, peer, across), _requests.get_link(end.name)]
    return [(end.netns, near), (peer.netns, [_requests.get_link(peer.name), *_mark(peer)]), (end.netns, _mark(end))]


def _of_link(link: _model.Link, rooms: Rooms) -> List[Stage]:
    if link.kind == "veth":
        # The kernel would give it a new one, which bears nobody's mark.
        raise _errors.Failed("its other end lay in a namespace that has no name, and went with it")
    netns, name = link.parent or (link.netns, "")
    parent = rooms.of(netns).indexes[name] if name else None
    # It is made where its parent is, and by the same message comes to be where it shall: so the kernel knows in which of the two it sends.
    across = _descriptor(link.netns, rooms) if netns != link.netns else None
    return [(netns, [_requests.create_link(link, parent, across)]), (link.netns, [_requests.get_link(link.name), *_mark(link)])]


def _of_route(change: Change, rooms: Rooms) -> List[Stage]:
    route, before = cast(_model.Route, change.thing), cast(Optional[_model.Route], change.before)
    indexes = rooms.of(route.netns).indexes
    if change.after is None:
        return [(route.netns, [_requests.alter_route(_requests.DELROUTE, route, indexes)])]
    if before is None:
        return [(route.netns, [_requests.alter_route(_requests.NEWROUTE, route, indexes)])]
    if ":" in route.destination and (before.nexthops or route.nexthops):
        # Replacing several IPv6 next hops replaces the first and leaves the rest.
        return [(route.netns, [_requests.alter_route(_requests.DELROUTE, before, indexes), _requests.alter_route(_requests.NEWROUTE, route, indexes)])]
    return [(route.netns, [_requests.alter_route(_requests.NEWROUTE, route, indexes, replacing=True)])]


def _of_end(change: Change, rooms: Rooms) -> List[Stage]:
    """Of what is set on a link."""
    before, after, thing = change.before, change.after, cast(Union[PortVlans, Impairment], change.thing)
    index = rooms.of(thing.netns).indexes[thing.link]
    if isinstance(after, PortVlans) and isinstance(before, PortVlans):
        return [(thing.netns, _vlans.alter_vlans(index, before, after))]
    return [(thing.netns, _impair(index, cast(Optional[Impairment], before), cast(Optional[Impairment], after)))]


def _impair(index: int, before: Optional[Impairment], after: Optional[Impairment]) -> List[Request]:
    old = [_qdisc.delete_qdisc(index, before)] if before and (after is None or waits_forever(before, after)) else []
    return [*old, *([_qdisc.replace_qdisc(index, after)] if after else [])]
