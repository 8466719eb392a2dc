# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What decides which packets pass is in each format."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.filter.picture import picture

KEY = "GAcJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJUY="
LAB: dict[str, Any] = {
    "name": "lab",
    "linux_bridge": [
        {
            "name": "br0",
            "addresses": ["10.1.0.1/24", "fd00:1::1/64"],
            "vlan_filtering": True,
            "vlan": 7,
            "vlans": ["100-199", 400],
        }
    ],
    "veth": [
        {
            "name": "eth0",
            "netns": "red",
            "impairment": {"delay": "20ms", "loss": 5},
            "peer": {"name": "v-red", "bridge": "br0", "vlan": 10, "isolated": True},
        },
        {
            "name": "eth0",
            "netns": "blue",
            "peer": {
                "name": "v-blue",
                "bridge": "br0",
                "vlans": ["20-29", 40],
                "hairpin": True,
                "spoofchk": True,
            },
        },
    ],
    "netns_link": [
        {
            "name": "wg0",
            "netns": "red",
            "type": "wireguard",
            "peers": [
                {"public_key": KEY, "endpoint": "192.0.2.9:51820", "allowed_ips": ["10.9.0.2/32"]},
                {"public_key": f"AAAA{KEY[4:]}"},
            ],
        }
    ],
}
TEXTS = (
    "(VLAN 7, VLANs 100-199 400, filters VLANs)",
    "VLAN 10, isolated",
    "VLANs 20-29 40, hairpin, source MAC checked",
    "delay 20ms",
    "loss 5%",
    "peer 192.0.2.9:51820: 10.9.0.2/32",
    "peer AAAACgsM",
)


def words_of(drawn: str) -> str:
    """A drawing without its marks and line breaks."""
    plain = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), html.unescape(drawn))
    return " ".join(
        re.sub(r"</?\w+(?:\s+[\w:-]+=\"[^\"]*\")*\s*/?>|[`|\"]", " ", plain)
        .replace("\xa0", " ")
        .split()
    )


@pytest.mark.parametrize("drawing", ["text", "svg", "mermaid", "dot", "markdown"])
def test_each_format_has_the_settings(drawing: str) -> None:
    drawn = words_of(picture(LAB, format=drawing))
    assert [text for text in TEXTS if text not in drawn] == []


def test_routes_beside_a_veth_pair_name_their_namespace() -> None:
    ends = {"name": "eth0", "netns": "red", "peer": {"name": "eth0", "netns": "blue"}}
    routes = [{"netns": "red", "destination": "default", "gateway": "10.1.0.2"}]
    drawn = picture({"veth": [ends], "netns_route": routes}, format="text")
    assert "[ red ]--  eth0  =====  eth0  --[ blue ]  red: default via 10.1.0.2" in drawn


@pytest.mark.parametrize("drawing", ["text", "svg", "mermaid", "dot", "markdown"])
def test_a_topology_that_is_not_isolated_is_told(drawing: str) -> None:
    told = "not isolated: lab is open to other networks"
    assert told in words_of(picture({**LAB, "isolate": False}, format=drawing))
    assert told not in words_of(picture(LAB, format=drawing))
    inside = {"name": "lab", "isolate": False, "netns": [{"name": "red"}]}
    assert "not isolated" not in words_of(picture(inside, format=drawing))
    of_host = {**LAB, "name": "host", "isolate": False}
    assert "not isolated" not in words_of(picture(of_host, format=drawing))


@pytest.mark.parametrize("drawing", ["text", "svg", "mermaid", "dot", "markdown"])
def test_what_a_topology_reaches_of_the_host_is_told(drawing: str) -> None:
    limited = {**LAB, "host_access": ["22/tcp", 53]}
    told = "host access: lab reaches only established, 22/tcp, 53/tcp, 53/udp of the host"
    assert told in words_of(picture(limited, format=drawing))
    closed = {**LAB, "host_access": ["none"]}
    assert "host access: lab reaches nothing of the host" in words_of(
        picture(closed, format=drawing)
    )
    for unlimited in (LAB, {**LAB, "host_access": ["all"]}, {**closed, "name": "host"}):
        assert "host access" not in words_of(picture(unlimited, format=drawing))


def test_what_is_routed_is_no_masquerade() -> None:
    drawn = picture({**LAB, "routed": ["10.1.0.0/24"]}, format="text")
    assert "routed without NAT: 10.1.0.0/24 -> any interface" in drawn
    assert "masquerade" not in drawn
