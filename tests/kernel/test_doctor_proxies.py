# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proxy ARP and proxy NDP that stay silent: the doctor says why, and its remedy has them answer."""

from __future__ import annotations

import subprocess

import pytest

from support.doctor import diagnose_host
from support.netns import write_sysctl
from support.pings import ping, reaches
from support.shell import ip, sh
from support.tasks import LAB, run

_VM = {4: "192.0.2.50", 6: "fd00:2::50"}
_PROXY_ARP, _PROXY_NDP = "net/ipv4/conf/eth0/proxy_arp", "net/ipv6/conf/eth0/proxy_ndp"


@pytest.fixture
def vm(lan: None) -> None:
    """A namespace with addresses of the LAN, to which the host has routes."""
    sh("ip netns add vm; ip link add vm0 type veth peer name eth0 netns vm; ip link set vm0 up")
    ip("link set lo up\nlink set eth0 up", "-n", "vm")
    write_sysctl("net/ipv4/conf/vm0/forwarding", 1)
    ip("addr add fe80::1/64 dev vm0 nodad")
    for family, address in _VM.items():
        ip(f"route add {address} dev vm0")
        gateway = {4: "192.0.2.2", 6: "fe80::1"}[family]
        ip(f"addr add {address} dev eth0{' nodad' if family == 6 else ''}", "-n", "vm")
        ip(f"route add default via {gateway} dev eth0 onlink", "-n", "vm")
        write_sysctl(f"net/ipv{family}/neigh/eth0/proxy_delay", 0)


def _remedies(family: int) -> list[str]:
    return [
        finding.remedy
        for finding in diagnose_host()
        if (finding.check, finding.subject) == ("proxy_silent", f"ipv{family}:eth0")
    ]


def _paste(commands: str) -> None:
    subprocess.run(["bash", "-euc", commands], check=True, capture_output=True)


def _assert_mended(family: int) -> None:
    """The remedies, each pasted when it is shown, lead to an answer and to no finding."""
    assert not ping("lan", _VM[family])
    for _attempt in range(2):
        remedies = _remedies(family)
        for remedy in remedies:
            _paste(remedy)
    assert _remedies(family) == []
    ip("neigh flush dev eth0", "-n", "lan")
    assert reaches("lan", _VM[family])


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_lab_that_opened_forwarding_keeps_proxy_arp_silent(vm: None, backend: str) -> None:
    lab = {**LAB, "backend": backend}
    run("topology", **lab)
    assert _remedies(4) == []
    write_sysctl(_PROXY_ARP, 1)
    _assert_mended(4)
    assert run("topology", **lab)["actions"] == []
    assert reaches("red", "192.0.2.99")


@pytest.mark.parametrize("entry", [True, False])
def test_proxy_arp_needs_forwarding(vm: None, entry: bool) -> None:
    if entry:
        ip(f"neigh add proxy {_VM[4]} dev eth0")
    else:
        write_sysctl("net/ipv4/conf/all/proxy_arp", 1)
    [remedy] = _remedies(4)
    assert remedy == "sysctl -w net.ipv4.conf.eth0.forwarding=1"
    _assert_mended(4)


@pytest.mark.parametrize("switch", [0, 1])
@pytest.mark.parametrize("forwarding", [0, 1])
def test_proxy_ndp_needs_its_switch_and_forwarding(vm: None, switch: int, forwarding: int) -> None:
    ip(f"neigh add proxy {_VM[6]} dev eth0")
    write_sysctl(_PROXY_NDP, switch)
    write_sysctl("net/ipv6/conf/all/forwarding", forwarding)
    if switch and forwarding:
        assert _remedies(6) == [] and reaches("lan", _VM[6])
    else:
        _assert_mended(6)


def test_a_switch_without_anything_to_answer_for_is_no_finding(host: None) -> None:
    sh("ip link add eth0 type veth peer name far0; ip link set eth0 up; ip link set far0 up")
    ip("addr add 192.0.2.2/24 dev eth0")
    write_sysctl(_PROXY_ARP, 1)
    write_sysctl(_PROXY_NDP, 1)
    assert [finding for finding in diagnose_host() if finding.check == "proxy_silent"] == []
