# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only a wireguard has, read and set by generic netlink in the calling thread's namespace (linux/wireguard.h)."""

from __future__ import annotations

import base64
import contextlib
import errno
import ipaddress
import socket
import struct
from dataclasses import replace
from typing import Dict, Iterator, List, Optional, Tuple

from .._model.link_options import Peer, WireguardOptions
from .._model.wireguard_keys import Key
from .._model.wireguard_peers import differing_peers
from .socket import GENERIC, Attributes, Request, Socket, pack_attribute, read_attributes

_CONTROL, _GET_FAMILY, _FAMILY_ID, _FAMILY_NAME = 16, 3, 1, 2
_GET_DEVICE, _SET_DEVICE = 0, 1
_NAME, _PRIVATE_KEY, _LISTEN_PORT, _FWMARK, _PEERS = 2, 3, 6, 7, 8
_PUBLIC_KEY, _PRESHARED_KEY, _PEER_FLAGS, _ENDPOINT, _KEEPALIVE, _ALLOWED_IPS = 1, 2, 3, 4, 5, 9
_FAMILY, _ADDRESS, _LENGTH = 1, 2, 3
_REMOVE, _REPLACE_ALLOWED_IPS = 1, 2
_NESTED = 0x8000
_BODY = 20
"""Where the attributes begin, behind nlmsghdr and genlmsghdr."""
_AT_ONCE = 50
"""Peers in one message: it has to be read in one piece."""
_NO_KEY = bytes(32)


def _named(name: str) -> bytes:
    return pack_attribute(_NAME, name.encode() + b"\0")


def _message(command: int, data: bytes) -> bytes:
    return struct.pack("=BBH", command, 1, 0) + data


@contextlib.contextmanager
def _channel() -> Iterator[Tuple[Socket, int]]:
    """A socket, and the number of the family."""
    channel = Socket(GENERIC)
    try:
        (reply,) = channel.send(
            [Request(_CONTROL, _message(_GET_FAMILY, pack_attribute(_FAMILY_NAME, b"wireguard\0")))]
        )
        reply.check()
        (family,) = struct.unpack("=H", read_attributes(reply.messages[0], _BODY)[_FAMILY_ID])
        yield channel, family
    finally:
        channel.close()


def read_wireguard(name: str) -> Optional[WireguardOptions]:
    """The options of that link, with its keys; None where the right to see those is missing, or the link has gone meanwhile."""
    try:
        with _channel() as (channel, family):
            messages = [
                read_attributes(data, _BODY)
                for data in channel.dump(family, _message(_GET_DEVICE, _named(name)))
            ]
    except OSError as error:
        if error.errno in (errno.EPERM, errno.ENODEV):
            return None
        raise
    peers: Dict[str, Peer] = {}
    for message in messages:
        for item in _items(message.get(_PEERS, b"")):
            # One with many networks comes in pieces.
            peer = _read_peer(item)
            known = peers.get(peer.public_key)
            peers[peer.public_key] = (
                peer
                if known is None
                else replace(
                    known, allowed_ips=(*(known.allowed_ips or ()), *(peer.allowed_ips or ()))
                )
            )
    first = messages[0] if messages else {}
    return WireguardOptions(
        private_key=_read_key(first.get(_PRIVATE_KEY)),
        listen_port=struct.unpack("=H", first.get(_LISTEN_PORT, b"\0\0"))[0],
        fwmark=struct.unpack("=I", first.get(_FWMARK, bytes(4)))[0],
        peers=tuple(
            replace(peers[key], allowed_ips=tuple(sorted(peers[key].allowed_ips or ())))
            for key in sorted(peers)
        ),
    )


def _items(nest: bytes) -> List[Attributes]:
    """The items of a list, whose numbers mean nothing, and may all be the same."""
    found, offset = [], 0
    while offset + 4 <= len(nest):
        length, _number = struct.unpack_from("=HH", nest, offset)
        if length < 4:
            break
        found.append(read_attributes(nest[offset + 4 : offset + length]))
        offset += (length + 3) & ~3
    return found


def _read_key(data: Optional[bytes]) -> Optional[Key]:
    return None if data in (None, _NO_KEY) else Key(base64.b64encode(data or b"").decode("ascii"))


