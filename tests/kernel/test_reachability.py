# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reachability of a LAN, the host and two labs: every flow, compared with the topologies."""

from __future__ import annotations

import itertools
import select
import socket
import subprocess

import pytest

from support.flows import HOST, OPEN_PORTS, all_flows, expected_answer, flow_lab, try_flows
from support.nat_lab import set_bridge_filtering
from support.netns import in_netns, write_sysctl
from support.services import SILENCE, TIMEOUT
from support.shell import ip
from support.tasks import run


@pytest.mark.parametrize(("isolated", "router"), [(True, False), (True, True), (False, True)])
@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_every_flow_ends_as_the_topologies_declare(
    lan: None, backend: str, isolated: bool, router: bool
) -> None:
    """``router``: forwarding was enabled on the host before."""
    if router:
        write_sysctl("net/ipv4/ip_forward", 1)
        write_sysctl("net/ipv6/conf/all/forwarding", 1)
    run("topology", **flow_lab("lab", 15, ("red", "blue"), backend, isolate=isolated))
    run("topology", **flow_lab("other", 16, ("green",), backend, isolate=isolated))
    wrong, tried = [], 0
    for dropping, filtered in itertools.product((False, True), (0, 1)):
        for command in ("iptables", "ip6tables"):
            subprocess.run([command, "-P", "FORWARD", "DROP" if dropping else "ACCEPT"], check=True)
        set_bridge_filtering(filtered)
        wanted = {
            flow: expected_answer(flow, dropping, bool(filtered), isolated)
            for family in (4, 6)
            for flow in all_flows(family)
        }
        answers = try_flows(wanted)
        tried += len(answers)
        wrong += [
            (flow, f"{dropping=} {filtered=}", f"wanted {wanted[flow]}", f"got {got}")
            for flow, got in answers.items()
            if got != wanted[flow]
        ]
    assert tried >= 160 and not wrong, wrong


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
@pytest.mark.parametrize("isolated", [True, False])
def test_a_spoofed_source_address_of_the_lab_is_dropped(
    lan: None, backend: str, isolated: bool
) -> None:
    run("topology", **flow_lab("lab", 15, ("red", "blue"), backend, isolate=isolated))
    write_sysctl("net/ipv4/conf/all/rp_filter", 0)
    write_sysctl("net/ipv4/conf/eth0/rp_filter", 0)
    ip("addr add 10.15.0.77/32 dev lo\naddr add fd00:15::77/128 dev lo nodad", "-n", "lan")
    for family, source in ((4, "10.15.0.77"), (6, "fd00:15::77")):
        kind = socket.AF_INET if family == 4 else socket.AF_INET6
        with (
            socket.socket(kind, socket.SOCK_DGRAM) as server,
            in_netns("lan"),
            socket.socket(kind, socket.SOCK_DGRAM) as client,
        ):
            server.bind((HOST[family], 7001))
            client.bind((source, 0))
            client.sendto(b"question", (HOST[family], 7001))
            assert (
                bool(select.select([server], [], [], SILENCE if isolated else TIMEOUT)[0])
                is not isolated
            )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("iptables -P FORWARD DROP", "on the host the chain FORWARD of table filter (iptables),"),
        ("ip6tables -P FORWARD DROP", "FORWARD of table filter (ip6tables),"),
        ("iptables-legacy -P FORWARD DROP", "FORWARD of table filter (iptables-legacy),"),
        (
            (
                "nft add table inet t; nft add chain inet t gate '{ type filter hook forward "
                "priority 0; policy drop; }'"
            ),
            "chain gate of table inet t,",
        ),
    ],
)
def test_a_chain_that_drops_forwarded_packets_is_a_warning(
    lan: None, command: str, message: str
) -> None:
    lab = flow_lab("lab", 15, ("red", "blue"), "nftables")
    assert run("topology", **lab)["warnings"] == []
    subprocess.run(["bash", "-euc", command], check=True)
    for check in (True, False):
        [warning] = run("topology", check, **lab)["warnings"]
        assert message in warning
    set_bridge_filtering(0)
    assert run("topology", **{**lab, "masquerade": [], "dnat": []})["warnings"] == []


def test_the_result_exposes_equals_what_is_reachable(lan: None) -> None:
    write_sysctl("net/ipv4/ip_forward", 1)  # The host is a router before the first run.
    run("topology", **flow_lab("other", 16, ("green",), "nftables"))
    for isolated in (True, False):
        lab = flow_lab("lab", 15, ("red", "blue"), "nftables", isolate=isolated)
        foreseen = run("topology", check=True, **lab)["exposes"]
        assert run("topology", **lab)["exposes"] == foreseen
        forwards = [("tcp", None, "80", "10.15.0.2:80"), ("tcp", None, "80", "[fd00:15::2]:80")]
        networks = [(None, network, None, network) for network in ("10.15.0.0/24", "fd00:15::/64")]
        assert [
            (exposed["protocol"], exposed["address"], exposed["port"], exposed["target"])
            for exposed in foreseen
        ] == forwards + ([] if isolated else networks)
        answers = try_flows(
            {
                flow: expected_answer(flow, False, False, isolated or flow.to == "green")
                for flow in all_flows(4)
                if flow.client == "lan"
            }
        )
        inside_reached = {flow for flow, server in answers.items() if server in ("red", "blue")}
        exposed = {
            ("host", 80),
            *(
                (place, port)
                for place in ("red", "blue")
                for port in OPEN_PORTS[place]
                if not isolated
            ),
        }
        assert {(flow.to, flow.port) for flow in inside_reached} == exposed
    assert run("topology", name="lab", state="absent")["exposes"] == []


def _without_validation(actions: list[str]) -> list[str]:
    """Actions without the kernel's validation of source addresses, which isolation sets too."""
    return [action for action in actions if not action.startswith("set net.ipv4.conf.")]


def test_isolation_follows_its_option(lan: None) -> None:
    lab = flow_lab("lab", 15, ("red", "blue"), "nftables")
    run("topology", **lab)
    not_isolated = run("topology", **lab, isolate=False)
    subject = "isolate br15 on the host: 10.15.0.0/24, fd00:15::/64"
    assert _without_validation(not_isolated["actions"]) == [f"do not {subject}"]
    isolated = run("topology", **lab)
    assert _without_validation(isolated["actions"]) == [subject]
    assert not run("topology", **lab)["changed"]


def test_a_foreign_bridge_is_not_isolated(lan: None) -> None:
    subprocess.run(
        [
            "bash",
            "-euc",
            (
                "ip link add theirs type bridge; ip addr add 10.20.0.1/24 dev theirs; "
                "ip link set theirs up"
            ),
        ],
        check=True,
    )
    result = run(
        "topology", name="lab", linux_bridge=[{"name": "theirs", "addresses": ["10.20.0.1/24"]}]
    )
    assert not result["changed"]
    assert (
        "redblue"
        not in subprocess.run(
            ["nft", "list", "tables"], check=True, capture_output=True, text=True
        ).stdout
    )
