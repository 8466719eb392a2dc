# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter picture."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.filter.picture import picture
from ansible_collections.redblue.netns.tests.unit.support import drawings

LAB = """\
[ host ]
  | eth0 192.168.1.2/24, fd00::2/64
  | masquerade: 192.168.15.0/24 -> any interface
  | forward: tcp 80 on eth0 -> 192.168.15.2:80
  |
  +--( v-net-0 )  bridge 192.168.15.5/24
        |
        +-- veth-red-br   =====  veth-red 192.168.15.1/24   --[ red ]   default via 192.168.15.5
        |
        +-- veth-blue-br  =====  veth-blue 192.168.15.2/24  --[ blue ]  default via 192.168.15.5"""

SWITCH = """\
[ host ]
  | masquerade: 192.168.15.0/24 -> eth0

[ switch ]
  |
  +--( v-net-0 )  bridge
        |
        +-- v-net-0-host  =====  v-net-0 192.168.15.5/24   --[ host ]
        |
        +-- veth-red-br   =====  veth-red 192.168.15.1/24  --[ red ]   default via 192.168.15.5"""

DIRECT = """\
[ host ]

[ red ]--  veth-red 192.168.15.1/24  =====  \
veth-blue 192.168.15.2/24 (down)  --[ blue ]  blue: blackhole 10.0.0.0/8

[ green ]  only the loopback interface"""


def test_the_lab_of_red_and_blue() -> None:
    lab = bridge_lab(
        ["red", "blue"],
        forwards=[{"destination_port": 80, "namespace": "blue"}],
        in_interface="eth0",
    )
    links = [
        {"name": "lo", "addresses": ["127.0.0.1/8"]},
        {"name": "eth0", "addresses": ["192.168.1.2/24", "fd00::2/64"]},
        {"name": "v-net-0", "addresses": ["192.168.15.5/24"]},
        {"name": "eth1"},
    ]
    assert picture(lab, links) == LAB


def test_a_switch_in_a_namespace() -> None:
    assert picture(bridge_lab(["red"], switch_netns="switch", out_interface="eth0")) == SWITCH


def test_a_veth_pair_without_bridge_and_a_namespace_without_links() -> None:
    assert picture(drawings.DIRECT) == DIRECT


def test_an_empty_topology() -> None:
    assert picture({}) == "[ host ]"


def test_two_switches_and_several_next_hops() -> None:
    drawn = picture(
        {
            "linux_bridge": [{"name": "br0"}, {"name": "br1"}],
            "veth": [{"name": "a", "bridge": "br0", "peer": {"name": "b", "bridge": "br1"}}],
            "netns_route": [
                {
                    "destination": "default",
                    "nexthops": [{"gateway": "10.0.0.1"}, {"device": "tun0"}],
                },
                {"destination": "10.3.0.0/16", "type": "prohibit", "table": 7},
            ],
            "masquerade": [
                {"source": "10.1.0.0/16", "out_interface": "eth0", "to_source": "192.0.2.7"}
            ],
            "dnat": [
                {
                    "destination_port": 80,
                    "to_destination": "10.0.0.2",
                    "source": ["10.9.0.0/16"],
                    "destination": "192.0.2.1",
                }
            ],
        }
    )
    assert "+-- a  =====  b  --( br1 ) in [ host ]" in drawn
    assert "| default via 10.0.0.1 dev tun0" in drawn
    assert "| prohibit 10.3.0.0/16 table 7" in drawn
    assert "| masquerade: 10.1.0.0/16 -> eth0 as 192.0.2.7" in drawn
    assert "| forward: tcp 80 from 10.9.0.0/16 to 192.0.2.1 -> 10.0.0.2" in drawn


@pytest.mark.parametrize(
    ("topology", "message"),
    [
        ("lab", "is neither a topology nor"),
        (None, "is neither a topology nor"),
        ({"veth": [{"name": "a"}]}, r"veth\[0\]\.peer: None: is required"),
        ({"dnat": [7]}, r"dnat\[0\]: 7: is a number, not a dictionary"),
        ({"dnat": [{"destination_port": 80}]}, r"dnat\[0\]\.to_destination: None: is required"),
        ({"adress": []}, "unsupported option .*adress"),
        ({"src": "lab.yml"}, "src.*from_yaml"),
        (
            {"range": [{"count": 2, "netns": [{"name": "n{m}"}]}]},
            r"range\[0\]\.netns\[0\]\.name.*is not a pattern",
        ),
        ({"web1": {"netns": [{"name": 7}]}}, r"web1\.netns\[0\]\.name: 7: is a number"),
    ],
)
def test_input_that_is_no_topology_is_refused(topology: Any, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        picture(topology)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "png"}, r"format: 'png': is not one of text, mermaid, dot, svg, markdown"),
        ({"format": None}, r"format: None: is not one of"),
        ({"format": ["svg"]}, r"format: \['svg'\]: is not one of"),
        ({"name": 7}, "name: 7: is not a string"),
        ({"links": "eth0"}, "links: 'eth0': is not a list"),
        ({"links": [{"addresses": []}]}, "nor a result of netns_info"),
        ({"links": [{"name": "eth0", "addresses": ["a"]}]}, "nor a result of netns_info"),
    ],
)
def test_invalid_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        picture({}, **options)


def test_a_name_with_a_line_break_is_one_name_in_one_line() -> None:
    seen = {
        "topology": {"netns": [{"name": "new\nline"}]},
        "links": {"new\nline": [{"name": "lo", "up": False}]},
    }
    drawn = picture(seen, format="markdown")
    assert drawn.count("line`") == drawn.count("new\ufffdline`") == 2 and "new\n" not in drawn
    assert picture(seen).count("new\ufffdline") == 1


def test_a_complete_result_of_netns_info() -> None:
    seen = {
        "topology": {
            "netns": [{"name": "red"}],
            "veth": [{"name": "veth-red", "netns": "red", "peer": {"name": "to-red"}}],
        },
        "links": {
            "host": [
                {"name": "eth0", "addresses": ["192.0.2.2/24"]},
                {"name": "sit0", "kind": "sit"},
            ],
            "red": [{"name": "lo", "up": False}],
        },
        "stale": ["ghost"],
    }
    assert (
        picture(seen, name="web1")
        == """\
[ web1 ]
  | eth0 192.0.2.2/24

[ red ]
  | lo (down)

[ ghost ]
  | stale name: not a namespace

[ red ]--  veth-red  =====  to-red  --[ web1 ]"""
    )


def test_several_hosts() -> None:
    drawn = picture({"web1": bridge_lab(["red"]), "web2": {}})
    assert drawn.startswith("[ web1 ]\n") and drawn.endswith("\n\n\n[ web2 ]")


def test_a_bridge_of_open_vswitch() -> None:
    options = {"ports": [{"name": "to-east", "type": "vxlan", "remote_ip": "192.0.2.1"}]}
    drawn = picture(bridge_lab(["red"], switch="ovs", switch_options=options))
    assert "( v-net-0 )  bridge 192.168.15.5/24" in drawn
    assert "Open vSwitch" in drawn and "veth-red-br" in drawn
    assert "+-- to-east vxlan to 192.0.2.1" in drawn
