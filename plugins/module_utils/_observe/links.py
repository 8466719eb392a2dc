# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rooms: namespaces that are open, each with its netlink socket, and what is read in them."""

from __future__ import annotations

import os
from collections import Counter
from typing import Dict, Iterable, List, Optional, Set, Tuple

from .._host.netns import inside_netns, open_own_netns
from .._host.netns_handles import Indexes, NetnsHandle
from .._model.fast_replace import replace
from .._model.link_options import BridgeOptions
from .._model.link_types import LINK_TYPES, STACKED_TYPES
from .._model.links import Link, LinkRef
from .._netlink.link_replies import LinkReply, read_link
from .._netlink.rtnl_replies import read_address, read_netns_number
from .._netlink.rtnl_requests import GETADDR, GETLINK, dump_addresses, dump_links, get_netns_number
from .._netlink.wireguard import read_wireguard


def read_links(handles: Iterable[NetnsHandle]) -> Dict[LinkRef, Link]:
    """The links of these rooms, with addresses, masters, and peers and parents as far as they lie in these rooms."""
    links: Dict[LinkRef, Link] = {}
    answers: Dict[LinkRef, LinkReply] = {}
    handles = list(handles)
    for handle in handles:
        _read_netns(handle, links, answers)
    _resolve_references(handles, links, answers)
    return links


def _read_netns(
    handle: NetnsHandle, links: Dict[LinkRef, Link], answers: Dict[LinkRef, LinkReply]
) -> None:
    """The links of one, and what they tell of the whole."""
    indexes = Indexes(handle.socket)
    masters: Dict[LinkRef, LinkReply] = {}
    wireguards: List[LinkRef] = []
    deaf: List[str] = []
    impaired = filtering = False
    coming: List[LinkReply] = []
    forwarding: Dict[str, Optional[str]] = {}
    for data in handle.socket.dump(GETLINK, dump_links()):
        answer = read_link(handle.netns, data)
        place, options = answer.link.ref, answer.link.options
        impaired = impaired or answer.shared.impaired
        if answer.is_carrier_pending:
            coming.append(answer)
        filtering = filtering or (
            isinstance(options, BridgeOptions) and options.vlan_filtering is True
        )
        links[place] = answer.link
        answers[place] = answer
        indexes[answer.link.name] = answer.ifindex
        forwarding[answer.link.name] = answer.shared.forwarding
        if answer.shared.ipv6_disabled:
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
            if answer.shared.in_vrf
            else replace(links[place], bridge=master)
        )
    for index, address in filter(
        None, map(read_address, handle.socket.dump(GETADDR, dump_addresses()))
    ):
        place = (handle.netns, names.get(index, ""))
        if place in links:
            links[place] = replace(
                links[place], addresses=(*(links[place].addresses or ()), address)
            )
    handle.indexes, handle.impaired, handle.filtering, handle.forwarding = (
        indexes,
        impaired,
        filtering,
        forwarding,
    )
    handle.carrier_pending, handle.ipv6_disabled = (
        {one.link.name: names.get(one.master, "") for one in coming},
        deaf,
    )
    if wireguards:
        # Their options route netlink does not tell.
        with inside_netns(handle.descriptor):
            links.update(
                {
                    place: replace(links[place], options=read_wireguard(place[1]))
                    for place in wireguards
                }
            )


def _resolve_references(
    handles: List[NetnsHandle], links: Dict[LinkRef, Link], answers: Dict[LinkRef, LinkReply]
) -> None:
    """Tell the ends of veth pairs each other's place, and what sits on a link that link's."""
    at = {(place[0], answer.ifindex): place for place, answer in answers.items()}
    atlas = _NetnsIds(handles)
    # To ask a switch for its thousand neighbours tells of those whom it has, so that none of them asks a thousand.
    counts = Counter(place[0] for place in links)
    for place, link in sorted(links.items(), key=lambda one: -counts[one[0][0]]):
        answer = answers[place]
        if link.kind in STACKED_TYPES:
            known, netns = atlas.locate(place[0], answer.relative_netns)
            has_parent = LINK_TYPES[link.kind].parent or (link.kind == "vxlan" and answer.relative)
            parent = at.get((netns, answer.relative)) if has_parent else (netns, "")
            links[place] = replace(link, parent=parent if known else None)
        elif link.kind == "veth" and links[place].peer is None and answer.relative:
            known, netns = atlas.locate(place[0], answer.relative_netns)
            peer = at.get((netns, answer.relative)) if known else None
            if peer is not None:
                links[place] = replace(links[place], peer=peer)
                links[peer] = replace(links[peer], peer=place)


class _NetnsIds:
    """Which namespace the kernel means by a number, that is another in each. Asked for where it is needed: a thousand may know only the host."""

    def __init__(self, handles: List[NetnsHandle]) -> None:
        self._rooms = {handle.netns: handle for handle in handles}
        self._numbers: Dict[Optional[str], Dict[int, Optional[str]]] = {}
        self._asked: Set[Optional[str]] = set()

    def locate(self, netns: Optional[str], number: Optional[int]) -> Tuple[bool, Optional[str]]:
        """Whether it is one of these rooms, and its name; without a number it is the one that was asked."""
        if number is None:
            return True, netns
        if netns not in self._numbers:
            host = self._rooms.get(None)
            self._numbers[netns] = (
                _number_namespaces(self._rooms[netns], [host]) if host is not None else {}
            )
        if number not in self._numbers[netns] and netns not in self._asked:
            self._asked.add(netns)
            self._numbers[netns] = _number_namespaces(
                self._rooms[netns], list(self._rooms.values())
            )
        return number in self._numbers[netns], self._numbers[netns].get(number)


def _number_namespaces(handle: NetnsHandle, handles: List[NetnsHandle]) -> Dict[int, Optional[str]]:
    """The rooms by the numbers that the kernel uses for them in one of them."""
    own = open_own_netns()
    try:
        replies = handle.socket.send(
            [get_netns_number(own if one.descriptor is None else one.descriptor) for one in handles]
        )
    finally:
        os.close(own)
    numbers = [read_netns_number(reply.messages[0]) if reply.messages else -1 for reply in replies]
    return {number: one.netns for number, one in zip(numbers, handles) if number >= 0}
