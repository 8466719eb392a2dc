# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Invalid options are refused with parameter, value and rule, before anything is changed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.options import FORWARD, MACVLAN, PUBLIC_KEY, ROUTE, WIREGUARD
from support.tasks import LAB, Raw, parse_task

BAD_LINK_NAMES = [
    "1234567890123456",
    "ééééééé1é",
    "v%d",
    "%d",
    "all",
    "default",
    ".",
    "..",
    "a/b",
    "a:b",
    "a b",
    "a\n",
    "",
    "lo",
    "eth+",
    "*",
    "$(id)",
    "`id`",
    "a;b",
    "-x",
    "a'b",
    'a"b',
    "ü",
]
BAD_NETNS_NAMES = ["/tmp/victim", "../victim", "", ".", "a b", "-n", "x" * 65, "$(id)", "a\n"]
BAD_ADDRESSES = [
    "300.1.1.1/24",
    "10.3.0.1/33",
    "10.4",
    "010.003.0.1/24",
    "0x0a000001",
    "10.0.0.1/255.255.0.0",
    "10.0.0.1/24 ",
    "10.0.0.1/24\n",
    "10.2.0.0/24",
    "10.2.0.255/24",
    "0.0.0.0/0",
    "127.0.0.5/8",
    "224.0.0.1/24",
    "10.0.0.1",
    "fd00::/64",
    "ff02::1/64",
    "::1/128",
    "fe80::1%eth0/64",
    "10.0.0.1/024",
]
BAD_PORTS: list[Any] = [
    0,
    "0",
    "65536",
    "-1",
    "80a",
    "http",
    " 80",
    True,
    80.5,
    "080",
    "90:80",
    "80:",
    "1-2-3",
    None,
]
BAD_TARGETS = [
    "127.0.0.1:80",
    "[::1]:80",
    "0.0.0.0:80",
    "192.168.15.2:0",
    "192.168.15.2:http",
    "192.168.15.2:80-81",
    "example.org:80",
    "[192.168.15.2]:80",
    "fd00::2]:80",
]
BAD_MACS = [
    "01:00:5e:00:00:01",
    "00:00:00:00:00:00",
    "ff:ff:ff:ff:ff:ff",
    "02:00:00:00:00",
    "02-00-00-00-00-01",
    "zz:00:00:00:00:01",
]

BAD_ENDPOINTS = [
    "192.0.2.1",
    "example.org:51820",
    "[192.0.2.1]:51820",
    "fd00::1:51820",
    "192.0.2.1:0",
    "192.0.2.1:http",
    "127.0.0.1:51820",
    "0.0.0.0:1",
    ":1",
    "",
]

