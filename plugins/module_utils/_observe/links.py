# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the links of open namespaces, with their addresses and relations."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Callable

from .._host.netns import inside_netns, open_own_netns
from .._host.netns_handles import Indexes, NetnsHandle
from .._model.addresses import is_link_local
from .._model.fast_replace import replace
from .._model.link_options import BridgeOptions
from .._model.link_types import LINK_TYPES, STACKED_TYPES
from .._model.links import Link, LinkRef
from .._netlink.addresses import (
    AddressReply,
    dump_addresses,
    is_automatic_address,
    read_address,
    read_local_address,
)
from .._netlink.link_queries import dump_links
from .._netlink.link_replies import LinkReply, read_link
from .._netlink.netns_ids import get_netns_id, read_netns_id

if TYPE_CHECKING:
    from collections.abc import Iterable

Links = dict[LinkRef, Link]
Replies = dict[LinkRef, LinkReply]

KINDS_WITH_OPTIONS = frozenset(
    link_type.kind
    for link_type in LINK_TYPES.values()
    if link_type.options is not None and link_type.kind != "bridge"
)
"""The kinds of links whose options pyroute2 decodes."""


def no_options(_link: Link) -> bool:
    """Decode the options of bridges only."""
    return False


def read_links(
    handles: Iterable[NetnsHandle], needs_options: Callable[[Link], bool] = no_options
) -> Links:
    """The links of these namespaces with addresses and masters.

    A link has its peer and its parent if these are in one of these namespaces.

    :param needs_options: returns for a link of one of ``KINDS_WITH_OPTIONS`` whether to decode its
        options, which needs pyroute2. Options that are not decoded are None.
    """
    links: Links = {}
    replies: Replies = {}
    handles = list(handles)
    for handle in handles:
        _read_netns(handle, links, replies)
        _read_options(handle, links, replies, needs_options)
    _resolve_references(handles, links, replies)
    return links


def _read_netns(handle: NetnsHandle, links: Links, replies: Replies) -> None:
    """Read the links of one namespace, and note in the handle what they tell of the whole."""
    netns = handle.netns
    messages = handle.socket.dump(dump_links())
    found = [read_link(netns, data) for data in messages]
    indexes = Indexes(handle.socket)
    for reply in found:
        indexes[reply.link.name] = reply.ifindex
    names = indexes.names
    for reply in found:
        ref = (netns, reply.link.name)
        has_relations = reply.master or reply.altnames
        links[ref] = _with_relations(reply, names) if has_relations else reply.link
        replies[ref] = reply
    handle.indexes = indexes
    _note_links(handle, found, names)
    handle.links = messages if handle.has_bridges else []
    _read_addresses(handle, names, links)


def _with_relations(reply: LinkReply, names: dict[int, str]) -> Link:
    """A link with its master and its alternative names."""
    link = reply.link
    if reply.master:
        master = names.get(reply.master, "")
        link = replace(link, vrf=master) if reply.shared.in_vrf else replace(link, bridge=master)
    if reply.altnames:
        link = replace(link, altnames=tuple(sorted(reply.altnames)))
    return link


def _note_links(handle: NetnsHandle, found: list[LinkReply], names: dict[int, str]) -> None:
    """Note in the handle what its links tell of the namespace."""
    handle.impaired = handle.filtering = handle.has_bridges = False
    handle.hardware, handle.forwarding, handle.altnames = {}, {}, {}
    handle.promoting, handle.ipv6_disabled, handle.unfinished = [], [], []
    handle.carrier_pending = {}
    for reply in found:
        link, shared = reply.link, reply.shared
        handle.forwarding[link.name] = shared.forwarding
        if shared.hardware:
            handle.hardware[link.name] = shared.hardware
        for altname in reply.altnames:
            handle.altnames[altname] = link.name
        if shared.promotes:
            handle.promoting.append(link.name)
        if shared.unfinished:
            handle.unfinished.append(link.name)
        if shared.ipv6_disabled:
            handle.ipv6_disabled.append(link.name)
        if shared.carrier_pending and reply.is_carrier_pending:
            handle.carrier_pending[link.name] = names.get(reply.master, "")
        handle.impaired |= shared.impaired
        handle.filtering |= _is_filtering(link)
        handle.has_bridges |= link.kind in ("bridge", "vxlan")


def _is_filtering(link: Link) -> bool:
    return isinstance(link.options, BridgeOptions) and link.options.vlan_filtering is True


def _read_addresses(handle: NetnsHandle, names: dict[int, str], links: Links) -> None:
    handle.addresses, handle.peers, handle.unlisted_ipv4 = {}, {}, set()
    for data in handle.socket.dump(dump_addresses()):
        local = read_local_address(data)
        if local is not None:
            if local[1]:
                handle.unlisted_ipv4.add(names.get(local[0], ""))
            continue
        reply = read_address(data)
        name = names.get(reply.ifindex, "")
        ref = (handle.netns, name)
        if not reply.is_listed:
            if ":" not in reply.address:
                handle.unlisted_ipv4.add(name)
            elif ref in links and _is_assigned_link_local(reply, data, links[ref].mac):
                handle.addresses.setdefault((name, reply.address), []).append(data)
                known = links[ref].link_locals or ()
                links[ref] = replace(links[ref], link_locals=(*known, reply.address))
        elif ref in links:
            handle.addresses.setdefault((name, reply.address), []).append(data)
            if reply.peer is not None:
                handle.peers[name, reply.address] = reply.peer
            known = links[ref].addresses or ()
            links[ref] = replace(links[ref], addresses=(*known, reply.address))


