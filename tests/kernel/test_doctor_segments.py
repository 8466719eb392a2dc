# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor and segments: impairments, ports that STP blocks, networks with equal addresses."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._doctor.checks.losses import (
    describe_place,
)
from ansible_collections.redblue.netns.plugins.module_utils._doctor.facts.collect import (
    collect_facts,
)
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import (
    lacks_feature,
)

from support.doctor import SET_FORWARDING, diagnose_host, summaries
from support.pings import RED_TO_BLUE, reaches
from support.shell import sh
from support.tasks import LAB, run

TWINS = """
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
for twin in a z; do
  for end in h r; do ip netns add $twin-$end; ip -n $twin-$end link set lo up; done
  ip -n $twin-h link add e0 type veth peer name e0 netns $twin-r
  for end in h r; do ip -n $twin-$end link set e0 up; done
  ip -n $twin-r link add uplink type bridge; ip -n $twin-r link set uplink up
  ip -n $twin-h addr add 10.0.0.2/24 dev e0; ip -n $twin-r addr add 10.0.0.1/24 dev e0
done
ip -n a-h route add default via 10.0.0.1
"""
"""Two networks with the same addresses, each of a host and its router."""


with_netem = pytest.mark.skipif(lacks_feature("netem"), reason="no netem in this kernel")


def test_networks_with_the_same_addresses_are_distinguished(host: None) -> None:
    sh(TWINS)
    sh(SET_FORWARDING.format("a-r", 1))
    assert diagnose_host() == []
    sh(f"{SET_FORWARDING.format('a-r', 0)}; {SET_FORWARDING.format('z-r', 1)}")
    assert summaries(diagnose_host()) == [("forwarding_off", "error", "a-r/ipv4:e0")]
    sh(
        f"{SET_FORWARDING.format('a-r', 1)}; mac=$(ip netns exec a-r cat "
        f"/sys/class/net/e0/address); ip -n z-h neigh replace 10.0.0.1 lladdr $mac dev "
        f"e0 nud permanent"
    )
    assert summaries(diagnose_host()) == [("neighbour_wrong", "error", "z-h/10.0.0.1")]
    sh(
        "mac=$(ip netns exec z-r cat /sys/class/net/e0/address); "
        "ip -n z-h neigh replace 10.0.0.1 lladdr $mac dev e0 nud permanent"
    )
    assert diagnose_host() == []


def test_an_answer_through_proxy_arp_is_no_wrong_neighbour(host: None) -> None:
    """A router replies on one link for all its addresses, and may be a proxy for others
    behind it.
    """
    sh(TWINS)
    sh(
        "ip -n a-r addr add 10.9.9.9/32 dev lo; ip -n a-h route add 10.9.9.9 dev e0; "
        "mac=$(ip netns exec a-r cat /sys/class/net/e0/address)\n"
        f"ip -n a-h neigh replace 10.9.9.9 lladdr $mac dev e0 nud permanent; "
        f"{SET_FORWARDING.format('a-r', 1)}"
    )
    assert diagnose_host() == []
    sh("ip -n a-h neigh replace 10.9.9.9 lladdr 02:00:00:00:00:99 dev e0 nud permanent")
    assert summaries(diagnose_host()) == [("neighbour_wrong", "error", "a-h/10.9.9.9")]


@with_netem
def test_an_impairment_that_loses_all_packets_is_found(host: None) -> None:
    run("topology", **LAB)
    sh("tc -n red qdisc add dev veth-red root netem loss 100%")
    for found in (diagnose_host(LAB), diagnose_host()):
        assert summaries(found)[0] == (
            "impaired",
            "error",
            "red/veth-red",
        ) and "gateway_silent" not in {finding.check for finding in found}


def test_a_queue_that_sends_nothing_is_found_again(host: None) -> None:
    """The first diagnosis had the host ask red for its MAC address, so red knows its gateway's."""
    run("topology", **LAB)
    sh("tc -n red qdisc add dev veth-red root tbf rate 800 burst 40b limit 40b")
    for desired in (LAB, None, None):
        found = summaries(diagnose_host(desired))
        assert found == [("impaired", "error", "red/veth-red")]


