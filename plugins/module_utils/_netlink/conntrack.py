# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conntrack entries: the flows that the kernel tracks, each with its address translation."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from . import uapi
from .pyroute2_messages import AttributeList, conntrack_class, decode_message, encode_body
from .socket import Request, Socket

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PublishedPorts = tuple[str, tuple[int, int]]
"""An address of the host, and the first and last of its ports that are forwarded."""

_MAX_FILTERED_ADDRESSES = 16
"""Beyond as many addresses one dump of all UDP flows is quicker than one for each."""


def forget_datagrams(published: Sequence[PublishedPorts]) -> None:
    """Delete the entries of UDP flows to these addresses and ports.

    This acts in the calling thread's namespace.

    Otherwise a client that keeps its port would be forwarded as before the rules were changed,
    until it pauses. The entries of TCP connections stay on purpose: a connection ends by itself,
    and the next one finds the new rules.

    :raises OSError: the kernel does not tell its entries (it may have no ctnetlink).
    """
    channel = Socket(uapi.NETLINK_NETFILTER)
    try:
        for family in (socket.AF_INET, socket.AF_INET6):
            is_six = family == socket.AF_INET6
            ports = [entry for entry in published if (":" in entry[0]) == is_six]
            if ports:
                # Errors are ignored: an entry may have expired meanwhile.
                channel.send(list(_deletions(channel, family, ports)))
    finally:
        channel.close()


def _deletions(
    channel: Socket, family: int, published: Sequence[PublishedPorts]
) -> Iterator[Request]:
    for address in _addresses_to_ask_for(published):
        for data in channel.dump(_dump_udp_entries(family, address)):
            entry = decode_message(conntrack_class(), data)
            if _is_published(entry, family, published):
                yield _delete_entry(entry, family)


def _addresses_to_ask_for(published: Sequence[PublishedPorts]) -> list[str | None]:
    addresses: set[str | None] = {address for address, _ports in published}
    if len(addresses) > _MAX_FILTERED_ADDRESSES:
        return [None]
    return sorted(addresses, key=str)


def _message(family: int, attributes: AttributeList) -> bytes:
    message = conntrack_class()()
    message["nfgen_family"] = family
    message["attrs"] = attributes
    return encode_body(message)


def _destination_attribute(family: int) -> str:
    return "CTA_IP_V6_DST" if family == socket.AF_INET6 else "CTA_IP_V4_DST"


def _dump_udp_entries(family: int, address: str | None) -> Request:
    """Ask for the entries of UDP flows, to one address if one is given.

    The kernel filters since Linux 5.8 (CTA_FILTER), and before that sends all entries.
    """
    protocol = [("CTA_PROTO_NUM", socket.IPPROTO_UDP)]
    parts: AttributeList = [("CTA_TUPLE_PROTO", {"attrs": protocol})]
    flags = uapi.CTA_FILTER_F_CTA_PROTO_NUM
    if address is not None:
        destination = (_destination_attribute(family), address)
        parts.insert(0, ("CTA_TUPLE_IP", {"attrs": [destination]}))
        flags |= uapi.CTA_FILTER_F_CTA_IP_DST
    conditions = [("CTA_FILTER_ORIG_FLAGS", flags), ("CTA_FILTER_REPLY_FLAGS", 0)]
    attributes: AttributeList = [
        ("CTA_TUPLE_ORIG", {"attrs": parts}),
        ("CTA_FILTER", {"attrs": conditions}),
    ]
    return Request(uapi.IPCTNL_MSG_CT_GET, _message(family, attributes))


def _is_published(entry: Any, family: int, published: Sequence[PublishedPorts]) -> bool:
    """Whether a flow began as datagrams to one of these ports."""
    original = entry.get_attr("CTA_TUPLE_ORIG")
    protocol = original.get_attr("CTA_TUPLE_PROTO")
    port = protocol.get_attr("CTA_PROTO_DST_PORT")
    if protocol.get_attr("CTA_PROTO_NUM") != socket.IPPROTO_UDP or port is None:
        return False
    destination = original.get_attr("CTA_TUPLE_IP").get_attr(_destination_attribute(family))
    return any(
        destination == address and first <= port <= last for address, (first, last) in published
    )


def _delete_entry(entry: Any, family: int) -> Request:
    attributes: AttributeList = [("CTA_TUPLE_ORIG", _plain_tuple(entry.get_attr("CTA_TUPLE_ORIG")))]
    zone = entry.get_attr("CTA_ZONE")
    if zone is not None:
        attributes.append(("CTA_ZONE", zone))
    return Request(uapi.IPCTNL_MSG_CT_DELETE, _message(family, attributes))


def _plain_tuple(original: Any) -> Any:
    """A decoded tuple in the form in which pyroute2 encodes it."""
    parts = []
    for name in ("CTA_TUPLE_IP", "CTA_TUPLE_PROTO"):
        part = original.get_attr(name)
        attributes = [(attribute[0], attribute[1]) for attribute in part["attrs"]]
        parts.append((name, {"attrs": attributes}))
    return {"attrs": parts}
