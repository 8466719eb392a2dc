# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets through the host after the rules of two labs were removed, until the labs run again."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator

import pytest

from support.doctor import diagnose_host
from support.far_network import FAR, add_far_network, pass_others
from support.flows import (
    LABS,
    PUBLISHED,
    Flow,
    all_flows,
    expected_answer,
    find_wrong_flows,
    flow_lab,
    try_flows,
)
from support.netns import write_sysctl
from support.pings import ping, reaches
from support.shell import ip, output
from support.snapshot import differences, take_snapshot
from support.tasks import run

EVERY_TABLE = "; ".join(
    f"{program} -t {table} -F"
    for program in ("iptables", "ip6tables")
    for table in ("filter", "nat", "mangle", "raw")
)
REMOVALS = [
    ("nftables", "nft flush ruleset"),
    ("nftables", "nft flush table inet redblue_netns"),
    ("nftables", "nft delete table inet redblue_netns"),
    ("iptables", "nft flush ruleset"),
    ("iptables", EVERY_TABLE),
    ("iptables", "for t in mangle nat; do iptables -t $t -F; ip6tables -t $t -F; done"),
]

RESTART_NFTABLES = """nft -f - <<'end'
flush ruleset
table inet filter {
    chain input { type filter hook input priority filter; }
    chain forward { type filter hook forward priority filter; }
    chain output { type filter hook output priority filter; }
}
end
"""
"""What a restart or reload of nftables.service runs: Debian's /etc/nftables.conf."""
RESTORE_NOTHING = """for program in iptables ip6tables; do
    printf '*%s\\nCOMMIT\\n' filter nat mangle raw | $program-restore
done
"""
FLUSH_MANGLE = "iptables -t mangle -F; ip6tables -t mangle -F"


@pytest.fixture(params=["0", "1", "2"], ids=lambda value: f"rp_filter{value}")
def reverse_path_filter(own_process: None, request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[False, True], ids=["host", "router"])
def is_router(request: pytest.FixtureRequest) -> bool:
    """Whether the host forwards for others, too."""
    return bool(request.param)


@pytest.fixture
def far(lan: None, reverse_path_filter: str, is_router: bool) -> Iterator[None]:
    """Another network beside the LAN, which reaches the LAN through a router only."""
    for interface in ("default", "eth0"):
        write_sysctl(f"net/ipv4/conf/{interface}/rp_filter", int(reverse_path_filter))
    add_far_network()
    if is_router:
        write_sysctl("net/ipv4/ip_forward", 1)
        write_sysctl("net/ipv6/conf/all/forwarding", 1)
    yield


def run_lab(backend: str, name: str) -> bool:
    number, members = {"lab": (15, ("red", "blue")), "other": (16, ("green",))}[name]
    result = run("topology", **flow_lab(name, number, members, backend))
    assert not run("topology", **flow_lab(name, number, members, backend))["changed"]
    return bool(result["changed"])


def needs_rules(flow: Flow, *labs: str) -> bool:
    """Whether a flow is translated or forwarded by the rules of one of these labs."""
    if flow.to == "host" and flow.port in PUBLISHED:
        return LABS[PUBLISHED[flow.port][0]] in labs
    ends = {flow.client, flow.to}
    if ends & {"host", "loopback", "link-local"} or LABS.get(flow.client) == LABS.get(flow.to):
        return False
    return any(LABS.get(end) in labs for end in ends)


def find_wrong_without(*labs: str) -> list[tuple[Flow, str | None]]:
    """The flows that are wrong while the rules of these labs are missing."""
    wanted = {
        flow: None
        if needs_rules(flow, *labs)
        else expected_answer(flow, dropping=False, filtered=False)
        for flow in [*all_flows(4), *all_flows(6)]
    }
    return [(flow, got) for flow, got in try_flows(wanted).items() if got != wanted[flow]]