@with_netem
def test_a_gateway_behind_a_declared_loss_is_not_reported_as_silent(host: None) -> None:
    ends = [{**LAB["veth"][0], "impairment": {"loss": "100%"}}, LAB["veth"][1]]
    lab = {**LAB, "veth": ends}
    run("topology", **lab)
    # What red learns of its neighbours from their requests must last until the diagnosis ends.
    for family in ("ipv4", "ipv6"):
        sh(f"ip netns exec red sysctl -qw net.{family}.neigh.veth-red.ucast_solicit=1000")
    assert summaries(diagnose_host(lab)) == [("impaired", "info", "red/veth-red")]
    assert summaries(diagnose_host()) == [("impaired", "error", "red/veth-red")]


def test_a_harmless_impairment_does_not_hide_a_silent_gateway(host: None) -> None:
    run("topology", **LAB)
    sh(
        "tc qdisc add dev veth-red-br root tbf rate 1mbit burst 5kb limit 10kb; "
        "ip -n red route replace 10.0.0.0/8 via 192.168.15.77"
    )
    assert summaries(diagnose_host()) == [
        ("gateway_silent", "error", "red/192.168.15.77"),
        ("impaired", "info", "veth-red-br"),
    ]


RING: dict[str, Any] = {
    "name": "ring",
    "netns": [{"name": "red"}, {"name": "blue"}],
    "linux_bridge": [{"name": name, "stp": True, "forward_delay": 2} for name in ("br1", "br2")],
    "veth": [
        *(
            {"name": f"up{n}", "bridge": "br1", "peer": {"name": f"down{n}", "bridge": "br2"}}
            for n in (1, 2)
        ),
        {
            "name": "eth0",
            "netns": "red",
            "addresses": ["10.1.0.1/24"],
            "peer": {"name": "to-red", "bridge": "br1"},
        },
        {
            "name": "eth0",
            "netns": "blue",
            "addresses": ["10.1.0.2/24"],
            "peer": {"name": "to-blue", "bridge": "br2"},
        },
    ],
}


BLOCKED = (
    "bridge link | grep -q 'state blocking' && ! bridge link | "
    "grep -qE 'state (listening|learning)'"
)


def test_a_port_blocked_by_stp_is_healthy(host: None) -> None:
    run("topology", **RING)
    assert {finding.check for finding in diagnose_host(RING)} == {"stp_blocking"}
    assert {finding.severity for finding in diagnose_host(RING)} == {"warning"}
    sh(f"for try in {{1..200}}; do {BLOCKED} && exit 0; sleep 0.1; done; exit 1")
    assert diagnose_host(RING) == [] == diagnose_host()
    sh("ip link set to-red nomaster; ip link set to-red master br1")
    found = diagnose_host(RING)
    assert summaries(found) == [("stp_blocking", "warning", "to-red")]
    assert "its state is listening (STP lets it forward in " in found[0].message


def test_a_port_blocked_by_hand_is_found(host: None) -> None:
    run("topology", **LAB)
    sh("bridge link set dev veth-red-br state 0")
    found = diagnose_host(LAB)
    assert (
        summaries(found) == [("stp_blocking", "error", "veth-red-br")]
        and found[0].remedy == "bridge link set dev veth-red-br state 3"
    )
    sh(found[0].remedy)
    assert reaches("red", "192.168.15.5") and reaches(*RED_TO_BLUE)
    assert diagnose_host(LAB) == []


def test_a_request_for_a_mac_address_is_seen_between_two_of_them(host: None) -> None:
    """The kernel asked before the trace began, and gives up after its first packets."""
    run("topology", **LAB)
    sh(
        "tc -n red qdisc add dev veth-red root tbf rate 800 burst 40b limit 40b\n"
        "for family in ipv4 ipv6; do\n"
        "  sysctl -qw net.$family.neigh.v-net-0.mcast_solicit=1\n"
        "  ip netns exec blue sysctl -qw net.$family.neigh.veth-blue.mcast_solicit=1\n"
        "done"
    )
    machine = LinuxHost()
    try:
        traces = collect_facts(machine.handles, None).traces
    finally:
        machine.close()
    seen = {describe_place(trace).partition(" were ")[0] for trace in traces if trace.sent}
    assert seen == {
        f"the requests for the MAC address of {address}"
        for address in ("192.168.15.1", "fd00:15::1")
    }
