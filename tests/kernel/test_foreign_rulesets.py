# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports that rules of other software forward in a way that no single rule shows."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict

from support import foreign_rulesets
from support.doctor import diagnose_host
from support.nat_lab import use_iptables_legacy
from support.shell import ip
from support.snapshot import differences, take_snapshot
from support.tasks import LAB_WITHOUT_DNAT, run

Forward = tuple[str, int, dict[str, Any]]
"""The protocol, the port, and further options of a forward."""


def tcp(port: int, **options: Any) -> Forward:
    return "tcp", port, options


def udp(port: int, **options: Any) -> Forward:
    return "udp", port, options


V6 = {"to_destination": "[fd00:15::2]:80"}
OTHER, SECOND = {"destination": "192.168.15.5"}, {"destination": "192.0.2.3"}
PROGRAMS = {
    "iptables": ["iptables-restore", "--noflush"],
    "legacy": ["iptables-legacy-restore", "--noflush"],
    "nft": ["nft", "-f", "-"],
}
CASES: dict[str, tuple[str, str, str, list[Forward], list[Forward]]] = {
    # The program, the rules, what names the place; forwards that are taken, and that are free.
    "kube-proxy": (
        "iptables",
        foreign_rulesets.KUBE_PROXY_IPTABLES,
        r"KUBE-SEP-\S+ of table nat \(iptables\), reached by KUBE-(NODEPORTS|SERVICES),",
        [tcp(30080), tcp(30081), tcp(8443), tcp(30080, destination="192.0.2.2")],
        [udp(53), tcp(80), udp(30080), tcp(30082), tcp(30080, **V6), tcp(8443, **OTHER)],
    ),
    "kube-proxy by legacy": (
        "legacy",
        foreign_rulesets.KUBE_PROXY_IPTABLES,
        r"KUBE-SEP-\S+ of table nat \(iptables-legacy\), reached by KUBE-(NODEPORTS|SERVICES),",
        [tcp(30080), tcp(30081), tcp(8443)],
        [udp(53), tcp(80), udp(30080)],
    ),
    "kube-proxy by nftables": (
        "nft",
        foreign_rulesets.KUBE_PROXY_NFTABLES,
        r"endpoint-\S+ of table ip kube-proxy, reached by services,",
        [tcp(30080), tcp(30081), tcp(8443), tcp(30080, destination="192.0.2.2")],
        [udp(53), tcp(80), udp(30080), tcp(30080, **V6), tcp(30080, **OTHER)],
    ),
    "CNI portmap": (
        "iptables",
        foreign_rulesets.CNI_PORTMAP_IPTABLES,
        r"CNI-DN-f8a1 of table nat \(iptables\)",
        [tcp(8080), tcp(8443), tcp(8080, **OTHER)],
        [tcp(8443, **OTHER), udp(8080), tcp(80)],
    ),
    "CNI portmap by nftables": (
        "nft",
        foreign_rulesets.CNI_PORTMAP_NFTABLES,
        r"host(ip_host)?ports of table ip cni_hostport",
        [tcp(8080), tcp(8443)],
        [tcp(8443, **OTHER), tcp(80)],
    ),
    "firewalld": (
        "nft",
        foreign_rulesets.FIREWALLD,
        r"nat_PRE_(public|internal)_allow of table inet firewalld",
        [tcp(8080), tcp(8082), tcp(8080, in_interface="eth0"), tcp(8081, **V6)],
        [tcp(8081), tcp(8080, **V6), tcp(8080, in_interface="eth1"), udp(8080)],
    ),
    "netavark": (
        "nft",
        foreign_rulesets.NETAVARK,
        r"(nv_2f259bab_dnat|NETAVARK-HOSTPORT-DNAT) of table inet netavark",
        [tcp(8080), udp(5005), udp(53, destination="10.88.0.1")],
        [udp(8080), tcp(53), udp(53, **OTHER)],
    ),
    "Incus": (
        "nft",
        foreign_rulesets.INCUS,
        r"prert\.web\.proxy80 of table inet incus",
        [tcp(8080), tcp(9443, **V6)],
        [tcp(9443), tcp(8080, **OTHER), tcp(8080, **V6)],
    ),
    "a whole address": (
        "iptables",
        foreign_rulesets.WHOLE_ADDRESS,
        r"PREROUTING of table nat \(iptables\) on the host, which.*every \S+ port of 192.0.2.9",
        [tcp(80), udp(53), tcp(80, destination="192.0.2.9")],
        [tcp(22), tcp(80, **OTHER), tcp(80, destination="192.0.2.2"), tcp(80, **V6)],
    ),
    "sets": (
        "nft",
        foreign_rulesets.SETS,
        r"pre of table ip mine",
        [
            *(tcp(80), tcp(8005), tcp(90), tcp(95), tcp(91, **SECOND), tcp(7000, **SECOND)),
            *(tcp(7001), udp(54), udp(54, source=["198.51.100.7"])),
        ],
        [
            *(
                tcp(81),
                tcp(90, **SECOND),
                tcp(95, **SECOND),
                udp(53),
                udp(80, source=["10.0.0.0/8"]),
            ),
            *(tcp(7000, destination="192.0.2.2"), tcp(7001, in_interface="eth0")),
        ],
    ),
}
UNCLEAR = {
    "nft": (foreign_rulesets.UNCLEAR_NFTABLES, "of table ip gate"),
    "iptables": (foreign_rulesets.UNCLEAR_IPTABLES, r"of table nat \(iptables\)"),
    "legacy": (foreign_rulesets.UNCLEAR_IPTABLES, r"of table nat \(iptables-legacy\)"),
}


