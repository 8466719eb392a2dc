# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of netns_link, and options that exclude each other."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model import link_options
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link, SavedSettings
from ansible_collections.redblue.netns.plugins.module_utils._model.wireguard_keys import Key, clamp
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    Raw,
    desired_state_of,
)
from ansible_collections.redblue.netns.tests.unit.support.netns_links import (
    KEY,
    MODULE,
    OTHER,
    PUBLIC,
)


def wanted(**raw: Any) -> Link:
    (link,) = desired_state_of(MODULE, raw).present
    assert isinstance(link, Link)
    return link


WANTED: list[tuple[Raw, dict[str, Any]]] = [
    ({"type": "dummy"}, {"kind": "dummy"}),
    ({"type": "ifb"}, {"kind": "ifb"}),
    (
        {"type": "macvlan", "link": "eth0", "mode": "vepa"},
        {
            "kind": "macvlan",
            "parent": (None, "eth0"),
            "options": link_options.MacvlanOptions("vepa"),
        },
    ),
    (
        {"type": "ipvlan", "link": "eth0", "link_netns": "red"},
        {"kind": "ipvlan", "parent": ("red", "eth0"), "options": link_options.IpvlanOptions()},
    ),
    (
        {"type": "vlan", "link": "eth0", "id": 10},
        {"kind": "vlan", "parent": (None, "eth0"), "options": link_options.VlanOptions(10)},
    ),
    (
        {"type": "vxlan", "id": 7, "link_netns": "red"},
        {"kind": "vxlan", "parent": ("red", ""), "options": link_options.VxlanOptions(7)},
    ),
    (
        {"type": "vxlan", "id": 7, "group": "239.1.1.1", "link": "eth0"},
        {
            "kind": "vxlan",
            "parent": (None, "eth0"),
            "options": link_options.VxlanOptions(7, "239.1.1.1"),
        },
    ),
    (
        {"type": "tap", "user": 5, "group": "0"},
        {"kind": "tun", "options": link_options.TunOptions("tap", 5, 0)},
    ),
    (
        {"type": "tun", "user": "root"},
        {"kind": "tun", "options": link_options.TunOptions("tun", 0)},
    ),
    ({"type": "vrf", "table": 9}, {"kind": "vrf", "options": link_options.VrfOptions(9)}),
    ({"vrf": "blue"}, {"vrf": "blue"}),
    ({"netns": "red", "type": "physical"}, {"netns": "red", "saved": SavedSettings("")}),
    (
        {"netns": "red", "type": "physical", "device": "eth1"},
        {"netns": "red", "saved": SavedSettings("eth1")},
    ),
    ({"type": "physical"}, {}),
    (
        {
            "type": "wireguard",
            "private_key": KEY,
            "peers": [
                {
                    "public_key": PUBLIC,
                    "endpoint": "[fd00::1]:5",
                    "allowed_ips": ["fd00::/64", "10.0.0.0/8"],
                }
            ],
        },
        {
            "kind": "wireguard",
            "options": link_options.WireguardOptions(
                clamp(Key(KEY)),
                peers=(link_options.Peer(PUBLIC, "[fd00::1]:5", ("10.0.0.0/8", "fd00::/64")),),
            ),
        },
    ),
]


@pytest.mark.parametrize(("raw", "values"), WANTED)
def test_options_become_a_link(raw: Raw, values: dict[str, Any]) -> None:
    assert wanted(name="leg", **raw) == replace(Link(None, "leg", up=True), **values)


def test_a_loopback_has_few_options() -> None:
    assert wanted(name="lo", netns="red", addresses=["10.0.0.1/32"]) == Link(
        "red", "lo", addresses=("10.0.0.1/32",)
    )
    assert desired_state_of(MODULE, {"name": "lo", "netns": "red", "state": "absent"}).absent == (
        Link("red", "lo", addresses=()),
    )
    assert wanted(name="lo", netns="red", up=False) == Link("red", "lo", up=False)
    for option, value in (
        ("type", "dummy"),
        ("mac", "02:00:00:00:00:01"),
        ("bridge", "br0"),
        ("link", "eth0"),
    ):
        with pytest.raises(Refused, match=f"^{option}: .*: is not supported for lo, which"):
            wanted(name="lo", netns="red", **{option: value})


