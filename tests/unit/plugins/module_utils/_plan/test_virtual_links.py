# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of each type: desired state, plan and commands on hosts that no kernel of the tests has."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import (
    IpvlanOptions,
    MacvlanOptions,
    Peer,
    TunOptions,
    VlanOptions,
    VrfOptions,
    VxlanOptions,
    WireguardOptions,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link, SavedSettings
from ansible_collections.redblue.netns.plugins.module_utils._model.wireguard_keys import Key, clamp
from ansible_collections.redblue.netns.plugins.module_utils._render.commands import render_commands
from ansible_collections.redblue.netns.plugins.module_utils._render.diff import compose_diff
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    BR,
    RED_LO,
    UP0,
    Raw,
    desired,
    draw,
    host,
    say,
)

MODULE = "netns_link"
KEY = "GAcJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJUY="
PUBLIC, OTHER = (
    "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
)


def wanted(**raw: Any) -> Link:
    (link,) = desired(MODULE, raw).present
    assert isinstance(link, Link)
    return link


WANTED: list[tuple[Raw, dict[str, Any]]] = [
    ({"type": "dummy"}, {"kind": "dummy"}),
    ({"type": "ifb"}, {"kind": "ifb"}),
    (
        {"type": "macvlan", "link": "eth0", "mode": "vepa"},
        {"kind": "macvlan", "parent": (None, "eth0"), "options": MacvlanOptions("vepa")},
    ),
    (
        {"type": "ipvlan", "link": "eth0", "link_netns": "red"},
        {"kind": "ipvlan", "parent": ("red", "eth0"), "options": IpvlanOptions()},
    ),
    (
        {"type": "vlan", "link": "eth0", "id": 10},
        {"kind": "vlan", "parent": (None, "eth0"), "options": VlanOptions(10)},
    ),
    (
        {"type": "vxlan", "id": 7, "link_netns": "red"},
        {"kind": "vxlan", "parent": ("red", ""), "options": VxlanOptions(7)},
    ),
    (
        {"type": "vxlan", "id": 7, "group": "239.1.1.1", "link": "eth0"},
        {"kind": "vxlan", "parent": (None, "eth0"), "options": VxlanOptions(7, "239.1.1.1")},
    ),
    ({"type": "tap", "user": 5, "group": "0"}, {"kind": "tun", "options": TunOptions("tap", 5, 0)}),
    ({"type": "tun", "user": "root"}, {"kind": "tun", "options": TunOptions("tun", 0)}),
    ({"type": "vrf", "table": 9}, {"kind": "vrf", "options": VrfOptions(9)}),
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
            "options": WireguardOptions(
                clamp(Key(KEY)), peers=(Peer(PUBLIC, "[fd00::1]:5", ("10.0.0.0/8", "fd00::/64")),)
            ),
        },
    ),
]


@pytest.mark.parametrize(("raw", "values"), WANTED)
def test_options_become_a_link(raw: Raw, values: dict[str, Any]) -> None:
    assert wanted(name="leg", **raw) == replace(Link(None, "leg", up=True), **values)


