# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter tables: the result of netns_info as tables of text."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.tables import tables

ROUTE = {
    "table": 254,
    "metric": 0,
    "type": "unicast",
    "scope": "link",
    "onlink": False,
    "protocol": 2,
}
INFO = {
    "neighbours": {
        "host": [
            {
                "address": "10.0.0.1",
                "device": "br0",
                "mac": "02:00:00:00:00:01",
                "state": "reachable",
                "router": False,
            }
        ],
        "red": [
            {"address": "fd00::9", "device": "eth0", "state": "failed", "router": False},
            {
                "address": "ff02::1",
                "device": "eth0",
                "mac": "33:33:00:00:00:01",
                "state": "noarp",
                "router": False,
            },
        ],
    },
    "routes": {
        "host": [
            {**ROUTE, "destination": "10.0.0.0/24", "device": "br0", "source": "10.0.0.254"},
            {**ROUTE, "destination": "10.0.0.254/32", "table": 255},
        ],
        "red": [
            {**ROUTE, "destination": "0.0.0.0/0", "gateway": "10.0.0.254", "device": "eth0"},
            {**ROUTE, "destination": "fd00::/64", "device": "eth0", "metric": 256},
            {**ROUTE, "destination": "fe80::/64", "device": "eth0", "metric": 256},
            {**ROUTE, "destination": "10.9.0.0/16", "type": "blackhole"},
            {
                **ROUTE,
                "destination": "10.8.0.0/16",
                "nexthops": [
                    {"gateway": "10.0.0.2", "weight": 1, "onlink": False},
                    {"device": "eth1", "weight": 2},
                ],
            },
        ],
        "bare": [],
    },
}


def test_a_line_for_each_entry() -> None:
    assert tables(INFO).splitlines() == [
        "WHERE  TABLE  ENTRY",
        "host   ARP    10.0.0.1 dev br0 lladdr 02:00:00:00:00:01 REACHABLE",
        "host   route  10.0.0.0/24 dev br0 src 10.0.0.254",
        "red    NDP    fd00::9 dev eth0 FAILED",
        "red    route  default via 10.0.0.254 dev eth0",
        "red    route  fd00::/64 dev eth0 metric 256",
        "red    route  blackhole 10.9.0.0/16",
        "red    route  10.8.0.0/16 via 10.0.0.2 dev eth1",
        "bare          no neighbours, no routes",
    ]


def test_only_the_given_namespaces_are_shown() -> None:
    lines = tables(INFO, [None, "bare", None, "/run/lan/far", "bare"]).splitlines()
    assert [line.split()[0] for line in lines] == ["WHERE", "host", "host", "bare"]
    assert tables(INFO, ["gone"]).splitlines()[1] == "gone          no neighbours, no routes"


@pytest.mark.parametrize("info", [None, [], {}, {"neighbours": {}}])
def test_invalid_input_is_refused(info: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="tables: "):
        tables(info)
