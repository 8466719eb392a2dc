# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor and probes name the policy that refuses, and what lets the packets through."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from support.doctor import diagnose_host
from support.policy_flows import HOST, MEMBERS, other_lab, policy_lab
from support.probes import probe
from support.shell import sh
from support.tasks import run

CLOSED: dict[str, Any] = {"name": "closed", "netns": ["blue"]}


def find_refusals() -> list[Any]:
    return [each for each in diagnose_host() if each.check == "policy_refuses"]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_the_fix_of_the_doctor_lets_packets_through(lan: None, direction: str) -> None:
    run("topology", **policy_lab(policy=[{**CLOSED, direction: []}]))
    for _each in range(12):
        found = find_refusals()
        if not found:
            break
        assert found[0].message.startswith(f"{direction} of polic") and "closed" in found[0].message
        *_command, module, _option, options = shlex.split(found[0].remedy)
        assert module == "redblue.netns.netns_policy"
        assert run("netns_policy", **json.loads(options))["changed"]
    assert find_refusals() == []
    pings = [{"netns": "red", "to": MEMBERS["blue"][family]} for family in (4, 6)]
    run("topology", **policy_lab(policy=[{**CLOSED, direction: []}], probes=pings))


def test_the_doctor_names_the_rule_that_drops(lan: None) -> None:
    rules = [{}, {"from": [{"netns": "red"}], "action": "drop"}]
    run("topology", **policy_lab(policy=[{**CLOSED, "ingress": rules}]))
    assert {each.remedy for each in find_refusals()} == {
        "change ingress[1] of policy closed, which drops or rejects it"
    }


@pytest.mark.parametrize("refuse", ["drop", "reject"])
@pytest.mark.parametrize("family", [4, 6])
def test_a_probe_names_the_policy_that_refused(lan: None, refuse: str, family: int) -> None:
    policy = {**CLOSED, "ingress": [{"protocol": "udp", "ports": [1080]}], "refuse": refuse}
    out = {"name": "out", "netns": ["green"], "egress": []}
    blue, host = MEMBERS["blue"][family], HOST[family]
    refused = "refused by policy closed (ingress)"
    probes: list[tuple[dict[str, Any], str]] = [
        ({"netns": "red", "to": blue}, refused),
        (
            {
                "netns": "red",
                "to": blue,
                "protocol": "tcp",
                "port": 1080,
                "listen_at": {"netns": "blue"},
            },
            refused,
        ),
        (
            {
                "netns": "red",
                "to": blue,
                "protocol": "udp",
                "port": 1090,
                "listen_at": {"netns": "blue"},
            },
            refused,
        ),
        ({"to": blue}, refused),
        ({"netns": "green", "to": host}, "refused by policy out (egress)"),
        ({"netns": "green", "to": blue}, "refused by policy out (egress)"),
        # Nobody listens there, and the policies let it through.
        ({"netns": "red", "to": host, "protocol": "tcp", "port": 1}, "no program listens"),
    ]
    run("topology", **policy_lab(policy=[policy, out]))
    for result, (_probe, words) in zip(probe(*(each for each, _words in probes)), probes):
        assert words in result.reply.message, result


def test_a_forwarded_port_that_a_policy_refuses(lan: None) -> None:
    forward = {"destination_port": 80, "to_destination": "10.18.0.1:8080"}
    lab = other_lab(dnat=[forward], policy=[{"name": "closed", "ingress": []}])
    listen_at = {"netns": "app", "address": "10.18.0.1", "port": 8080}
    to = {"netns": "lan", "to": "192.0.2.2", "protocol": "tcp", "port": 80}
    run("topology", **lab)
    [result] = probe({**to, "listen_at": listen_at})
    assert result.reply.message == "refused by policy closed (ingress)"


def check_closed_ports(lab: dict[str, Any]) -> None:
    """The doctor tells why ports are isolated, and not to open them: a run of the task helps."""
    for declared in (None, lab):
        findings = diagnose_host(declared)
        found = [each for each in findings if each.check == "port_restricted"]
        # That the host answers with its own MAC address is on purpose.
        assert found and "neighbour_wrong" not in {each.check for each in findings}
        for each in found:
            assert "is isolated because policies are enforced there" in each.message
            assert each.remedy == "run module topology again, and leave the port isolated"
    assert run("topology", **lab)["changed"]
    assert "port_restricted" not in {each.check for each in diagnose_host(lab)}


def test_the_doctor_says_that_policies_are_why_a_port_is_isolated(switch: bool) -> None:
    lab = policy_lab(switch, policy=[{"name": "open", "ingress": [{}]}])
    run("topology", **lab)
    router = "gate" if switch else "br15"
    sh(
        f"sysctl -qw net.ipv4.conf.{router}.proxy_arp_pvlan=0 net.ipv6.conf.{router}.proxy_ndp=0;"
        "for each in red blue green; do ip -n $each neigh flush all; done"
    )
    check_closed_ports(lab)


def test_the_doctor_says_so_while_the_tables_of_policies_are_missing(switch: bool) -> None:
    lab = policy_lab(switch, policy=[{"name": "open", "ingress": [{}]}])
    run("topology", **lab)
    sh(f"nft flush ruleset; {'ip netns exec switch nft flush ruleset' if switch else ''}")
    check_closed_ports(lab)