CASES: list[tuple[str, str, Any, Raw]] = [
    *(("linux_bridge", "name", name, {"name": name}) for name in BAD_LINK_NAMES),
    *(
        ("veth", "peer.name", name, {"name": "one", "peer": {"name": name}})
        for name in BAD_LINK_NAMES
    ),
    *(("netns", "name", name, {"name": name}) for name in BAD_NETNS_NAMES),
    *(("netns_route", "netns", name, {**ROUTE, "netns": name}) for name in BAD_NETNS_NAMES),
    *(
        ("linux_bridge", "addresses[0]", text, {"name": "br0", "addresses": [text]})
        for text in BAD_ADDRESSES
    ),
    *(
        ("dnat", "destination_port", port, {**FORWARD, "destination_port": port})
        for port in BAD_PORTS
    ),
    *(
        ("dnat", "to_destination", text, {**FORWARD, "to_destination": text})
        for text in BAD_TARGETS
    ),
    *(("linux_bridge", "mac", mac, {"name": "br0", "mac": mac}) for mac in BAD_MACS),
    *(
        ("linux_bridge", "mtu", mtu, {"name": "br0", "mtu": mtu})
        for mtu in (67, 65536, "big", True)
    ),
    *(
        ("netns_link", option, name, {**MACVLAN, option: name})
        for option in ("name", "link", "bridge", "vrf")
        for name in BAD_LINK_NAMES
        if name != "lo"
    ),
    *(
        (
            "netns_link",
            "device",
            name,
            {"name": "wan", "netns": "red", "type": "physical", "device": name},
        )
        for name in BAD_LINK_NAMES
    ),
    *(
        ("netns_link", "link_netns", name, {**MACVLAN, "link_netns": name})
        for name in BAD_NETNS_NAMES
    ),
    *(
        ("netns_link", "id", number, {"name": "leg", "type": "vlan", "link": "eth0", "id": number})
        for number in (0, 4095, -1, "ten", True)
    ),
    *(
        ("netns_link", "dstport", port, {"name": "leg", "type": "vxlan", "id": 1, "dstport": port})
        for port in (0, 65536, "http", True)
    ),
    *(
        (
            "netns_link",
            "peers[0].endpoint",
            text,
            {**WIREGUARD, "peers": [{"public_key": PUBLIC_KEY, "endpoint": text}]},
        )
        for text in BAD_ENDPOINTS
    ),
    *(
        ("netns_link", "peers[0].public_key", text, {**WIREGUARD, "peers": [{"public_key": text}]})
        for text in ("", "abc", PUBLIC_KEY[:-1], PUBLIC_KEY + "\n", "=" * 44)
    ),
    *(
        ("netns_link", "user", text, {"name": "tap0", "type": "tap", "user": text})
        for text in ("nobody-has-this-name", "", "-1", "a\0b", "0x0")
    ),
    (
        "netns_link",
        "peers[0].allowed_ips[0]",
        "10.0.0.1/24",
        {**WIREGUARD, "peers": [{"public_key": PUBLIC_KEY, "allowed_ips": ["10.0.0.1/24"]}]},
    ),
    (
        "netns_link",
        "private_key_file",
        "/nonexistent",
        {**WIREGUARD, "private_key_file": "/nonexistent"},
    ),
    ("netns_link", "private_key_file", "wg0.key", {**WIREGUARD, "private_key_file": "wg0.key"}),
    ("netns_link", "private_key", "(hidden)", {**WIREGUARD, "private_key": "secret"}),
    ("netns_link", "private_key", "(hidden)", {**MACVLAN, "private_key": PUBLIC_KEY}),
    ("netns", "name", "host", {"name": "host"}),
    ("netns_link", "type", "bond", {"name": "leg", "type": "bond"}),
    ("netns_link", "id", 5, {**MACVLAN, "id": 5}),
    ("netns_link", "netns", None, {"name": "lo", "addresses": ["10.0.0.1/32"]}),
    (
        "topology",
        "netns_link[1].peers[0].endpoint",
        "x",
        {
            "name": "lab",
            "netns_link": [
                MACVLAN,
                {**WIREGUARD, "peers": [{"public_key": PUBLIC_KEY, "endpoint": "x"}]},
            ],
        },
    ),
    ("netns_route", "destination", "192.168.15.5/24", {**ROUTE, "destination": "192.168.15.5/24"}),
    ("masquerade", "source[0]", "192.168.15.5/24", {"source": "192.168.15.5/24"}),
    ("masquerade", "source[0]", "0.0.0.0/0", {"source": "0.0.0.0/0"}),
    (
        "linux_bridge",
        "addresses[1]",
        "10.0.0.1/24",
        {"name": "br0", "addresses": ["10.0.0.1/24", "10.0.0.1/24"]},
    ),
    ("netns_route", "gateway", "10.0.0.1", {**ROUTE, "gateway": "10.0.0.1"}),
    ("netns_route", "gateway", None, {"destination": "10.9.0.0/16"}),
    ("netns", "sysctls", "kernel.hostname", {"name": "red", "sysctls": {"kernel.hostname": "x"}}),
    ("netns", "name", 7, {"name": 7}),
    ("netns", "name", False, {"name": False}),
    ("netns", "name", "\ud800", {"name": "\ud800"}),
    ("netns", "nameservers", {"a": 1}, {"name": "red", "nameservers": {"a": 1}}),
    (
        "topology",
        "veth[0].peer.mtu",
        "big",
        {"name": "lab", "veth": [{"name": "one", "peer": {"name": "two", "mtu": "big"}}]},
    ),
    ("topology", "netns[0]", "red", {"name": "lab", "netns": "red"}),
    ("topology", "name", "fwd drop", {"name": "fwd drop"}),
]


@pytest.mark.parametrize(
    ("module", "parameter", "value", "raw"), CASES, ids=lambda value: ascii(value)[:30]
)
def test_an_invalid_value_is_refused_by_parameter_and_value(
    module: str, parameter: str, value: Any, raw: Raw
) -> None:
    with pytest.raises(Refused) as refusal:
        parse_task(module, raw)
    assert refusal.value.parameter == parameter
    assert repr(value) in str(refusal.value) and refusal.value.rule


def test_an_unsupported_option_is_refused_and_a_similar_one_suggested() -> None:
    raw: Raw = {"name": "lab", "linux_bridge": [{"name": "br0"}, {"name": "br1", "adresses": []}]}
    message = r"^unsupported option 'linux_bridge\[1\]\.adresses'; did you mean 'addresses'\? "
    with pytest.raises(Refused, match=message) as refusal:
        parse_task("topology", raw)
    assert refusal.value.parameter == "linux_bridge[1].adresses"


@pytest.mark.parametrize("name", ["123456789012345", "up", "a", "lab.100", "x-_.9"])
def test_valid_names_are_accepted(name: str) -> None:
    assert parse_task("linux_bridge", {"name": name}).present


def test_the_length_of_a_name_is_counted_in_bytes() -> None:
    with pytest.raises(
        Refused, match="16 bytes long; the name of a network interface has at most 15"
    ):
        parse_task("linux_bridge", {"name": "é" * 8})


def test_a_forward_between_ipv4_and_ipv6_is_refused() -> None:
    with pytest.raises(Refused, match="does not cross"):
        parse_task("dnat", {**FORWARD, "destination": "fd00::1"})


def test_the_lab_of_the_guides_is_valid() -> None:
    assert parse_task("topology", LAB).present
