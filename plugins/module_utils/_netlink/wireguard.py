# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of WireGuard links, read and set by generic netlink (linux/wireguard.h).

Requests act in the calling thread's namespace.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import ipaddress
from typing import TYPE_CHECKING, Any

from .._model.addresses import join_port
from .._model.fast_replace import replace
from .._model.link_options import Peer, WireguardOptions
from .._model.wireguard_keys import Key
from .._model.wireguard_peers import differing_peers
from . import uapi
from .attributes import address_bytes, family_number
from .pyroute2_messages import (
    AttributeList,
    control_class,
    decode_message,
    encode_body,
    wireguard_class,
)
from .socket import Request, Socket

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MAX_PEERS_IN_MESSAGE = 50
"""The kernel reads a message in one piece, and a peer may have many networks."""
_NO_KEY = base64.b64encode(bytes(32))
"""The value, to and from the kernel, of a key that is not set."""


def _message(command: int, name: str, attributes: AttributeList) -> bytes:
    message = wireguard_class()()
    message["cmd"], message["version"] = command, uapi.WG_GENL_VERSION
    message["attrs"] = [("WGDEVICE_A_IFNAME", name), *attributes]
    return encode_body(message)


@contextlib.contextmanager
def _open_channel() -> Iterator[tuple[Socket, int]]:
    """A socket, and the family's number, which the kernel chooses when the module is loaded."""
    control = control_class()
    question = control()
    question["cmd"], question["version"] = uapi.CTRL_CMD_GETFAMILY, 1
    question["attrs"] = [("CTRL_ATTR_FAMILY_NAME", "wireguard")]
    channel = Socket(uapi.NETLINK_GENERIC)
    try:
        (reply,) = channel.send([Request(uapi.GENL_ID_CTRL, encode_body(question))])
        reply.check()
        family = decode_message(control, reply.messages[0]).get_attr("CTRL_ATTR_FAMILY_ID")
        yield channel, family
    finally:
        channel.close()


def read_wireguard(name: str) -> WireguardOptions | None:
    """The options of a link with its keys.

    None without the right to read keys (CAP_NET_ADMIN), and if the link was deleted meanwhile.
    """
    try:
        with _open_channel() as (channel, family):
            request = Request(family, _message(uapi.WG_CMD_GET_DEVICE, name, []))
            messages = channel.dump(request)
    except OSError as error:
        if error.errno in (errno.EPERM, errno.ENODEV):
            return None
        raise
    return read_device(messages)


def read_device(messages: Iterable[bytes]) -> WireguardOptions:
    """The options of a link, from all messages of a dump of it.

    A peer with many networks is continued in the next message.
    """
    decoded = [decode_message(wireguard_class(), data) for data in messages]
    peers: dict[str, Peer] = {}
    for message in decoded:
        for item in message.get_attr("WGDEVICE_A_PEERS") or ():
            peer = _read_peer(item)
            known = peers.get(peer.public_key)
            if known is not None:
                networks = (*(known.allowed_ips or ()), *(peer.allowed_ips or ()))
                peer = replace(known, allowed_ips=networks)
            peers[peer.public_key] = peer
    if not decoded:
        return WireguardOptions(peers=())
    device = decoded[0]
    public_key = _read_key(device.get_attr("WGDEVICE_A_PUBLIC_KEY"))
    return WireguardOptions(
        private_key=_read_key(device.get_attr("WGDEVICE_A_PRIVATE_KEY")),
        public_key=None if public_key is None else public_key.secret,
        listen_port=device.get_attr("WGDEVICE_A_LISTEN_PORT") or 0,
        fwmark=device.get_attr("WGDEVICE_A_FWMARK") or 0,
        peers=tuple(
            replace(peer, allowed_ips=tuple(sorted(peer.allowed_ips or ())))
            for _public_key, peer in sorted(peers.items())
        ),
    )


def _read_key(encoded: bytes | None) -> Key | None:
    return None if encoded in (None, _NO_KEY) else Key((encoded or b"").decode("ascii"))


