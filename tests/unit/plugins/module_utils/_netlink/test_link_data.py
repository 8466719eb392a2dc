# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IFLA_INFO_DATA of each link type: packed for the kernel, and read as the kernel packs it."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model import link_options
from ansible_collections.redblue.netns.plugins.module_utils._model.link_types import LINK_TYPES
from ansible_collections.redblue.netns.plugins.module_utils._model.wireguard_peers import (
    differing_peers,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.bridge_data import (
    pack_bridge_data,
    read_bridge_data,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.link_data import (
    KINDS_WITH_DATA,
    LinkData,
    pack_link_data,
    read_link_data,
)

PACKED: list[tuple[str, link_options.LinkOptions, str]] = [
    (
        "vlan",
        link_options.VlanOptions(id=10, protocol="802.1ad"),
        "06000100 0a000000 06000500 88a80000",
    ),
    ("vrf", link_options.VrfOptions(table=100), "08000100 64000000"),
    ("macvlan", link_options.MacvlanOptions(mode="bridge"), "08000100 04000000"),
    (
        "ipvlan",
        link_options.IpvlanOptions(mode="l3s", flags="private"),
        "06000100 02000000 06000200 01000000",
    ),
    (
        "vxlan",
        link_options.VxlanOptions(id=7, remote="192.0.2.9", dstport=4789, learning=False),
        "08000100 07000000 05000700 00000000 06000f00 12b50000 08000200 c0000209",
    ),
    (
        "tun",
        link_options.TunOptions(mode="tap", user=1000, pi=False, persist=True),
        "08000100 e8030000 05000300 02000000 05000400 00000000 05000600 01000000",
    ),
]
"""In little endian, as on the machines of the tests; protocol and port in network order."""


@pytest.mark.parametrize(("kind", "options", "data"), PACKED)
def test_options_are_packed_and_read(
    kind: str, options: link_options.LinkOptions, data: str
) -> None:
    assert pack_link_data(kind, options).hex(" ", 4) == data
    assert read_link_data(kind, bytes.fromhex(data)).options == options


def test_options_of_a_bridge() -> None:
    options = link_options.BridgeOptions(stp=True, forward_delay=4, mcast_snooping=False)
    data = "08000100 90010000 08000500 01000000 05001700 00000000"
    assert pack_bridge_data(options).hex(" ", 4) == data
    assert read_bridge_data(bytes.fromhex(data)) == options


def test_ipv6_addresses_have_attributes_of_their_own() -> None:
    options = link_options.VxlanOptions(id=1, remote="ff05::100", local="fd00::1")
    data = pack_link_data("vxlan", options, lower=3)
    assert read_link_data("vxlan", data) == LinkData(options, 3)


def test_a_value_without_a_word_is_unknown() -> None:
    source_mode = bytes.fromhex("0800010010000000")
    assert read_link_data("macvlan", source_mode).options == link_options.MacvlanOptions(mode=None)


def test_only_a_vxlan_has_its_parent_in_its_options() -> None:
    assert read_link_data("vlan", b"").lower is None
    assert read_link_data("vxlan", b"").lower == 0


def test_every_kind_with_options_is_read() -> None:
    kinds = {link_type.kind for link_type in LINK_TYPES.values() if link_type.options is not None}
    assert kinds == KINDS_WITH_DATA | {"bridge", "wireguard"}


def test_omitted_options_are_kept() -> None:
    assert link_options.merge_options(
        link_options.VxlanOptions(remote="192.0.2.8"),
        link_options.VxlanOptions(id=7, remote="192.0.2.9", ttl=5),
    ) == link_options.VxlanOptions(id=7, remote="192.0.2.8", ttl=5)
    current = link_options.WireguardOptions(
        listen_port=5,
        peers=(link_options.Peer("A", "192.0.2.1:5", ("10.0.0.0/24",), 25), link_options.Peer("B")),
    )
    wanted = link_options.WireguardOptions(
        peers=(link_options.Peer("A", allowed_ips=("10.1.0.0/24",)), link_options.Peer("C"))
    )
    after = link_options.merge_options(wanted, current)
    assert after == link_options.WireguardOptions(
        listen_port=5,
        peers=(link_options.Peer("A", "192.0.2.1:5", ("10.1.0.0/24",), 25), link_options.Peer("C")),
    )
    assert differing_peers(current, after) == [
        (link_options.Peer("B"), True),
        (link_options.Peer("A", "192.0.2.1:5", ("10.1.0.0/24",), 25), False),
        (link_options.Peer("C"), False),
    ]
    without_peers = link_options.merge_options(link_options.WireguardOptions(peers=()), current)
    assert (
        without_peers == link_options.WireguardOptions(listen_port=5, peers=())
        and link_options.merge_options(link_options.WireguardOptions(), current) == current
    )