def _read_peer(item: Attributes) -> Peer:
    networks = [
        f"{ipaddress.ip_address(one[_ADDRESS])}/{one[_LENGTH][0]}"
        for one in _items(item.get(_ALLOWED_IPS, b""))
        if _ADDRESS in one and _LENGTH in one
    ]
    return Peer(
        public_key=base64.b64encode(item[_PUBLIC_KEY]).decode("ascii"),
        endpoint=_read_endpoint(item.get(_ENDPOINT)),
        allowed_ips=tuple(networks),
        persistent_keepalive=struct.unpack("=H", item.get(_KEEPALIVE, b"\0\0"))[0],
        preshared_key=_read_key(item.get(_PRESHARED_KEY)),
    )


def _read_endpoint(data: Optional[bytes]) -> Optional[str]:
    """Of a sockaddr_in or sockaddr_in6."""
    if not data:
        return None
    (family,), (port,) = struct.unpack_from("=H", data), struct.unpack_from("!H", data, 2)
    if family == socket.AF_INET:
        return f"{ipaddress.IPv4Address(data[4:8])}:{port}"
    return f"[{ipaddress.IPv6Address(data[8:24])}]:{port}"


def alter_wireguard(name: str, before: Optional[WireguardOptions], after: WireguardOptions) -> None:
    """Set what differs between the two.

    :raises OSError: the kernel refused it.
    """
    old = before or WireguardOptions()
    own = (
        pack_attribute(_PRIVATE_KEY, _pack_key(after.private_key))
        if after.private_key != old.private_key
        else b""
    )
    for value, was, number, form in (
        (after.listen_port, old.listen_port, _LISTEN_PORT, "=H"),
        (after.fwmark, old.fwmark, _FWMARK, "=I"),
    ):
        own += pack_attribute(number, struct.pack(form, value)) if value not in (None, was) else b""
    peers = [_pack_peer(peer, gone) for peer, gone in differing_peers(old, after)]
    bodies = [own] if own else []
    for start in range(0, len(peers), _AT_ONCE):
        nest = b"".join(
            pack_attribute(number | _NESTED, peer)
            for number, peer in enumerate(peers[start : start + _AT_ONCE])
        )
        bodies.append(pack_attribute(_PEERS | _NESTED, nest))
    with _channel() as (channel, family):
        for reply in channel.send(
            [Request(family, _message(_SET_DEVICE, _named(name) + body)) for body in bodies]
        ):
            reply.check()


def _pack_key(key: Optional[Key]) -> bytes:
    return _NO_KEY if key is None else base64.b64decode(key.secret)


def _pack_peer(peer: Peer, gone: bool) -> bytes:
    data = pack_attribute(_PUBLIC_KEY, base64.b64decode(peer.public_key))
    if gone:
        return data + pack_attribute(_PEER_FLAGS, struct.pack("=I", _REMOVE))
    data += pack_attribute(_PRESHARED_KEY, _pack_key(peer.preshared_key))
    data += pack_attribute(_PEER_FLAGS, struct.pack("=I", _REPLACE_ALLOWED_IPS))
    data += pack_attribute(_ENDPOINT, _pack_endpoint(peer.endpoint)) if peer.endpoint else b""
    data += pack_attribute(_KEEPALIVE, struct.pack("=H", peer.persistent_keepalive or 0))
    networks = b"".join(
        pack_attribute(number | _NESTED, _pack_network(text))
        for number, text in enumerate(peer.allowed_ips or ())
    )
    return data + pack_attribute(_ALLOWED_IPS | _NESTED, networks)


def _pack_endpoint(text: str) -> bytes:
    address, _colon, port = text.rpartition(":")
    ip = ipaddress.ip_address(address.strip("[]"))
    if ip.version == 4:
        return (
            struct.pack("=H", socket.AF_INET) + struct.pack("!H", int(port)) + ip.packed + bytes(8)
        )
    return (
        struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", int(port), 0) + ip.packed + bytes(4)
    )


def _pack_network(text: str) -> bytes:
    network = ipaddress.ip_network(text)
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    return (
        pack_attribute(_FAMILY, struct.pack("=H", family))
        + pack_attribute(_ADDRESS, network.network_address.packed)
        + pack_attribute(_LENGTH, bytes([network.prefixlen]))
    )
