# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IFLA_INFO_DATA of each link type: packed for the kernel, and read as the kernel packs it."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import (
    BridgeOptions,
    IpvlanOptions,
    LinkOptions,
    MacvlanOptions,
    Peer,
    VlanOptions,
    VrfOptions,
    VxlanOptions,
    WireguardOptions,
    merge_options,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.wireguard_peers import (
    differing_peers,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.link_info_data import (
    pack_data,
    read_data,
    read_parent,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.socket import read_attributes

PACKED: list[tuple[str, LinkOptions, str]] = [
    ("vlan", VlanOptions(id=10, protocol="802.1ad"), "06000100 0a000000 06000500 88a80000"),
    ("vrf", VrfOptions(table=100), "08000100 64000000"),
    ("macvlan", MacvlanOptions(mode="bridge"), "08000100 04000000"),
    ("ipvlan", IpvlanOptions(mode="l3s", flags="private"), "06000100 02000000 06000200 01000000"),
    (
        "vxlan",
        VxlanOptions(id=7, remote="192.0.2.9", dstport=4789, learning=False),
        "08000100 07000000 05000700 00000000 06000f00 12b50000 08000200 c0000209",
    ),
    (
        "bridge",
        BridgeOptions(stp=True, forward_delay=4, mcast_snooping=False),
        "08000100 90010000 08000500 01000000 05001700 00000000",
    ),
]
"""In little endian, as on the machines of the tests; protocol and port in network order."""


@pytest.mark.parametrize(("kind", "options", "data"), PACKED)
def test_options_are_packed_and_read(kind: str, options: LinkOptions, data: str) -> None:
    assert pack_data(kind, options).hex(" ", 4) == data
    assert read_data(kind, read_attributes(bytes.fromhex(data))) == options


def test_ipv6_has_its_own_attributes() -> None:
    options = VxlanOptions(id=1, remote="ff05::100", local="fd00::1")
    data = pack_data("vxlan", options, parent=3)
    assert (
        read_data("vxlan", read_attributes(data)) == options
        and read_parent("vxlan", read_attributes(data)) == 3
    )


def test_unknown_values_are_omitted() -> None:
    assert read_data(
        "macvlan", read_attributes(bytes.fromhex("0800010010000000"))
    ) == MacvlanOptions(mode=None)  # source
    assert (
        read_data("dummy", {}) is None
        and read_parent("vlan", {}) is None
        and read_parent("vxlan", {}) == 0
    )


def test_omitted_options_are_kept() -> None:
    assert merge_options(
        VxlanOptions(remote="192.0.2.8"), VxlanOptions(id=7, remote="192.0.2.9", ttl=5)
    ) == VxlanOptions(id=7, remote="192.0.2.8", ttl=5)
    current = WireguardOptions(
        listen_port=5, peers=(Peer("A", "192.0.2.1:5", ("10.0.0.0/24",), 25), Peer("B"))
    )
    wanted = WireguardOptions(peers=(Peer("A", allowed_ips=("10.1.0.0/24",)), Peer("C")))
    after = merge_options(wanted, current)
    assert after == WireguardOptions(
        listen_port=5, peers=(Peer("A", "192.0.2.1:5", ("10.1.0.0/24",), 25), Peer("C"))
    )
    assert differing_peers(current, after) == [
        (Peer("B"), True),
        (Peer("A", "192.0.2.1:5", ("10.1.0.0/24",), 25), False),
        (Peer("C"), False),
    ]
    assert (
        merge_options(WireguardOptions(peers=()), current).peers == ()
        and merge_options(WireguardOptions(), current) == current
    )
