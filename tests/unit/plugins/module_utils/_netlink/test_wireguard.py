# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reply of a kernel (Linux 6.1) about a WireGuard link, as it was recorded."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import (
    Peer,
    WireguardOptions,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.wireguard_keys import Key
from ansible_collections.redblue.netns.plugins.module_utils._netlink.wireguard import read_device
from ansible_collections.redblue.netns.tests.unit.support.keys import encode

REPLY = bytes.fromhex(
    "6401000020000200020000000b00000000010000060006006cca000008000700070000000800010002000000"
    "08000200776730002400030070076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c6a"
    "240004008520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6ae8000880e4000080"
    "24000100de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f2400020011111111"
    "1111111111111111111111111111111111111111111111111111111114000600000000000000000000000000"
    "0000000006000500190000000c00080000000000000000000c000700000000000000000008000a0001000000"
    "1400040002000005c00002010000000000000000480009801c00008005000300180000000600010002000000"
    "080002000a000000280000800500030040000000060001000a00000014000200fd0000000000000000000000"
    "00000000"
)


# RFC 7748, section 6.1. The kernel clamps a private key.
PRIVATE_KEY = encode("70076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c6a")
PUBLIC_KEY = encode("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
PEER_KEY = encode("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")


def test_options_and_public_key_are_read() -> None:
    options = read_device([REPLY])
    peer = Peer(PEER_KEY, "192.0.2.1:5", ("10.0.0.0/24", "fd00::/64"), 25, Key(encode("11" * 32)))
    assert options == WireguardOptions(Key(PRIVATE_KEY), 51820, 7, (peer,))
    assert options.public_key == PUBLIC_KEY


def test_a_peer_is_continued_in_the_next_message() -> None:
    options = read_device([REPLY, REPLY])
    assert options.peers is not None
    (peer,) = options.peers
    assert peer.allowed_ips == ("10.0.0.0/24", "10.0.0.0/24", "fd00::/64", "fd00::/64")


def test_a_secret_is_not_shown() -> None:
    text = repr(read_device([REPLY]))
    assert PRIVATE_KEY not in text and encode("11" * 32) not in text


def test_a_link_without_keys() -> None:
    assert read_device([]) == WireguardOptions(peers=())