_FIXTURES = ["reverse_path_filter", "is_router"]
_COMBINATIONS = [
    (str(filter_), is_router, *removal)
    for number, removal in enumerate(REMOVALS)
    for filter_, is_router in itertools.product((0, 1, 2), (False, True))
    if "INJECTIONS" in os.environ or (number + filter_) % 2 == is_router
]
"""Half of the combinations, with every pair of two of the three; all if INJECTIONS is set."""


@pytest.mark.parametrize(
    ("reverse_path_filter", "is_router", "backend", "removal"), _COMBINATIONS, indirect=_FIXTURES
)
def test_nothing_passes_the_host_while_rules_are_missing(
    far: None, is_router: bool, backend: str, removal: str
) -> None:
    before = pass_others()
    assert before == [is_router, is_router]
    run_lab(backend, "lab")
    run_lab(backend, "other")
    assert find_wrong_flows(dropping=False, filtered=False) == []
    subprocess.run(["bash", "-ec", removal], check=True)
    assert find_wrong_without("lab", "other") == []
    assert pass_others() == before
    assert run_lab(backend, "lab")
    if "flush table" not in removal:  # which leaves the maps of the published ports
        assert find_wrong_without("other") == []
    assert pass_others() == before
    assert run_lab(backend, "other")
    assert find_wrong_flows(dropping=False, filtered=False) == []
    assert pass_others() == before


@pytest.mark.parametrize(
    ("backend", "removal"),
    [
        ("nftables", RESTART_NFTABLES),
        ("iptables", RESTART_NFTABLES),
        ("iptables", RESTORE_NOTHING),
        ("iptables", FLUSH_MANGLE),
    ],
)
def test_what_other_programs_flush_opens_no_lab_that_is_not_isolated(
    lan: None, backend: str, removal: str
) -> None:
    """It stands beside an isolated one, and its forwarding is enabled by this collection, too."""
    open_lab = flow_lab("other", 16, ("green",), backend, isolate=False)
    run_lab(backend, "lab")
    run("topology", **open_lab)
    subprocess.run(["bash", "-ec", removal], check=True)
    # The host itself forwards nothing to reach a published port.
    wrong = find_wrong_without("lab", "other")
    assert [found for found in wrong if found[0].client != "host"] == []
    assert run_lab(backend, "lab")
    run("topology", **open_lab)
    assert not run("topology", **open_lab)["changed"]
    assert not run_lab(backend, "lab")


def test_programs_of_iptables_leave_the_backend_nftables_alone(lan: None) -> None:
    for name in ("lab", "other"):
        run_lab("nftables", name)
    subprocess.run(["bash", "-ec", f"{RESTORE_NOTHING}{EVERY_TABLE}"], check=True)
    assert find_wrong_flows(dropping=False, filtered=False) == []


@pytest.mark.parametrize("program", ["iptables", "ip6tables"])
def test_an_empty_table_nat_is_told(lan: None, program: str) -> None:
    """Only its rules translate addresses, and nothing else can be told from what it held."""
    run_lab("iptables", "lab")
    output(program, "-t", "nat", "-F")
    [finding] = [found for found in diagnose_host() if found.check == "nat_damaged"]
    family = "IPv4" if program == "iptables" else "IPv6"
    assert f"no {family} packets are masqueraded any more" in finding.message
    assert run_lab("iptables", "lab")
    assert not [found for found in diagnose_host() if found.check == "nat_damaged"]


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_labs_whose_rules_are_missing_leave_nothing_behind(lan: None, backend: str) -> None:
    snapshot = take_snapshot()
    for name in ("lab", "other"):
        run_lab(backend, name)
    output("nft", "flush", "ruleset")
    run("topology", name="other", state="absent")
    assert not any(ping("lan", address) for address in ("10.15.0.1", "fd00:15::1"))
    run("topology", name="lab", state="absent")
    assert "proto" not in output("ip", "rule") + output("ip", "-6", "rule")
    assert differences(snapshot, take_snapshot()) == {}


