# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A topology that names a resource twice, or has more ports than a bridge takes, is refused."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.options import FORWARD, MACVLAN, ROUTE, VETH
from support.tasks import Raw, parse_task

TWICE: list[tuple[str, str, Raw]] = [
    (r"netns\[1\]", r"netns\[0\]", {"netns": [{"name": "red"}, {"name": "red"}]}),
    (
        r"veth\[0\]\.peer\.addresses\[0\]",
        r"veth\[0\]\.addresses\[0\]",
        {
            "veth": [
                {
                    "name": "one",
                    "addresses": ["10.0.0.1/24"],
                    "peer": {"name": "two", "addresses": ["10.0.0.1/24"]},
                }
            ]
        },
    ),
    (
        r"dnat\[1\]",
        r"dnat\[0\]",
        {"dnat": [FORWARD, {**FORWARD, "to_destination": "192.168.15.3:80"}]},
    ),
    (r"netns_route\[1\]\.destination", r"netns_route\[0\]", {"netns_route": [ROUTE, ROUTE]}),
    (
        r"veth\[0\]\.peer\.mac",
        r"veth\[0\]\.mac",
        {
            "veth": [
                {
                    "name": "one",
                    "mac": "02:00:00:00:00:01",
                    "peer": {"name": "two", "mac": "02:00:00:00:00:01"},
                }
            ]
        },
    ),
    (
        r"netns_link\[0\]\.name",
        r"veth\[0\]\.peer\.name",
        {"veth": [VETH], "netns_link": [{**MACVLAN, "name": "two"}]},
    ),
    (
        r"netns_link\[1\]\.device",
        r"netns_link\[0\]\.device",
        {
            "netns_link": [
                {"name": name, "netns": "red", "type": "physical", "device": "eth1"}
                for name in ("one", "two")
            ]
        },
    ),
    (
        r"netns_link\[1\]\.name",
        r"netns_link\[0\]\.name",
        {"netns_link": [{"name": "lo", "netns": "red", "addresses": []} for _twice in range(2)]},
    ),
    (
        r"veth\[0\]\.name",
        r"linux_bridge\[0\]\.name",
        {"linux_bridge": [{"name": "one"}], "veth": [VETH]},
    ),
]


@pytest.mark.parametrize(("second", "first", "raw"), TWICE)
def test_a_duplicate_is_refused_with_both_paths(second: str, first: str, raw: Raw) -> None:
    with pytest.raises(Refused, match=f"^{second}: .* is already declared at {first}([,;] |$)"):
        parse_task("topology", {"name": "lab", **raw})


def test_a_bridge_takes_1023_ports() -> None:
    pairs = [{"name": f"a{n}", "peer": {"name": f"b{n}", "bridge": "br0"}} for n in range(1024)]
    parse_task("topology", {"name": "lab", "linux_bridge": [{"name": "br0"}], "veth": pairs[:1023]})
    with pytest.raises(
        Refused, match=r"veth\[1023\]\.peer\.bridge: 'br0': a Linux bridge takes 1023 ports"
    ):
        parse_task("topology", {"name": "lab", "linux_bridge": [{"name": "br0"}], "veth": pairs})
