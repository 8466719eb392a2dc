# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rooms: namespaces that are open, each with its netlink socket, and what is read in them."""

from __future__ import annotations

import os
from collections import Counter
from typing import Dict, Iterable, List, Optional, Set, Tuple

from .._host.netns import inside_netns, open_own_netns
from .._host.netns_handles import Indexes, Room
from .._model.fast_replace import replace
from .._model.link_types import NATURES, UPPER, BridgeOptions
from .._model.links import Link, Place
from .._netlink.link_replies import LinkAnswer, read_link
from .._netlink.rtnl_replies import read_address, read_netns_number
from .._netlink.rtnl_requests import GETADDR, GETLINK, dump_addresses, dump_links, get_netns_number
from .._netlink.wireguard import read_wireguard


def read_links(rooms: Iterable[Room]) -> Dict[Place, Link]:
    """The links of these rooms, with addresses, masters, and peers and parents as far as they lie in these rooms."""
    links: Dict[Place, Link] = {}
    answers: Dict[Place, LinkAnswer] = {}
    rooms = list(rooms)
    for room in rooms:
        _read_room(room, links, answers)
    _relate(rooms, links, answers)
    return links


def _read_room(room: Room, links: Dict[Place, Link], answers: Dict[Place, LinkAnswer]) -> None:
    """The links of one, and what they tell of the whole."""
    indexes = Indexes(room.socket)
    masters: Dict[Place, LinkAnswer] = {}
    wireguards: List[Place] = []
    deaf: List[str] = []
    impaired = filtering = False
    coming: List[LinkAnswer] = []
    forwarding: Dict[str, Optional[str]] = {}
    for data in room.socket.dump(GETLINK, dump_links()):
        answer = read_link(room.netns, data)
        place, options = answer.link.place, answer.link.options
        impaired = impaired or answer.alike.impaired
        if answer.is_coming:
            coming.append(answer)
        filtering = filtering or (
            isinstance(options, BridgeOptions) and options.vlan_filtering is True
        )
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
        links[place] = (
            replace(links[place], vrf=master)
            if answer.alike.in_vrf
            else replace(links[place], bridge=master)
        )
    for index, address in filter(
        None, map(read_address, room.socket.dump(GETADDR, dump_addresses()))
    ):
        place = (room.netns, names.get(index, ""))
        if place in links:
            links[place] = replace(
                links[place], addresses=(*(links[place].addresses or ()), address)
            )
    room.indexes, room.impaired, room.filtering, room.forwarding = (
        indexes,
        impaired,
        filtering,
        forwarding,
    )
    room.coming, room.deaf = {one.link.name: names.get(one.master, "") for one in coming}, deaf
    if wireguards:
        # Their options route netlink does not tell.
        with inside_netns(room.descriptor):
            links.update(
                {
                    place: replace(links[place], options=read_wireguard(place[1]))
                    for place in wireguards
                }
            )


def _relate(rooms: List[Room], links: Dict[Place, Link], answers: Dict[Place, LinkAnswer]) -> None:
    """Tell the ends of veth pairs each other's place, and what sits on a link that link's."""
    at = {(place[0], answer.number): place for place, answer in answers.items()}
    atlas = _Atlas(rooms)
    # To ask a switch for its thousand neighbours tells of those whom it has, so that none of them asks a thousand.
    counts = Counter(place[0] for place in links)
    for place, link in sorted(links.items(), key=lambda one: -counts[one[0][0]]):
        answer = answers[place]
        if link.kind in UPPER:
            known, netns = atlas.locate(place[0], answer.relative_netns)
            has_parent = NATURES[link.kind].parent or (link.kind == "vxlan" and answer.relative)
            parent = at.get((netns, answer.relative)) if has_parent else (netns, "")
            links[place] = replace(link, parent=parent if known else None)
        elif link.kind == "veth" and links[place].peer is None and answer.relative:
            known, netns = atlas.locate(place[0], answer.relative_netns)
            peer = at.get((netns, answer.relative)) if known else None
            if peer is not None:
                links[place] = replace(links[place], peer=peer)
                links[peer] = replace(links[peer], peer=place)


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
            self._numbers[netns] = (
                _number_rooms(self._rooms[netns], [host]) if host is not None else {}
            )
        if number not in self._numbers[netns] and netns not in self._asked:
            self._asked.add(netns)
            self._numbers[netns] = _number_rooms(self._rooms[netns], list(self._rooms.values()))
        return number in self._numbers[netns], self._numbers[netns].get(number)


def _number_rooms(room: Room, rooms: List[Room]) -> Dict[int, Optional[str]]:
    """The rooms by the numbers that the kernel uses for them in one of them."""
    own = open_own_netns()
    try:
        replies = room.socket.send(
            [get_netns_number(own if one.descriptor is None else one.descriptor) for one in rooms]
        )
    finally:
        os.close(own)
    numbers = [read_netns_number(reply.messages[0]) if reply.messages else -1 for reply in replies]
    return {number: one.netns for number, one in zip(numbers, rooms) if number >= 0}