def _read_peer(item: Any) -> Peer:
    networks = [network["addr"] for network in item.get_attr("WGPEER_A_ALLOWEDIPS") or ()]
    return Peer(
        public_key=item.get_attr("WGPEER_A_PUBLIC_KEY").decode("ascii"),
        endpoint=_read_endpoint(item.get_attr("WGPEER_A_ENDPOINT")),
        allowed_ips=tuple(networks),
        persistent_keepalive=item.get_attr("WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL") or 0,
        preshared_key=_read_key(item.get_attr("WGPEER_A_PRESHARED_KEY")),
    )


def _read_endpoint(endpoint: Any) -> str | None:
    return join_port(endpoint["addr"], endpoint["port"]) if endpoint else None


def alter_wireguard(name: str, before: WireguardOptions | None, after: WireguardOptions) -> None:
    """Set the options that differ.

    :raises OSError: the kernel refused it.
    """
    old = before or WireguardOptions()
    device: AttributeList = []
    if after.private_key != old.private_key:
        device.append(("WGDEVICE_A_PRIVATE_KEY", _encode_key(after.private_key)))
    if after.listen_port not in (None, old.listen_port):
        device.append(("WGDEVICE_A_LISTEN_PORT", after.listen_port))
    if after.fwmark not in (None, old.fwmark):
        device.append(("WGDEVICE_A_FWMARK", after.fwmark))
    peers = [
        _encode_removal(peer) if is_removed else _encode_peer(peer)
        for peer, is_removed in differing_peers(old, after)
    ]
    changes: list[AttributeList] = [device] if device else []
    for start in range(0, len(peers), _MAX_PEERS_IN_MESSAGE):
        changes.append([("WGDEVICE_A_PEERS", peers[start : start + _MAX_PEERS_IN_MESSAGE])])
    with _open_channel() as (channel, family):
        bodies = [_message(uapi.WG_CMD_SET_DEVICE, name, change) for change in changes]
        for reply in channel.send([Request(family, body) for body in bodies]):
            reply.check()


def _encode_key(key: Key | None) -> dict[str, bytes]:
    return {"value": _NO_KEY if key is None else key.secret.encode("ascii")}


def _encode_removal(peer: Peer) -> dict[str, AttributeList]:
    public_key = {"value": peer.public_key.encode("ascii")}
    return {
        "attrs": [
            ("WGPEER_A_PUBLIC_KEY", public_key),
            ("WGPEER_A_FLAGS", uapi.WGPEER_F_REMOVE_ME),
        ]
    }


def _encode_peer(peer: Peer) -> dict[str, AttributeList]:
    attributes: AttributeList = [
        ("WGPEER_A_PUBLIC_KEY", {"value": peer.public_key.encode("ascii")}),
        ("WGPEER_A_PRESHARED_KEY", _encode_key(peer.preshared_key)),
        ("WGPEER_A_FLAGS", uapi.WGPEER_F_REPLACE_ALLOWEDIPS),
    ]
    if peer.endpoint:
        address, _colon, port = peer.endpoint.rpartition(":")
        endpoint = {"addr": address.strip("[]"), "port": int(port)}
        attributes.append(("WGPEER_A_ENDPOINT", endpoint))
    keepalive = peer.persistent_keepalive or 0
    attributes.append(("WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL", keepalive))
    networks = [_encode_network(network) for network in peer.allowed_ips or ()]
    attributes.append(("WGPEER_A_ALLOWEDIPS", networks))
    return {"attrs": attributes}


def _encode_network(text: str) -> dict[str, AttributeList]:
    network = ipaddress.ip_network(text)
    address = str(network.network_address)
    return {
        "attrs": [
            ("WGALLOWEDIP_A_FAMILY", family_number(address)),
            ("WGALLOWEDIP_A_IPADDR", address_bytes(address)),
            ("WGALLOWEDIP_A_CIDR_MASK", network.prefixlen),
        ]
    }
