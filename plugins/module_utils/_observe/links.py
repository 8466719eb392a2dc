# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rooms: namespaces that are open, each with its netlink socket, and what is read in them."""

from __future__ import annotations

import os
import resource
from collections import Counter
from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Optional, Set, Tuple

from . import _answers, _kinds, _link_answers, _model, _namespaces, _qdisc, _requests, _support, _vlans, _wireguard
from ._impairment import Impairment
from ._netlink import Socket
from ._there import Neighbour


class Indexes(Dict[str, int]):
    """The kernel's numbers of a namespace's links, by name. One that is not known is asked for."""

    def __init__(self, socket: Socket) -> None:
        super().__init__()
        self._socket = socket

    def __missing__(self, name: str) -> int:
        (reply,) = self._socket.send([_requests.get_link(name)])
        reply.check()
        self[name] = _link_answers.read_link(None, reply.messages[0]).number
        return self[name]


@dataclass
class Room:
    """An open namespace (``descriptor`` None: the host) and the indexes of its links."""

    netns: Optional[str]
    descriptor: Optional[int]
    identity: Tuple[int, int]
    socket: Socket
    indexes: Indexes = field(init=False)
    impaired: bool = False
    """Whether a link had an impairment when they were read, ours or not."""
    coming: Dict[str, str] = field(default_factory=dict)
    """The links that were about to carry then, each with its bridge, which comes behind its ports."""
    deaf: List[str] = field(default_factory=list)
    """The links on which IPv6 was disabled then."""
    filtering: bool = False
    """Whether a bridge then filtered VLANs."""
    forwarding: Dict[str, Optional[str]] = field(default_factory=dict)
    """Of each link then, net.ipv4.conf.LINK.forwarding."""

    def __post_init__(self) -> None:
        self.indexes = Indexes(self.socket)

    def find_bond(self, name: str) -> Optional[str]:
        """What binds a link to this namespace, in words; None: it can leave, or is not here."""
        (reply,) = self.socket.send([_requests.get_link(name)])
        if reply.messages and _link_answers.is_immutable(reply.messages[0]):
            return "is bound to its network namespace"
        return _support.find_bond(name)

    def close(self) -> None:
        self.socket.close()
        if self.descriptor is not None:
            os.close(self.descriptor)


class Rooms:
    """All rooms that are open; closing it closes them."""

    def __init__(self) -> None:
        # Two descriptors a namespace: the usual soft limit of 1,024 would end at 500.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._rooms: Dict[Optional[str], Room] = {}

    def close(self) -> None:
        for room in self._rooms.values():
            room.close()
        self._rooms.clear()

    @property
    def opened(self) -> List[Room]:
        return list(self._rooms.values())

    def enter(self, netns: Optional[str]) -> Optional[Room]:
        """The room of that name, opened if need be; None if there is no such namespace (any more)."""
        if netns is None:
            if None not in self._rooms:
                self._rooms[None] = Room(None, None, _namespaces.identify(None), Socket())
            return self._rooms[None]
        descriptor = _namespaces.open_name(netns)
        known = self._rooms.get(netns)
        if descriptor is not None and known is not None and known.identity == _namespaces.identify(descriptor):
            os.close(descriptor)
            return known
        self.forget(netns)
        return None if descriptor is None else self.adopt(netns, descriptor)

    def adopt(self, netns: str, descriptor: int, socket: Optional[Socket] = None) -> Room:
        """A room of an open descriptor, and of a socket inside if there is one already; it then owns them."""
        if socket is None:
            with _namespaces.inside(descriptor):
                socket = Socket()
        self._rooms[netns] = Room(netns, descriptor, _namespaces.identify(descriptor), socket)
        return self._rooms[netns]

    def forget(self, netns: str) -> None:
        room = self._rooms.pop(netns, None)
        if room is not None:
            room.close()

    def of(self, netns: Optional[str]) -> Room:
        """The room of that name, which must be there."""
        known = self._rooms.get(netns)
        room = known if known is not None else self.enter(netns)
        if room is None:
            raise FileNotFoundError(f"there is no namespace {netns}")
        return room


