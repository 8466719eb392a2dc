# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variants of links: from one to the next each is a change."""

from __future__ import annotations

from typing import Any

RED = {"name": "red"}


PEER = {"name": "end-b", "netns": "blue"}


LINK_VARIANTS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "bridge": (
        "linux_bridge",
        [
            {"name": "br0"},
            {"name": "br0", "addresses": ["10.1.0.1/24", "fd00:1::1/64"], "mtu": 1400},
            {
                "name": "br0",
                "addresses": ["10.1.0.2/24"],
                "stp": True,
                "forward_delay": 4,
                "priority": 4096,
                "ageing_time": 100,
                "mcast_snooping": False,
            },
            {
                "name": "br0",
                "addresses": [],
                "up": False,
                "promisc": True,
                "mac": "02:00:00:00:00:07",
            },
        ],
    ),
    "bridge in a namespace": (
        "linux_bridge",
        [{"name": "br0", "netns": "red", "addresses": ["10.1.0.1/24"]}],
    ),
    "veth pair": (
        "veth",
        [
            {"name": "end-a", "netns": "red", "peer": PEER},
            {
                "name": "end-a",
                "netns": "red",
                "addresses": ["10.2.0.1/30", "fd00:2::1/64"],
                "peer": {**PEER, "addresses": ["10.2.0.2/30"], "mtu": 1400},
            },
            {
                "name": "end-a",
                "netns": "red",
                "addresses": ["10.2.0.1/30"],
                "up": False,
                "peer": {**PEER, "txqueuelen": 10, "arp": False, "promisc": True},
            },
        ],
    ),
    "veth pair with queues": (
        "veth",
        [
            {"name": "end-a", "queues": 2, "peer": {"name": "end-b", "queues": 3}},
            {"name": "end-a", "peer": {"name": "end-b", "queues": 3, "mtu": 1400}},
        ],
    ),
    "veth pair on the host": (
        "veth",
        [
            {"name": "end-a", "peer": {"name": "end-b"}},
            {"name": "end-a", "mac": "02:00:00:00:00:08", "peer": {"name": "end-b"}},
        ],
    ),
    "ifb": (
        "netns_link",
        [
            {"name": "shaper", "netns": "red", "type": "ifb"},
            {"name": "shaper", "netns": "red", "type": "ifb", "mtu": 1400, "txqueuelen": 10},
        ],
    ),
    "macvlan": (
        "netns_link",
        [
            {"name": "leg", "netns": "red", "type": "macvlan", "link": "up1"},
            {
                "name": "leg",
                "netns": "red",
                "type": "macvlan",
                "mode": "private",
                "mtu": 1400,
                "addresses": ["10.3.0.1/24", "fd00:3::1/64"],
            },
            {
                "name": "leg",
                "netns": "red",
                "mac": "02:00:00:00:00:09",
                "promisc": True,
                "addresses": ["10.3.0.2/24"],
            },
        ],
    ),
    "macvlan beside its link, in a bridge": (
        "netns_link",
        [
            {
                "name": "leg",
                "type": "macvlan",
                "link": "up1",
                "mode": "vepa",
                "bridge": "sw",
                "isolated": True,
            },
            {"name": "leg", "bridge": "sw", "hairpin": True},
        ],
    ),
    "tap": (
        "netns_link",
        [
            {
                "name": "leg",
                "netns": "red",
                "type": "tap",
                "user": 1000,
                "group": "1001",
                "multi_queue": True,
                "vnet_hdr": True,
                "txqueuelen": 50,
            },
            {
                "name": "leg",
                "netns": "red",
                "type": "tap",
                "addresses": ["10.3.0.1/24"],
                "mtu": 1400,
            },
        ],
    ),
    "tun": (
        "netns_link",
        [
            {"name": "leg", "type": "tun", "addresses": ["10.3.0.1/24"]},
            {"name": "leg", "type": "tun", "up": False},
        ],
    ),
    "vxlan": (
        "netns_link",
        [
            {
                "name": "leg",
                "netns": "red",
                "type": "vxlan",
                "id": 7,
                "remote": "192.0.2.9",
                "local": "192.0.2.1",
            },
            {
                "name": "leg",
                "netns": "red",
                "type": "vxlan",
                "remote": "192.0.2.8",
                "vxlan_learning": False,
                "ttl": 9,
                "addresses": ["10.3.0.1/24"],
            },
        ],
    ),
    "vxlan for a group, over a link of its own namespace": (
        "netns_link",
        [
            {
                "name": "leg",
                "netns": "red",
                "type": "vxlan",
                "id": 7,
                "group": "ff05::100",
                "link": "up0",
                "link_netns": "red",
                "dstport": 8472,
            },
            {
                "name": "leg",
                "netns": "red",
                "type": "vxlan",
                "id": 7,
                "mtu": 1400,
                "bridge": "sw-red",
            },
        ],
    ),
    "physical link": (
        "netns_link",
        [
            {"name": "wan", "netns": "red", "type": "physical", "device": "port0"},
            {
                "name": "wan",
                "netns": "red",
                "addresses": ["10.3.0.1/24", "fd00:3::1/64"],
                "mtu": 1400,
                "mac": "02:00:00:00:00:09",
            },
        ],
    ),
    "loopback": (
        "netns_link",
        [
            {"name": "lo", "netns": "red", "addresses": ["10.3.0.1/32"]},
            {"name": "lo", "netns": "red", "addresses": ["fd00:3::1/128"]},
        ],
    ),
    "veth pair to a bridge": (
        "veth",
        [
            {
                "name": "end-a",
                "netns": "red",
                "addresses": ["10.3.0.1/24"],
                "peer": {"name": "end-b", "bridge": "sw"},
            },
            {
                "name": "end-a",
                "netns": "red",
                "peer": {
                    "name": "end-b",
                    "bridge": "sw",
                    "isolated": True,
                    "hairpin": True,
                    "learning": False,
                },
            },
        ],
    ),
    "veth pair with a rate": (
        "veth",
        [
            {"name": "end-a", "netns": "red", "impairment": {"rate": "10mbit"}, "peer": PEER},
            {
                "name": "end-a",
                "netns": "red",
                "impairment": {"rate": "1gbit"},
                "peer": {**PEER, "impairment": {"rate": 1000000}},
            },
            {"name": "end-a", "netns": "red", "impairment": {}, "peer": PEER},
        ],
    ),
}
