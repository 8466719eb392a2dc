# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes that packet filters and routes refuse: the reason, and who refuses."""

from __future__ import annotations

import re

import pytest

from support.probes import (
    BLUE,
    FAR,
    PROTOCOLS,
    ROUTER,
    add_nft_rule,
    probe,
    reasons,
)
from support.shell import sh


@pytest.mark.parametrize("kind", PROTOCOLS)
def test_dropped_packets_time_out(neighbours: None, family: str, kind: str) -> None:
    add_nft_rule("blue", "input", "meta l4proto { icmp, tcp, udp } drop")
    add_nft_rule("blue", "input", "icmpv6 type echo-request drop")
    (result,) = probe(
        {"netns": "red", "to": "blue", "family": family, "timeout": 0.3, **PROTOCOLS[kind]}
    )
    # A slow machine gets more time.
    assert (result.reply.reason, result.loss) == ("timed_out", 100.0)
    assert re.fullmatch(r"no answer within \d+\.\d+ s", result.reply.message)


@pytest.mark.parametrize("kind", PROTOCOLS)
@pytest.mark.parametrize("hook", ["input", "forward"])
def test_a_prohibited_probe_reports_which_address_prohibits_it(
    near_router_far: None, family: str, kind: str, hook: str
) -> None:
    """By the target itself, and by a router in between."""
    where, by = ("far", FAR[family]) if hook == "input" else ("router", ROUTER[family])
    for match in ("meta l4proto { icmp, tcp, udp }", "icmpv6 type echo-request"):
        add_nft_rule(where, hook, f"{match} reject with icmpx type admin-prohibited")
    (result,) = probe({"netns": "near", "to": FAR[family], **PROTOCOLS[kind]})
    assert (result.reply.reason, result.reply.reported_by) == ("prohibited", by)
    assert result.reply.message == f"{by} reports: communication administratively prohibited"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "port unreachable, rejected by a packet filter"),
        ("--reject-with icmp-host-prohibited", "host administratively prohibited"),
        ("--reject-with icmp-net-prohibited", "network administratively prohibited"),
        ("--reject-with icmp-admin-prohibited", "communication administratively prohibited"),
    ],
)
def test_an_iptables_reject_is_prohibited(lab: None, options: str, message: str) -> None:
    sh(f"ip netns exec blue iptables -A INPUT -j REJECT {options}")
    found = probe({"netns": "red", "to": "blue"}, {"netns": "red", "to": "blue", "port": 80})
    assert [(result.reply.reason, result.reply.message) for result in found] == [
        ("prohibited", f"{BLUE} reports: {message}")
    ] * 2


@pytest.mark.parametrize("options", ["", "--reject-with icmp6-adm-prohibited"])
def test_an_ip6tables_reject_is_prohibited(lab: None, options: str) -> None:
    for match in ("tcp", "icmpv6 --icmpv6-type 128"):
        sh(f"ip netns exec blue ip6tables -A INPUT -p {match} -j REJECT {options}")
    probe = {"netns": "red", "to": "blue", "family": "ipv6"}
    assert reasons(probe, {**probe, "port": 80}) == ["prohibited"] * 2


def test_a_tcp_reset_by_a_filter_equals_a_closed_port(lab: None) -> None:
    add_nft_rule("blue", "input", "meta l4proto tcp reject with tcp reset")
    assert reasons({"netns": "red", "to": "blue", "port": 80}) == ["refused"]


def test_a_port_unreachable_of_a_router_is_prohibited(near_router_far: None, family: str) -> None:
    """Only the target itself can report a closed port."""
    add_nft_rule("router", "forward", "meta l4proto udp reject")
    (result,) = probe({"netns": "near", "to": FAR[family], "protocol": "udp", "port": 53})
    assert (result.reply.reason, result.reply.reported_by) == ("prohibited", ROUTER[family])


@pytest.mark.parametrize("verdict", ["drop", "reject"])
def test_packets_that_the_sender_itself_drops_are_prohibited(
    lab: None, family: str, verdict: str
) -> None:
    add_nft_rule("red", "output", "meta l4proto { icmp, udp } " + verdict)
    add_nft_rule("red", "output", "icmpv6 type echo-request " + verdict)
    options = {"netns": "red", "to": "blue", "family": family}
    found = probe(options, {**options, "protocol": "udp", "port": 80})
    assert [result.reply.reason for result in found] == ["prohibited"] * 2
    assert found[0].reply.message == "a packet filter drops or rejects the packet on its way out"


@pytest.mark.parametrize(
    ("type_", "reason"),
    [("blackhole", "blackhole"), ("unreachable", "unreachable"), ("prohibit", "prohibited")],
)
@pytest.mark.parametrize("kind", PROTOCOLS)
def test_routes_that_refuse_packets(lab: None, type_: str, reason: str, kind: str) -> None:
    sh(f"ip -n red route add {type_} 10.9.0.0/16; ip -n red route add {type_} fd09::/16")
    assert (
        reasons(
            {"netns": "red", "to": "10.9.0.1", **PROTOCOLS[kind]},
            {"netns": "red", "to": "fd09::1", **PROTOCOLS[kind]},
        )
        == [reason] * 2
    )


def test_a_routing_loop_exceeds_the_ttl(near_router_far: None, family: str) -> None:
    sh("ip netns exec far sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
    sh(
        "ip -n router route add 10.77.0.0/16 via 10.2.0.1; "
        "ip -n router route add fd77::/16 via fd02::1"
    )
    (result,) = probe({"netns": "near", "to": "10.77.0.1" if family == "ipv4" else "fd77::1"})
    assert (
        result.reply.reason == "ttl_exceeded"
        and result.reply.reported_by
        and "loop" in result.reply.message
    )