def read_links(rooms: Iterable[Room]) -> Dict[_model.Place, _model.Link]:
    """The links of these rooms, with addresses, masters, and peers and parents as far as they lie in these rooms."""
    links: Dict[_model.Place, _model.Link] = {}
    answers: Dict[_model.Place, _link_answers.LinkAnswer] = {}
    rooms = list(rooms)
    for room in rooms:
        _read_room(room, links, answers)
    _relate(rooms, links, answers)
    return links


def _read_room(room: Room, links: Dict[_model.Place, _model.Link], answers: Dict[_model.Place, _link_answers.LinkAnswer]) -> None:
    """The links of one, and what they tell of the whole."""
    indexes = Indexes(room.socket)
    masters: Dict[_model.Place, _link_answers.LinkAnswer] = {}
    wireguards: List[_model.Place] = []
    deaf: List[str] = []
    impaired = filtering = False
    coming: List[_link_answers.LinkAnswer] = []
    forwarding: Dict[str, Optional[str]] = {}
    for data in room.socket.dump(_requests.GETLINK, _requests.dump_links()):
        answer = _link_answers.read_link(room.netns, data)
        place, options = answer.link.place, answer.link.options
        impaired = impaired or answer.alike.impaired
        if answer.is_coming:
            coming.append(answer)
        filtering = filtering or (isinstance(options, _kinds.BridgeOptions) and options.vlan_filtering is True)
        links[place] = answer.link
        answers[place] = answer
        indexes[answer.link.name] = answer.number
        forwarding[answer.link.name] = answer.alike.forwarding
        if answer.alike.deaf:
            deaf.append(answer.link.name)
        if answer.master:
            masters[place] = answer
        if answer.link.kind == "wireguard":
            wireguards.append(place)
    names = {index: name for name, index in indexes.items()}
    for place, answer in masters.items():
        master = names.get(answer.master, "")
        links[place] = _model.replace(links[place], vrf=master) if answer.alike.in_vrf else _model.replace(links[place], bridge=master)
    for index, address in filter(None, map(_answers.read_address, room.socket.dump(_requests.GETADDR, _requests.dump_addresses()))):
        place = (room.netns, names.get(index, ""))
        if place in links:
            links[place] = _model.replace(links[place], addresses=(*(links[place].addresses or ()), address))
    room.indexes, room.impaired, room.filtering, room.forwarding = indexes, impaired, filtering, forwarding
    room.coming, room.deaf = {one.link.name: names.get(one.master, "") for one in coming}, deaf
    if wireguards:
        # Their options route netlink does not tell.
        with _namespaces.inside(room.descriptor):
            links.update({place: _model.replace(links[place], options=_wireguard.read(place[1])) for place in wireguards})


def _relate(rooms: List[Room], links: Dict[_model.Place, _model.Link], answers: Dict[_model.Place, _link_answers.LinkAnswer]) -> None:
    """Tell the ends of veth pairs each other's place, and what sits on a link that link's."""
    at = {(place[0], answer.number): place for place, answer in answers.items()}
    atlas = _Atlas(rooms)
    # To ask a switch for its thousand neighbours tells of those whom it has, so that none of them asks a thousand.
    counts = Counter(place[0] for place in links)
    for place, link in sorted(links.items(), key=lambda one: -counts[one[0][0]]):
        answer = answers[place]
        if link.kind in _kinds.UPPER:
            known, netns = atlas.locate(place[0], answer.relative_netns)
            has_parent = _kinds.NATURES[link.kind].parent or (link.kind == "vxlan" and answer.relative)
            parent = at.get((netns, answer.relative)) if has_parent else (netns, "")
            links[place] = _model.replace(link, parent=parent if known else None)
        elif link.kind == "veth" and links[place].peer is None and answer.relative:
            known, netns = atlas.locate(place[0], answer.relative_netns)
            peer = at.get((netns, answer.relative)) if known else None
            if peer is not None:
                links[place] = _model.replace(links[place], peer=peer)
                links[peer] = _model.replace(links[peer], peer=place)