def _is_assigned_link_local(reply: AddressReply, data: bytes, mac: str | None) -> bool:
    """Whether an address is a link-local one that the kernel did not assign by itself."""
    return is_link_local(reply.address) and not is_automatic_address(data, mac)


def _read_options(
    handle: NetnsHandle,
    links: Links,
    replies: Replies,
    needs_options: Callable[[Link], bool],
) -> None:
    """Decode the options of the links for which that is wanted."""
    chosen: list[Link] = []
    for name in handle.indexes:
        link = links[(handle.netns, name)]
        if link.kind in KINDS_WITH_OPTIONS and needs_options(link):
            chosen.append(link)
    if not chosen:
        return
    from .._netlink.link_data import KINDS_WITH_DATA, read_link_data

    for link in chosen:
        if link.kind in KINDS_WITH_DATA:
            reply = replies[link.ref]
            decoded = read_link_data(link.kind, reply.shared.data)
            links[link.ref] = replace(link, options=decoded.options)
            if decoded.lower is not None:
                replies[link.ref] = reply._replace(iflink=decoded.lower)
    _read_wireguards(handle, links, [link for link in chosen if link.kind == "wireguard"])


def _read_wireguards(handle: NetnsHandle, links: Links, wireguards: list[Link]) -> None:
    """Read the options that the kernel sends by generic netlink only."""
    if not wireguards:
        return
    from .._netlink.wireguard import read_wireguard

    with inside_netns(handle.descriptor):
        for link in wireguards:
            links[link.ref] = replace(link, options=read_wireguard(link.name))


def _resolve_references(handles: list[NetnsHandle], links: Links, replies: Replies) -> None:
    """Tell the ends of veth pairs their peers, and links that sit on others their parents."""
    refs = {(ref[0], reply.ifindex): ref for ref, reply in replies.items()}
    netns_ids = _NetnsIds(handles)
    # The namespace with the most links comes first: a switch with 1,000 ports knows all its peers,
    # so that none of those has to be asked for its 1,000 ids.
    for handle in sorted(handles, key=lambda handle: -len(handle.indexes)):
        for name in handle.indexes:
            ref = (handle.netns, name)
            link = links[ref]
            if link.kind in STACKED_TYPES:
                parent = _find_parent(link, replies[ref], refs, netns_ids)
                links[ref] = replace(link, parent=parent)
            elif link.kind == "veth" and link.peer is None and replies[ref].iflink:
                reply = replies[ref]
                is_known, netns = netns_ids.locate(handle.netns, reply.link_netnsid)
                peer = refs.get((netns, reply.iflink)) if is_known else None
                if peer is not None:
                    links[ref] = replace(link, peer=peer)
                    links[peer] = replace(links[peer], peer=ref)


def _find_parent(
    link: Link,
    reply: LinkReply,
    refs: dict[tuple[str | None, int], LinkRef],
    netns_ids: _NetnsIds,
) -> LinkRef | None:
    """The link on which this one sits; (netns, "") for a type that needs none; None if unknown."""
    kind = link.kind or ""
    if (kind == "vxlan" and link.options is None) or kind == "wireguard":
        return None  # Where a WireGuard link was created is known by the record of owners alone.
    is_known, netns = netns_ids.locate(link.netns, reply.link_netnsid)
    if not is_known:
        return None
    if LINK_TYPES[kind].parent or (kind == "vxlan" and reply.iflink):
        return refs.get((netns, reply.iflink))
    return (netns, "")


class _NetnsIds:
    """Which namespace the kernel means by an id, which differs in each namespace.

    The ids are read only of namespaces where one has to be resolved, and first that of the host
    alone: 1,000 namespaces may know only the host.
    """

    def __init__(self, handles: list[NetnsHandle]) -> None:
        self._handles = {handle.netns: handle for handle in handles}
        self._ids: dict[str | None, dict[int, str | None]] = {}
        self._complete: set[str | None] = set()

    def locate(self, netns: str | None, number: int | None) -> tuple[bool, str | None]:
        """(whether it is one of the open namespaces, its name) for an id in that namespace.

        Without an id it is that namespace itself.
        """
        if number is None:
            return True, netns
        if netns not in self._ids:
            host = self._handles.get(None)
            self._ids[netns] = self._read_ids(netns, [] if host is None else [host])
        if number not in self._ids[netns] and netns not in self._complete:
            self._complete.add(netns)
            self._ids[netns] = self._read_ids(netns, list(self._handles.values()))
        return number in self._ids[netns], self._ids[netns].get(number)

    def _read_ids(self, netns: str | None, others: list[NetnsHandle]) -> dict[int, str | None]:
        """The names of these namespaces by their ids in one of them."""
        own = open_own_netns()
        try:
            requests = [
                get_netns_id(own if other.descriptor is None else other.descriptor)
                for other in others
            ]
            replies = self._handles[netns].socket.send(requests)
        finally:
            os.close(own)
        found: dict[int, str | None] = {}
        for reply, other in zip(replies, others):
            number = read_netns_id(reply.messages[0]) if reply.messages else -1
            if number >= 0:
                found[number] = other.netns
        return found
