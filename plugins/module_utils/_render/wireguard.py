# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of WireGuard interfaces, in the words of wg(8)."""

from __future__ import annotations

import base64
import hashlib
import shlex
from typing import TYPE_CHECKING

from .._model.wireguard_peers import differing_peers

if TYPE_CHECKING:
    from .._model.link_options import Peer, WireguardOptions
    from .._model.wireguard_keys import Key


def wg_commands(name: str, before: WireguardOptions, after: WireguardOptions) -> list[str]:
    """The command that sets the options that differ; none if they are the same.

    No command shows a secret key. Each is read from a file, which has to exist.
    """
    words = ""
    if after.private_key is not None and after.private_key != before.private_key:
        words += f" private-key {_key_path(after.private_key, name)}"
    if after.listen_port is not None and after.listen_port != before.listen_port:
        words += f" listen-port {after.listen_port}"
    if after.fwmark is not None and after.fwmark != before.fwmark:
        words += f" fwmark {after.fwmark}"
    for peer, removed in differing_peers(before, after):
        words += f" peer {peer.public_key}{' remove' if removed else _peer_words(name, peer)}"
    return [f"wg set {name}{words}"] if words else []


def _peer_words(name: str, peer: Peer) -> str:
    words = ""
    if peer.preshared_key is not None:
        words += f" preshared-key {_key_path(peer.preshared_key, f'{name}-{_short_key(peer)}')}"
    if peer.endpoint:
        words += f" endpoint {peer.endpoint}"
    if peer.persistent_keepalive is not None:
        words += f" persistent-keepalive {peer.persistent_keepalive}"
    if peer.allowed_ips:
        words += f" allowed-ips {','.join(peer.allowed_ips)}"
    return words


def _short_key(peer: Peer) -> str:
    """The public key of a peer, short and safe in the name of a file."""
    return hashlib.sha256(base64.b64decode(peer.public_key)).hexdigest()[:8]


def _key_path(key: Key, name: str) -> str:
    return shlex.quote(key.path) if key.path else f"/etc/wireguard/{name}.key"