class _Atlas:
    """Which namespace the kernel means by a number, that is another in each. Asked for where it is needed: a thousand may know only the host."""

    def __init__(self, rooms: List[Room]) -> None:
        self._rooms = {room.netns: room for room in rooms}
        self._numbers: Dict[Optional[str], Dict[int, Optional[str]]] = {}
        self._asked: Set[Optional[str]] = set()

    def locate(self, netns: Optional[str], number: Optional[int]) -> Tuple[bool, Optional[str]]:
        """Whether it is one of these rooms, and its name; without a number it is the one that was asked."""
        if number is None:
            return True, netns
        if netns not in self._numbers:
            host = self._rooms.get(None)
            self._numbers[netns] = _number_rooms(self._rooms[netns], [host]) if host is not None else {}
        if number not in self._numbers[netns] and netns not in self._asked:
            self._asked.add(netns)
            self._numbers[netns] = _number_rooms(self._rooms[netns], list(self._rooms.values()))
        return number in self._numbers[netns], self._numbers[netns].get(number)


def _number_rooms(room: Room, rooms: List[Room]) -> Dict[int, Optional[str]]:
    """The rooms by the numbers that the kernel uses for them in one of them."""
    own = _namespaces.open_own()
    try:
        replies = room.socket.send([_requests.get_netns_number(own if one.descriptor is None else one.descriptor) for one in rooms])
    finally:
        os.close(own)
    numbers = [_answers.read_netns_number(reply.messages[0]) if reply.messages else -1 for reply in replies]
    return {number: one.netns for number, one in zip(numbers, rooms) if number >= 0}


def read_routes(room: Room, local: bool) -> Tuple[_model.Route, ...]:
    """The routes of all tables; ``local`` with what the kernel keeps in table local."""
    names = {index: name for name, index in room.indexes.items()}
    found = []
    for data in room.socket.dump(_requests.GETROUTE, _requests.dump_routes()):
        route = _answers.read_route(room.netns, names, data) if local or not _answers.is_local_route(data) else None
        if route is not None:
            found.append(route)
    return tuple(found)


def read_disciplines(room: Room) -> Tuple[Dict[_model.Place, Impairment], Dict[_model.Place, str]]:
    """Impairments of ours, and what others have put in the same place."""
    names = {index: name for name, index in room.indexes.items()}
    ours: Dict[_model.Place, Impairment] = {}
    foreign: Dict[_model.Place, str] = {}
    for data in room.socket.dump(_qdisc.GETQDISC, _qdisc.dump_qdiscs()):
        name, found = _qdisc.read_qdisc(room.netns, names, data) or ("", None)
        if isinstance(found, Impairment):
            ours[(room.netns, name)] = found
        elif found is not None:
            foreign[(room.netns, name)] = found
    return ours, foreign


def read_vlans(room: Room) -> Dict[_model.Place, _vlans.PortVlans]:
    """The VLANs of bridges and their ports."""
    names = {index: name for name, index in room.indexes.items()}
    found = (_vlans.read_port_vlans(room.netns, names, data) for data in room.socket.dump(_requests.GETLINK, _vlans.dump_vlans()))
    return {(one.netns, one.link): one for one in found if one is not None}


def read_neighbours(room: Room) -> List[Neighbour]:
    """The ARP and NDP entries."""
    names = {index: name for name, index in room.indexes.items()}
    found = []
    for data in room.socket.dump(_requests.GETNEIGH, _requests.dump_neighbours()):
        index, values = _answers.read_neighbour(data)
        if values["address"] is not None:
            found.append(Neighbour(room.netns, device=names.get(index, ""), **values))
    return found
