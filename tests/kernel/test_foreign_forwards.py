# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports that rules of other software forward already."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict

from support.snapshot import differences, take_snapshot
from support.tasks import LAB_WITHOUT_DNAT, run

DOCKER = """\
*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
-A DOCKER -d 192.0.2.9/32 ! -i docker0 -p udp -m udp --dport 5000:5010 -j DNAT \
--to-destination 172.17.0.2
-A PREROUTING -p tcp -m multiport --dports 81,82 -j REDIRECT --to-ports 3128
COMMIT
"""
NFT = """\
table ip docker-bridges {
    map web { type inet_service : ipv4_addr; elements = { 90 : 172.17.0.2 }; }
    chain nat-PREROUTING {
        type nat hook prerouting priority dstnat; policy accept;
        fib daddr type local counter jump nat-prerouting-and-output
    }
    chain nat-prerouting-and-output {
        iifname != "docker0" tcp dport 8080 counter dnat to 172.17.0.2:80
        ip daddr 192.0.2.9 udp dport 5000-5010 dnat to 172.17.0.2
        tcp dport { 81, 82 } redirect to :3128
        dnat to tcp dport map @web
        tcp dport vmap { 91 : accept, 92 : drop }
        dnat to tcp dport map { 93 : 172.17.0.2 }
    }
}
"""
SETUPS = {"iptables": (["iptables-restore", "--noflush"], DOCKER), "nft": (["nft", "-f", "-"], NFT)}
TAKEN: list[dict[str, Any]] = [
    {},
    {"destination_port": "8000:8100", "to_destination": "192.168.15.2"},
    {"destination_port": 82},
    {"destination_port": 5005, "protocol": "udp"},
    {"destination_port": 5005, "protocol": "udp", "destination": "192.0.2.9"},
]
OF_MAPS: list[dict[str, Any]] = [{"destination_port": 90}, {"destination_port": 93}]
FREE: list[dict[str, Any]] = [
    {"protocol": "udp"},
    {"to_destination": "[fd00:15::2]:80"},
    {"destination_port": 8081},
    {"destination_port": 91},
    {"destination_port": 5005},
    {"destination_port": 5005, "protocol": "udp", "destination": "192.168.15.5"},
]
CASES = [(tool, forward) for tool in SETUPS for forward in TAKEN] + [
    ("nft", forward) for forward in OF_MAPS
]


def forward_options(forward: dict[str, Any]) -> dict[str, Any]:
    return {"destination_port": 8080, "to_destination": "192.168.15.2:80", **forward}


def add_foreign_forwards(tool: str) -> None:
    run("topology", **LAB_WITHOUT_DNAT)
    command, rules = SETUPS[tool]
    subprocess.run(command, input=rules, text=True, check=True)


@pytest.mark.parametrize(("tool", "forward"), CASES)
def test_a_port_that_other_rules_forward_is_refused(
    host: None, tool: str, forward: dict[str, Any]
) -> None:
    add_foreign_forwards(tool)
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(
            Conflict,
            match=(
                r"destination_port: .*: the chain \S+ of .*, which was not created by this "
                r"collection, "
                r"forwards .* already; set force: true"
            ),
        ):
            run("dnat", check, **forward_options(forward))
    assert differences(before, take_snapshot()) == {}
    assert run("dnat", **forward_options(forward), force=True)["changed"]
    assert not run("dnat", **forward_options(forward))["changed"], (
        "what is there already has had its way"
    )


@pytest.mark.parametrize("forward", FREE)
@pytest.mark.parametrize("tool", list(SETUPS))
def test_other_forwards_of_other_traffic_are_accepted(
    host: None, tool: str, forward: dict[str, Any]
) -> None:
    add_foreign_forwards(tool)
    assert run("dnat", **forward_options(forward))["changed"]