def test_a_loopback_has_addresses_only() -> None:
    assert wanted(name="lo", netns="red", addresses=["10.0.0.1/32"]) == Link(
        "red", "lo", addresses=("10.0.0.1/32",)
    )
    assert desired(MODULE, {"name": "lo", "netns": "red", "state": "absent"}).absent == (
        Link("red", "lo", addresses=()),
    )
    for option, value in (
        ("up", False),
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
        r"peers\[1\]: 'HIgo.*': is already listed at peers\[0\]",
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
    gone = desired(
        MODULE,
        {"name": "wg0", "type": "wireguard", "private_key_file": "/nonexistent", "state": "absent"},
    )
    assert gone.absent == (Link(None, "wg0", "wireguard", up=True),)
    assert desired(
        MODULE, {"name": "tap0", "type": "tap", "user": "nobody-any-more", "state": "absent"}
    ).absent == (Link(None, "tap0", "tun", up=True, options=TunOptions("tap")),)


LEG = Link(
    "red",
    "leg",
    kind="vlan",
    parent=(None, "up0"),
    up=True,
    mtu=1500,
    bridge="",
    options=VlanOptions(10, "802.1Q"),
    addresses=("10.1.0.1/24",),
    owner="",
)
PORT = replace(UP0, mtu=1500)
KEPT = WireguardOptions(Key(KEY), 5, 0, (Peer(PUBLIC),))
WG = Link(
    None,
    "wg0",
    kind="wireguard",
    parent=(None, ""),
    up=True,
    bridge="",
    addresses=(),
    owner="",
    options=KEPT,
)
STRANDED = Link(
    None,
    "wan",
    kind="",
    up=False,
    bridge="",
    addresses=(),
    owner="",
    mtu=1500,
    saved=SavedSettings("eth1", up=True, mtu=1400, addresses=("192.0.2.9/24",)),
)

TABLE: list[tuple[CurrentState, Raw, list[str]]] = [
    (
        host(PORT, RED_LO),
        {
            "name": "leg",
            "netns": "red",
            "type": "vlan",
            "link": "up0",
            "id": 10,
            "addresses": ["10.1.0.1/24"],
        },
        [
            "create vlan leg in namespace red on up0 on the host",
            "leg in namespace red: set accept_ra off, set link_local off",
            "add address 10.1.0.1/24 of leg in namespace red",
            "leg in namespace red: set up",
        ],
    ),
    (
        host(PORT, RED_LO, LEG),
        {
            "name": "leg",
            "netns": "red",
            "type": "vlan",
            "link": "up0",
            "id": 10,
            "protocol": "802.1Q",
        },
        [],
    ),
    (
        host(PORT, RED_LO, LEG),
        {"name": "leg", "netns": "red", "mtu": 1400},
        ["leg in namespace red: set mtu 1400"],
    ),
    (
        host(PORT, RED_LO, LEG),
        {"name": "leg", "netns": "red", "state": "absent"},
        ["delete vlan leg in namespace red"],
    ),
    (host(PORT, RED_LO, LEG), {"name": "up0", "mtu": 1400}, ["up0: set mtu 1400"]),
    (host(), {"name": "leg", "state": "absent"}, []),
    (
        host(),
        {"name": "v", "type": "vrf", "table": 5},
        ["create vrf v", "v: set accept_ra off, set accept_dad off", "v: set up"],
    ),
    (
        host(
            PORT, Link(None, "v", kind="vrf", up=True, bridge="", options=VrfOptions(5), owner="")
        ),
        {"name": "up0", "vrf": "v"},
        ["up0: put into vrf v"],
    ),
    (
        host(WG),
        {"name": "wg0", "type": "wireguard", "listen_port": 6, "peers": [{"public_key": OTHER}]},
        [f"wg0: set listen_port 6, remove peer {PUBLIC}, add peer {OTHER}"],
    ),
    (host(WG), {"name": "wg0", "type": "wireguard", "peers": [{"public_key": PUBLIC}]}, []),
    (
        host(RED_LO, STRANDED),
        {"name": "wan", "netns": "red", "type": "physical", "device": "eth1"},
        ["move wan from the host to namespace red", "wan in namespace red: set up"],
    ),
    (
        host(RED_LO, STRANDED),
        {"name": "wan", "netns": "red", "type": "physical", "device": "eth1", "state": "absent"},
        [
            "rename wan to eth1",
            "eth1: set mtu 1400",
            "eth1: set up",
            "add address 192.0.2.9/24 of eth1 on the host",
            "eth1: remove the saved settings from its alias",
        ],
    ),
    (
        host(RED_LO),
        {"name": "lo", "netns": "red", "addresses": ["10.9.0.1/32"]},
        ["add address 10.9.0.1/32 of lo in namespace red"],
    ),
]


@pytest.mark.parametrize(("current", "raw", "sentences"), TABLE)
def test_the_actions_of_a_plan(current: CurrentState, raw: Raw, sentences: list[str]) -> None:
    assert say(current, MODULE, raw) == sentences


def test_a_kernel_without_the_type_is_refused() -> None:
    with pytest.raises(
        Refused,
        match=(
            r"^type: 'vlan': this kernel has no links of this type \(module 8021q\), as \S+ "
            r"is to be$"
        ),
    ):
        draw(
            host(PORT, missing_features=frozenset({"vlan"})),
            MODULE,
            {"name": "leg", "type": "vlan", "link": "up0", "id": 10},
        )


CONFLICTS: list[tuple[CurrentState, Raw, str]] = [
    (
        host(PORT, RED_LO, LEG),
        {"name": "leg", "netns": "red", "type": "vlan", "id": 11},
        "id: 11: interface leg in namespace red has 10, and a vlan keeps",
    ),
    (
        host(PORT, RED_LO, LEG),
        {"name": "x", "type": "vlan", "link": "up0", "id": 10},
        "id: 10: interface leg in namespace red is this vlan already",
    ),
    (
        host(PORT, RED_LO, LEG),
        {"name": "leg", "netns": "red", "type": "vlan", "link": "br0"},
        "link: 'br0': interface leg in namespace red sits on up0 on the",
    ),
    (
        host(PORT, RED_LO, LEG),
        {"name": "leg", "netns": "red", "type": "dummy"},
        "name: 'leg': namespace red has a vlan of this name, not a dummy",
    ),
    (
        host(BR),
        {"name": "br0", "type": "vxlan", "id": 1},
        "name: 'br0': the host has a bridge of this name, not a vxlan",
    ),
    (
        host(PORT),
        {"name": "up0", "state": "absent"},
        "name: 'up0': is a physical interface of the host, which nobody can remove",
    ),
    (
        host(RED_LO, UP0, netns_local={"up0": "is a Wi-Fi interface"}),
        {"name": "up0", "netns": "red", "type": "physical"},
        "name: 'up0': is a Wi-Fi interface",
    ),
]


@pytest.mark.parametrize(("current", "raw", "rule"), CONFLICTS)
def test_a_conflict_is_named(current: CurrentState, raw: Raw, rule: str) -> None:
    with pytest.raises(Refused, match=f"^{rule}"):
        draw(current, MODULE, raw)


def test_a_link_with_a_foreign_child_is_not_deleted() -> None:
    mine = Link(None, "mine", kind="dummy", up=True, bridge="", addresses=(), owner="")
    current = host(mine, RED_LO, replace(LEG, parent=(None, "mine"), owner=None))
    raw: Raw = {"name": "mine", "state": "absent"}
    with pytest.raises(
        Conflict,
        match=(
            "^name: 'mine': interface leg in namespace red sits on it, would go along, and "
            "is not ours; remove that first"
        ),
    ):
        draw(current, MODULE, raw)
    assert say(current, MODULE, {**raw, "force": True}) == ["delete dummy mine"]


def test_no_secret_is_shown() -> None:
    keys = {"private_key": KEY, "peers": [{"public_key": OTHER, "preshared_key": PUBLIC}]}
    drawn = draw(
        host(replace(WG, options=WireguardOptions())),
        MODULE,
        {"name": "wg0", "type": "wireguard", **keys},
    )
    commands = render_commands(drawn.changes, host())
    assert commands == [
        (
            f"wg set wg0 private-key /etc/wireguard/wg0.key peer {OTHER} preshared-key "
            f"/etc/wireguard/wg0-66687aad.key"
        )
    ]
    diff = compose_diff(drawn.changes)
    assert "private_key (hidden)" in diff["after"] and "preshared_key (hidden)" in diff["after"]
    assert not any(
        key in text
        for key in (KEY, PUBLIC)
        for text in (*commands, *diff.values(), repr(drawn.changes))
    )


COMMANDS: list[tuple[Raw, str]] = [
    (
        {"name": "leg", "netns": "red", "type": "vlan", "link": "up0", "id": 10},
        "ip link add link up0 name leg netns red type vlan id 10 protocol 802.1Q",
    ),
    (
        {
            "name": "leg",
            "type": "ipvlan",
            "link": "end",
            "link_netns": "red",
            "mode": "l2",
            "flags": "vepa",
        },
        "ip -n red link add link end name leg netns $$ type ipvlan mode l2 vepa",
    ),
    ({"name": "leg", "type": "wireguard"}, "ip link add name leg type wireguard"),
    (
        {"name": "leg", "netns": "red", "type": "wireguard", "link_netns": "red"},
        "ip -n red link add name leg type wireguard",
    ),
    (
        {"name": "leg", "type": "vrf", "table": 5, "mac": "02:00:00:00:00:05"},
        "ip link add name leg address 02:00:00:00:00:05 type vrf table 5",
    ),
    (
        {
            "name": "leg",
            "type": "vxlan",
            "id": 7,
            "group": "239.1.1.1",
            "link": "up0",
            "ttl": 0,
            "mac": "02:00:00:00:00:05",
        },
        (
            "ip link add name leg address 02:00:00:00:00:05 type vxlan id 7 group 239.1.1.1 "
            "dstport 4789 ttl auto dev up0"
        ),
    ),
    (
        {"name": "leg", "type": "tun", "user": 5, "pi": True},
        "ip tuntap add dev leg mode tun user 5 pi",
    ),
]


@pytest.mark.parametrize(("raw", "command"), COMMANDS)
def test_commands_are_those_of_iproute2(raw: Raw, command: str) -> None:
    end = Link("red", "end", kind="", up=True, mtu=1500, bridge="", addresses=())
    current = host(PORT, RED_LO, end)
    assert render_commands(draw(current, MODULE, raw).changes, current)[0] == command