REFUSED: list[tuple[Raw, str]] = [
    ({"id": 5}, "id: 5: is only for links of type vlan or vxlan"),
    ({"type": "macvlan", "table": 5}, "table: 5: is only for links of type vrf"),
    (
        {"type": "macvlan", "link": "eth0", "mode": "l2"},
        "mode: 'l2': is not a mode of links of type macvlan: bridge, private, vepa, passthru",
    ),
    (
        {"type": "ipvlan", "link": "eth0", "mode": "vepa"},
        "mode: 'vepa': is not a mode of links of type ipvlan",
    ),
    (
        {"type": "macvlan", "link": "leg"},
        "link: 'leg': a link cannot be its own parent",
    ),
    (
        {"type": "physical", "device": "eth1"},
        "device: 'eth1': is only for links of type physical in a namespace: their name on the host",
    ),
    (
        {"type": "macvlan", "link": "eth0", "device": "eth1"},
        "device: 'eth1': is only for links of type physical",
    ),
    (
        {"type": "ipvlan", "link": "eth0", "mac": "02:00:00:00:00:01"},
        "mac: .*: a link of type ipvlan has the MAC address of its parent link",
    ),
    (
        {"type": "macvlan", "link": "eth0", "mode": "passthru", "mac": "02:00:00:00:00:01"},
        "mac: .*: a link of type macvlan with mode passthru has the MAC address of its parent link",
    ),
    (
        {"type": "wireguard", "mac": "02:00:00:00:00:01"},
        "mac: .*: a link of type wireguard has no MAC address",
    ),
    (
        {"type": "ipvlan", "link": "eth0", "arp": False},
        "arp: False: is determined by the mode of links of type ipvlan",
    ),
    (
        {"type": "wireguard", "link_local": True},
        "link_local: True: the kernel assigns no link-local address to links of type wireguard",
    ),
    (
        {"type": "vrf", "table": 5, "bridge": "br0"},
        "bridge: 'br0': links of type vrf cannot be its ports",
    ),
    ({"type": "vrf", "table": 5, "vrf": "two"}, "vrf: 'two': a VRF cannot be in another VRF"),
    (
        {"type": "tap", "bridge": "br0", "vrf": "one"},
        "vrf: 'one': a bridge port cannot be in a VRF; put br0 into it",
    ),
    (
        {"type": "vxlan", "id": 1, "group": "239.1.1.1"},
        "group: '239.1.1.1': needs link: the interface from which the multicast group is reached",
    ),
    (
        {"type": "vxlan", "id": 1, "group": "192.0.2.1", "link": "eth0"},
        "group: '192.0.2.1': is not a multicast address; use remote for the address of a single",
    ),
    (
        {"type": "vxlan", "id": 1, "remote": "239.1.1.1"},
        "remote: '239.1.1.1': is not the address of a single host",
    ),
    (
        {"type": "vxlan", "id": 1, "remote": "192.0.2.1", "local": "fd00::1"},
        "local: 'fd00::1': is not of the address family of 192.0.2.1",
    ),
    (
        {"type": "vxlan", "id": 1, "remote": "192.0.2.1", "group": "239.1.1.1", "link": "eth0"},
        "group: '239.1.1.1': cannot be combined with remote",
    ),
    (
        {"type": "wireguard", "private_key": KEY, "private_key_file": "/x"},
        "private_key_file: '/x': cannot be combined with private_key",
    ),
    (
        {"type": "wireguard", "peers": [{"public_key": PUBLIC}, {"public_key": PUBLIC}]},
        r"peers\[1\]\.public_key: 'HIgo.*': is already listed at peers\[0\]",
    ),
    (
        {
            "type": "wireguard",
            "peers": [
                {"public_key": key, "allowed_ips": ["10.0.0.0/8"]} for key in (PUBLIC, OTHER)
            ],
        },
        (
            r"peers\[1\].allowed_ips: '10.0.0.0/8': "
            r"is already listed at peers\[0\]; a network has a single peer"
        ),
    ),
]


@pytest.mark.parametrize(("raw", "rule"), REFUSED)
def test_options_that_exclude_each_other_are_refused(raw: Raw, rule: str) -> None:
    with pytest.raises(Refused, match=f"^{rule}"):
        wanted(name="leg", **raw)


def test_a_removal_reads_no_file_and_no_user() -> None:
    removed = desired_state_of(
        MODULE,
        {"name": "wg0", "type": "wireguard", "private_key_file": "/nonexistent", "state": "absent"},
    )
    assert removed.absent == (Link(None, "wg0", "wireguard", up=True),)
    assert desired_state_of(
        MODULE, {"name": "tap0", "type": "tap", "user": "nobody-any-more", "state": "absent"}
    ).absent == (Link(None, "tap0", "tun", up=True, options=link_options.TunOptions("tap")),)