def test_the_filter_table_alone_can_be_emptied(lan: None) -> None:
    """As with ``iptables -F``, which many type."""
    run_lab("iptables", "lab")
    run_lab("iptables", "other")
    output("iptables", "-F")
    output("ip6tables", "-F")
    assert find_wrong_flows(dropping=False, filtered=False) == []
    assert run_lab("iptables", "lab")


def test_the_backend_iptables_leaves_no_empty_tables(lan: None) -> None:
    run_lab("iptables", "lab")
    run("topology", name="lab", state="absent")
    assert output("nft", "list", "ruleset") == ""
    output("iptables", "-P", "FORWARD", "DROP")
    run_lab("iptables", "lab")
    run("topology", name="lab", state="absent")
    assert "policy drop" in output("nft", "list", "ruleset"), "a policy of others stays"


def test_the_backend_iptables_leaves_no_empty_chains_beside_rules_of_others(lan: None) -> None:
    chains = {"filter": "FORWARD", "mangle": "FORWARD", "nat": "POSTROUTING"}
    for program, table in itertools.product(("iptables", "ip6tables"), chains):
        output(program, "-t", table, "-A", chains[table], "-p", "tcp", "-j", "RETURN")
    before = output("nft", "list", "ruleset")
    run_lab("iptables", "lab")
    run("topology", name="lab", state="absent")
    assert output("nft", "list", "ruleset") == before


def test_the_backend_iptables_leaves_empty_chains_of_others(lan: None) -> None:
    """They were there before our rules, beside those that iptables creates for ours."""
    for program in ("iptables", "ip6tables"):
        output(program, "-P", "INPUT", "ACCEPT")
        output(program, "-A", "FORWARD", "-p", "tcp", "-j", "RETURN")
        output(program, "-t", "mangle", "-P", "FORWARD", "ACCEPT")
        output(program, "-t", "mangle", "-A", "OUTPUT", "-p", "tcp", "-j", "RETURN")
        output(program, "-t", "nat", "-P", "POSTROUTING", "ACCEPT")
        output(program, "-t", "nat", "-A", "INPUT", "-p", "tcp", "-j", "RETURN")
    before = output("nft", "-a", "list", "ruleset")
    assert "chain INPUT" in before
    for _time in range(2):
        run_lab("iptables", "lab")
        run_lab("iptables", "lab")
        run("topology", name="lab", state="absent")
        assert output("nft", "-a", "list", "ruleset") == before


@pytest.mark.parametrize("removal", ["", "nft flush ruleset"])
def test_a_single_masquerade_of_a_user_bridge(
    far: None, is_router: bool, reverse_path_filter: str, removal: str
) -> None:
    """The bridge is not of a topology, and not isolated."""
    snapshot = take_snapshot()
    before = pass_others()
    ip("netns add red\nlink add br0 type bridge\nlink set br0 up\naddr add 10.15.0.5/24 dev br0")
    ip("link add p0 type veth peer name eth0 netns red\nlink set p0 master br0 up")
    ip(
        "link set eth0 up\naddr add 10.15.0.1/24 dev eth0\nroute add default via 10.15.0.5",
        "-n",
        "red",
    )
    run("masquerade", source="10.15.0.0/24")
    assert not run("masquerade", source="10.15.0.0/24")["changed"]
    assert reaches("red", "192.0.2.99")
    assert reaches("red", FAR[4])
    assert pass_others() == before
    if removal and not is_router:
        output(*removal.split())
        assert not ping("red", "192.0.2.99")
        assert pass_others() == before
        assert not ping("lan", "10.15.0.1")
        assert run("masquerade", source="10.15.0.0/24")["changed"]
        assert reaches("red", "192.0.2.99")
        output(*removal.split())
    run("masquerade", source="10.15.0.0/24", state="absent")
    ip("link del p0\nlink del br0\nnetns del red")
    assert differences(snapshot, take_snapshot()) == {}
