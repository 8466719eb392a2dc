# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of WireGuard links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Refused
from .._model.link_options import Peer, WireguardOptions
from .._model.wireguard_keys import Key, clamp
from .._params.addresses import check_network
from .._params.names import check_optional, check_range
from .._params.ports import check_endpoint
from .._params.unique import check_unique
from .._params.wireguard_keys import check_key, read_key_file

if TYPE_CHECKING:
    from .._params.specs.netns_link import NetnsLinkParams, WireguardPeerParams


def parse_wireguard(params: NetnsLinkParams, prefix: str) -> WireguardOptions:
    """Return the options of a WireGuard link. A key file is read from the managed host."""
    peers = None if params["peers"] is None else _parse_peers(f"{prefix}peers", params["peers"])
    key = _parse_key(f"{prefix}private_key", params["private_key"], params["private_key_file"])
    return WireguardOptions(
        None if key is None else clamp(key),
        check_range(f"{prefix}listen_port", params["listen_port"], 0, 65535),
        check_range(f"{prefix}fwmark", params["fwmark"], 0, 2**32 - 1),
        peers,
    )


def _parse_peers(parameter: str, items: list[WireguardPeerParams]) -> tuple[Peer, ...]:
    peers = [_parse_peer(item, f"{parameter}[{index}].") for index, item in enumerate(items)]
    check_unique(parameter, [peer.public_key for peer in peers], ".public_key")
    owners: dict[str, int] = {}
    for index, peer in enumerate(peers):
        for network in peer.allowed_ips or ():
            owner = owners.setdefault(network, index)
            if owner != index:
                rule = f"is already listed at {parameter}[{owner}]; a network has a single peer"
                raise Refused(f"{parameter}[{index}].allowed_ips", network, rule)
    return tuple(sorted(peers, key=lambda peer: peer.public_key))


def _parse_peer(params: WireguardPeerParams, prefix: str) -> Peer:
    networks = None
    if params["allowed_ips"] is not None:
        parameter = f"{prefix}allowed_ips"
        texts = [
            check_network(f"{parameter}[{index}]", text)
            for index, text in enumerate(params["allowed_ips"])
        ]
        networks = tuple(sorted(check_unique(parameter, texts)))
    keepalive = params["persistent_keepalive"]
    return Peer(
        check_key(f"{prefix}public_key", params["public_key"]),
        check_optional(check_endpoint, f"{prefix}endpoint", params["endpoint"]),
        networks,
        check_range(f"{prefix}persistent_keepalive", keepalive, 0, 65535),
        _parse_key(f"{prefix}preshared_key", params["preshared_key"], params["preshared_key_file"]),
    )


def _parse_key(parameter: str, key: str | None, path: str | None) -> Key | None:
    """Return a key, from its option or from the file that the option ``..._file`` names."""
    if key is not None:
        return Key(check_key(parameter, key, shown="(hidden)"))
    return check_optional(read_key_file, f"{parameter}_file", path)