def build(program: str, rules: str) -> None:
    """A host with several addresses and the lab, beside rules of others."""
    ip(
        "link add eth0 type bridge\nlink add eth1 type bridge\nlink set eth0 up\nlink set eth1 up\n"
        "addr add 192.0.2.2/24 dev eth0\naddr add 192.0.2.3/24 dev eth0\n"
        "addr add 192.0.2.9/24 dev eth0\naddr add fd00:2::2/64 dev eth0 nodad\n"
        "addr add 10.88.0.1/16 dev eth1"
    )
    run("topology", **LAB_WITHOUT_DNAT)
    done = subprocess.run(
        PROGRAMS[program], input=rules, text=True, capture_output=True, check=False
    )
    if program == "legacy" and done.returncode:
        pytest.skip("iptables-legacy does not work here")
    assert done.returncode == 0, done.stderr


def options_of(forward: Forward) -> dict[str, Any]:
    protocol, port, options = forward
    return {
        "protocol": protocol,
        "destination_port": port,
        "to_destination": "192.168.15.2:80",
        **options,
    }


@pytest.mark.parametrize("case", list(CASES))
def test_what_others_forward_is_refused_and_the_rest_is_free(host: None, case: str) -> None:
    program, rules, where, taken, free = CASES[case]
    build(program, rules)
    before = take_snapshot()
    for forward in taken:
        with pytest.raises(Conflict, match=rf"the chain {where}.*already; set force"):
            run("dnat", check=True, **options_of(forward))
            pytest.fail(f"{forward} is accepted")
    assert differences(before, take_snapshot()) == {}
    for forward in free:
        run("dnat", check=True, **options_of(forward))
    assert run("dnat", **options_of(taken[0]), force=True)["changed"]
    assert not run("dnat", **options_of(taken[0]))["changed"]
    [finding] = [found for found in diagnose_host() if found.check == "forward_claimed"]
    assert finding.severity == "warning" and "forwards" in finding.message


@pytest.mark.parametrize("program", list(UNCLEAR))
def test_what_may_be_taken_is_refused_with_its_chain(host: None, program: str) -> None:
    rules, where = UNCLEAR[program]
    build(program, rules)
    message = rf"the chain \S+ {where}.* may forward .* port \S+ already, by conditions that cannot"
    for forward in (tcp(8080), udp(5000)):
        with pytest.raises(Conflict, match=message):
            run("dnat", check=True, **options_of(forward))
    for forward in (udp(8080), tcp(5000), tcp(8080, **V6)):
        run("dnat", check=True, **options_of(forward))
    assert run("dnat", **options_of(tcp(8080)), force=True)["changed"]
    [finding] = [found for found in diagnose_host() if found.check == "forward_claimed"]
    assert finding.severity == "info" and "may forward" in finding.message


def test_a_packet_goes_where_the_other_rules_send_it(
    host: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules of the legacy interface are seen also where it is the default of the host."""
    use_iptables_legacy(tmp_path, monkeypatch)
    build("legacy", foreign_rulesets.WHOLE_ADDRESS)
    with pytest.raises(Conflict, match=r"PREROUTING of table nat \(iptables\)"):
        run("dnat", **options_of(tcp(80)))
