# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets between members while the tables of policies are missing, until the topology runs."""

from __future__ import annotations

from typing import Any

import pytest

from support.info import gather_info
from support.policy_attacks import mac_of
from support.policy_flows import (
    HOST,
    MEMBERS,
    Flow,
    all_flows,
    is_allowed,
    other_lab,
    policy_lab,
)
from support.policy_packets import FlowTest
from support.shell import sh
from support.tasks import predicted_part, run

SSH_ONLY = {"protocol": "tcp", "ports": ["22"]}
POLICY = [{"name": "closed", "egress": [SSH_ONLY], "ingress": [SSH_ONLY]}]
DELETE = "nft delete table {} redblue_netns_policy"
RESTART = "printf 'flush ruleset\\ntable inet filter {}\\n' | nft -f -"
"""What a restart or reload of nftables.service runs."""
REMOVALS = {
    "flush": "nft flush ruleset",
    "restart": RESTART,
    "inet": DELETE.format("inet"),
    "emptied": "nft flush table inet redblue_netns_policy",
    "bridge": DELETE.format("bridge"),
}


def find_passing(flows: list[Flow], expected: set[Flow] = frozenset()) -> set[Flow]:  # type: ignore[assignment]
    test = FlowTest()
    try:
        return test.passed(flows, set(expected))
    finally:
        test.close()


def forwarded_flows() -> list[Flow]:
    """Those that the host does not begin or end itself."""
    return [flow for flow in all_flows() if "host" not in (flow.source, flow.target)]


def use_static_neighbours(switch: bool) -> None:
    """Root of each member knows the addresses of all others, and asks nobody."""
    router = mac_of(None, "gate" if switch else "br15")
    for member in ("red", "blue", "green"):
        for other in {"red", "blue", "green"} - {member}:
            for address in MEMBERS[other].values():
                mac = mac_of(other, "eth0")
                sh(f"ip -n {member} neigh replace {address} lladdr {mac} dev eth0 nud permanent")
        for address in HOST.values():
            sh(f"ip -n {member} neigh replace {address} lladdr {router} dev eth0 nud permanent")


def remove(what: str, switch: bool) -> None:
    command = REMOVALS[what]
    if switch and what in ("flush", "restart", "bridge"):
        sh(f'ip netns exec switch sh -c "{command}"')
    if what != "bridge" or not switch:
        sh(command)


@pytest.mark.parametrize("family", [4, 6])
def test_a_member_and_the_host_are_open_while_tables_are_missing(switch: bool, family: int) -> None:
    run("topology", **policy_lab(switch, policy=POLICY))
    ping = f"ip netns exec red ping -c 1 -W 5 {HOST[family]} >/dev/null"
    assert sh(f"{ping} || echo refused").strip() == "refused"
    remove("flush", switch)
    sh(ping)


@pytest.mark.parametrize("what", list(REMOVALS))
def test_nothing_passes_while_tables_are_missing(switch: bool, what: str) -> None:
    lab: dict[str, Any] = policy_lab(switch, policy=POLICY)
    flows = forwarded_flows()
    run("topology", **{**lab, "policy": []})
    expected = {flow for flow in all_flows() if is_allowed({**lab, "policy": []}, flow)}
    assert find_passing(all_flows(), expected) == expected
    run("topology", **lab)
    assert find_passing(all_flows()) == set()
    remove(what, switch)
    assert find_passing(flows) == set()
    # The run of another topology opens nothing.
    run("topology", **other_lab())
    assert find_passing(flows) == set()
    use_static_neighbours(switch)
    assert find_passing(flows) == set()
    assert run("topology", **lab)["changed"]
    again = run("topology", **lab)
    assert not again["changed"], again["actions"]
    assert find_passing(all_flows()) == set()


def test_what_closes_goes_with_the_policies(switch: bool) -> None:
    bare = policy_lab(switch, policy=[])
    expected = {flow for flow in all_flows() if is_allowed(bare, flow)}
    run("topology", **bare)
    before = list_settings(switch)
    allowing = [{"name": "open", "egress": [{}], "ingress": [{}]}]
    run("topology", **{**bare, "policy": allowing})
    assert list_settings(switch) != before
    # That a port is isolated follows from the policy, and is no option of the topology.
    assert not any("isolated" in cable["peer"] for cable in gather_info()["topology"]["veth"])
    assert find_passing(all_flows(), expected) == expected
    foreseen = run("topology", check=True, **bare)
    done = run("topology", **bare)
    assert predicted_part(foreseen) == predicted_part(done)
    assert list_settings(switch) == before
    # Members had found each other by the host, and find each other at once.
    assert find_passing(all_flows(), expected) == expected


def list_settings(switch: bool) -> str:
    place, router = ("ip netns exec switch ", "gate") if switch else ("", "br15")
    return sh(
        f"{place}bridge -d link show | grep -o 'isolated .*'; ip neigh show proxy; ip rule;"
        f"ip -6 rule; grep . /proc/sys/net/ipv*/conf/{router}/proxy_* "
        f"/proc/sys/net/ipv*/neigh/{router}/proxy_delay; nft list tables"
    )
