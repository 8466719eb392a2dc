# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variants of routes and NAT resources: from one to the next each is a change."""

from __future__ import annotations

from typing import Any

HOPS = [{"gateway": "10.0.0.3"}, {"gateway": "10.0.0.4", "weight": 3}]


NAT_VARIANTS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "route": (
        "netns_route",
        [
            {"netns": "red", "destination": "default", "gateway": "10.0.0.2"},
            {"netns": "red", "destination": "default", "gateway": "10.0.0.3", "mtu": 1300},
            {"netns": "red", "destination": "default", "nexthops": HOPS},
        ],
    ),
    "route in IPv6": (
        "netns_route",
        [
            {"netns": "red", "destination": "default", "gateway": "fd00::2"},
            {"netns": "red", "destination": "default", "gateway": "fd00::3", "source": "fd00::1"},
        ],
    ),
    "route by device": (
        "netns_route",
        [
            {
                "netns": "red",
                "destination": "10.9.0.0/16",
                "device": "up0",
                "metric": 5,
                "table": 100,
            }
        ],
    ),
    "blackhole route": (
        "netns_route",
        [
            {"netns": "red", "destination": "10.9.0.0/16", "type": "blackhole"},
            {"netns": "red", "destination": "10.9.0.0/16", "type": "prohibit"},
        ],
    ),
    "masquerade": (
        "masquerade",
        [
            {"netns": "red", "source": "10.0.0.0/24"},
            {"netns": "red", "source": ["10.0.0.0/24"], "destination_except": ["10.8.0.0/16"]},
            {"netns": "red", "source": "10.0.0.0/24", "to_source": "10.0.0.1"},
            {"netns": "red", "source": "10.0.0.0/24", "to_source": "10.0.0.1-10.0.0.6"},
            {"netns": "red", "source": "10.0.0.0/24", "to_source": "10.0.0.8/29"},
            {"netns": "red", "source": "10.0.0.0/24", "translate": False},
        ],
    ),
    "masquerade in IPv6": (
        "masquerade",
        [{"netns": "red", "source": ["fd00::/64", "fd00:5::/64"]}],
    ),
    "forward": (
        "dnat",
        [
            {"netns": "red", "destination_port": 80, "to_destination": "10.0.0.2"},
            {
                "netns": "red",
                "destination_port": "80",
                "to_destination": "10.0.0.2:8080",
                "from_host": False,
            },
            {
                "netns": "red",
                "destination_port": "80",
                "to_destination": "10.0.0.3:8080",
                "hairpin": True,
            },
        ],
    ),
    "forward of a range": (
        "dnat",
        [
            {
                "netns": "red",
                "protocol": "udp",
                "destination_port": "8000:8003",
                "to_destination": "[fd00::2]:9000-9003",
                "in_interface": "up0",
            },
        ],
    ),
}
