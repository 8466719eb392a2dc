# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes of each protocol and family with real packets: what is reached, and the reasons for
what is not.
"""

from __future__ import annotations

from typing import Any

import pytest

from support.probes import (
    BLUE,
    FAMILIES,
    HOST,
    HOST6,
    PROTOCOLS,
    RED,
    UNUSED,
    UNUSED6,
    Raw,
    add_nft_rule,
    probe,
    reasons,
    service,
)
from support.shell import sh


@pytest.mark.parametrize("kind", ["icmp", "tcp", "udp", "http"])
def test_an_existing_host_is_reached(lab: None, family: str, kind: str) -> None:
    listens = {} if kind == "icmp" else {"listen": True}
    (result,) = probe(
        {"netns": "red", "to": "blue", "family": family, "count": 3, **PROTOCOLS[kind], **listens}
    )
    assert (result.ok, result.reply.reason, result.address, result.received, result.loss) == (
        True,
        "ok",
        FAMILIES[family][0],
        3,
        0.0,
    )
    assert len(result.latencies) == 3 and all(0 < latency < 1 for latency in result.latencies)


@pytest.mark.parametrize("kind", ["tcp", "udp", "http", "dns"])
def test_a_closed_port_is_refused(lab: None, family: str, kind: str) -> None:
    assert reasons({"netns": "red", "to": "blue", "family": family, **PROTOCOLS[kind]}) == [
        "refused"
    ]


@pytest.mark.parametrize("kind", PROTOCOLS)
def test_an_unused_address_has_no_neighbour(lab: None, family: str, kind: str) -> None:
    unused = FAMILIES[family][1]
    (result,) = probe({"netns": "red", "to": unused, "timeout": 0.5, **PROTOCOLS[kind]})
    assert result.reply.reason == "no_neighbour" and not result.reached
    assert result.reply.message == (
        f"{unused} does not answer "
        f"{'ARP' if family == 'ipv4' else 'neighbour discovery'} on veth-red"
    )


def test_the_kernel_reports_an_unreachable_host(lab: None, family: str) -> None:
    """After three seconds the kernel itself reports it, with the error of a router."""
    unused = FAMILIES[family][1]
    assert (
        reasons(
            *({"netns": "red", "to": unused, "timeout": 6, **PROTOCOLS[kind]} for kind in PROTOCOLS)
        )
        == ["no_neighbour"] * 5
    )


def test_a_gateway_that_does_not_answer_is_named(lab: None) -> None:
    sh(f"ip -n red route add 10.9.0.0/16 via {UNUSED}; ip -n red route add fd09::/16 via {UNUSED6}")
    four, six = probe({"netns": "red", "to": "10.9.0.1"}, {"netns": "red", "to": "fd09::1"})
    assert four.reply.message == f"the gateway {UNUSED} does not answer ARP on veth-red"
    assert (
        six.reply.message
        == f"the gateway {UNUSED6} does not answer neighbour discovery on veth-red"
    )


@pytest.mark.parametrize("kind", PROTOCOLS)
def test_a_missing_route_of_the_sender(lab: None, kind: str) -> None:
    four, six = probe(
        {"to": "10.200.0.1", **PROTOCOLS[kind]}, {"to": "2001:db8::1", **PROTOCOLS[kind]}
    )
    assert [(result.reply.reason, result.reply.reported_by) for result in (four, six)] == [
        ("no_route", None)
    ] * 2


@pytest.mark.parametrize("kind", PROTOCOLS)
def test_a_missing_route_of_the_router(lab: None, kind: str) -> None:
    four, six = probe(
        {"netns": "blue", "to": "10.200.0.1", **PROTOCOLS[kind]},
        {"netns": "blue", "to": "2001:db8::1", **PROTOCOLS[kind]},
    )
    assert [(result.reply.reason, result.reply.reported_by) for result in (four, six)] == [
        ("no_route", HOST),
        ("no_route", HOST6),
    ]


def test_own_addresses_are_reached(lab: None) -> None:
    assert (
        reasons(
            {"to": HOST},
            {"to": HOST6},
            {"to": "127.0.0.1"},
            {"to": "::1"},
            {"netns": "red", "to": RED},
            {"netns": "red", "to": "red", "family": "ipv6"},
            {"netns": "red", "to": "127.0.0.1", "port": 80},
            {"to": HOST, "port": 82},
            {"to": HOST6, "protocol": "udp", "port": 9},
        )
        == ["ok"] * 6 + ["refused"] * 3
    )


def test_a_loopback_address_is_that_of_the_namespace(lab: None) -> None:
    loopback: Raw = {"to": "127.0.0.1", "port": 0, "expect": "unreachable"}
    current: Raw = {**loopback, "netns": "red", "listen_at": {}}
    found = probe(
        {**loopback, "listen_at": {"netns": "red"}},
        current,
        {**current, "netns": None, "expect": "reachable"},
    )
    assert [(result.ok, result.reply.reason) for result in found] == [
        (True, "refused"),
        (True, "refused"),
        (True, "ok"),
    ]


def test_source_address_and_interface_are_used(lab: None) -> None:
    sh("ip -n red addr add 192.168.15.11/24 dev veth-red")
    with service("blue", BLUE, 7, lambda data: data, udp=True):
        options: Raw = {"netns": "red", "to": BLUE}
        assert reasons(
            {**options, "source": "192.168.15.11"},
            {**options, "source": "192.168.15.12"},
            {**options, "source": "192.168.15.12", "port": 80},
            {**options, "interface": "veth-red"},
            {**options, "interface": "eth9"},
            {**options, "interface": "lo", "timeout": 0.2},
            {
                **options,
                "protocol": "udp",
                "port": 7,
                "source": "192.168.15.11",
                "interface": "veth-red",
            },
        ) == ["ok", "no_source", "no_source", "ok", "no_source", "timed_out", "ok"]


def test_a_link_local_address_is_reached_by_its_interface(host: None) -> None:
    sh(
        "ip netns add red; sysctl -qw net.ipv6.conf.default.accept_dad=0; "
        "ip netns exec red sysctl -qw net.ipv6.conf.default.accept_dad=0"
    )
    sh(
        "ip link add here type veth peer name there address 02:00:00:00:00:01 netns red; "
        "ip link set here up; ip -n red link set there up"
    )
    sh(
        "until ip -n red -6 addr show dev there | grep -q 'inet6 fe80.* scope link $'; "
        "do sleep 0.01; done"
    )
    link_local = "fe80::ff:fe00:1"
    options = [
        {"to": link_local, "interface": "here", **kind}
        for kind in ({}, {"port": 80}, {"protocol": "udp", "port": 80})
    ]
    assert reasons(*options, {"to": link_local, "interface": "gone"}) == [
        "ok",
        "refused",
        "refused",
        "no_source",
    ]


def test_a_partial_loss_is_measured(neighbours: None, family: str) -> None:
    add_nft_rule("blue", "input", "icmpv6 type echo-request numgen inc mod 4 == 0 drop")
    add_nft_rule("blue", "input", "icmp type echo-request numgen inc mod 4 == 0 drop")
    (result,) = probe({"netns": "red", "to": "blue", "family": family, "count": 8, "timeout": 0.3})
    assert (
        result.ok,
        result.received,
        result.loss,
        result.reply.reason,
        len(result.latencies),
    ) == (
        True,
        6,
        25.0,
        "ok",
        6,
    )
    assert not probe(
        {
            "netns": "red",
            "to": "blue",
            "family": family,
            "count": 8,
            "timeout": 0.3,
            "expect": "unreachable",
        }
    )[0].ok


def test_the_probed_address_of_a_namespace_is_chosen(lab: None) -> None:
    sh(
        "ip netns add far; ip netns add bare; "
        "ip link add here type veth peer name there netns far; ip link set here up; "
        "ip -n far link set there up"
    )
    sh(
        "ip addr add 10.1.0.1/24 dev here; ip -n far addr add 10.7.7.7/32 dev there; "
        "ip -n far addr add 10.1.0.2/24 dev there"
    )
    sh("ip -n far addr add fd01::2/64 dev there nodad")
    found = probe(
        {"to": "far"},
        {"netns": "red", "to": "far", "timeout": 0.2},
        {"to": "far", "family": "ipv6", "timeout": 0.2},
        {"to": "bare"},
        {"to": "bare", "expect": "unreachable"},
        {"netns": "red", "to": "blue"},
    )
    assert [result.address for result in found] == [
        "10.1.0.2",
        "10.7.7.7",
        "fd01::2",
        None,
        None,
        BLUE,
    ]
    assert [(result.reply.reason, result.ok) for result in found[3:5]] == [
        ("no_address", False)
    ] * 2
    assert found[3].reply.message == "namespace bare has no address"


def test_a_namespace_is_given_by_the_path_of_its_file(lab: None, tmp_path: Any) -> None:
    elsewhere = tmp_path / "green"
    elsewhere.touch()
    sh(f"mount --bind /run/netns/red {elsewhere}")
    try:
        assert (
            reasons(
                {"netns": str(elsewhere), "to": "blue"},
                {"to": str(elsewhere)},
                {"netns": "/proc/self/ns/net", "to": "blue"},
            )
            == ["ok"] * 3
        )
        (result,) = probe({"netns": "blue", "to": str(elsewhere), "port": 0, "listen": True})
        assert result.ok and result.address == RED
    finally:
        sh(f"umount {elsewhere}")
