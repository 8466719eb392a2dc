# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with an IPv6 default route from router advertisements keeps it, and its sysctls are
restored.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
import time

import pytest

from support.failing_host import fail_at_change
from support.flows import flow_lab
from support.info import gather_info
from support.netns import in_netns, write_sysctl
from support.shell import ip
from support.snapshot import differences, take_snapshot
from support.tasks import run

_ALL_NODES = "ff02::1"


def advertise(netns: str, name: str) -> None:
    """Send a router advertisement (RFC 4861, 4.2) with a lifetime of half an hour."""
    with (
        in_netns(netns),
        socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as router,
    ):
        router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        router.sendto(
            struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0),
            (_ALL_NODES, 0, 0, socket.if_nametoindex(name)),
        )


def default_route() -> str:
    return subprocess.run(
        ["ip", "-6", "route", "show", "default"], check=True, capture_output=True, text=True
    ).stdout


def learn_route() -> None:
    """Wait for the route: the kernel may be busy with the namespaces of an earlier test."""
    for _attempt in range(600):
        with contextlib.suppress(OSError):  # as long as it has no link-local address yet
            advertise("isp", "eth0")
        if "proto ra" in default_route():
            return
        time.sleep(0.1)
    raise AssertionError("no default route was learned")


@pytest.fixture
def uplink(host: None) -> None:
    """eth0 with a router that advertises itself, and eth1 with forwarding enabled."""
    write_sysctl("net/ipv6/conf/default/accept_dad", 0)
    subprocess.run(["ip", "netns", "add", "isp"], check=True)
    with in_netns("isp"):
        write_sysctl("net/ipv6/conf/default/accept_dad", 0)
    ip(
        "link add eth0 type veth peer name eth0 netns isp\nlink set eth0 up\n"
        "link add eth1 type veth peer name eth9\nlink set eth1 up\nlink set eth9 up"
    )
    ip("link set eth0 up", "-n", "isp")
    write_sysctl("net/ipv6/conf/eth1/forwarding", 1)
    learn_route()


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_the_default_route_survives_the_lab(uplink: None, backend: str) -> None:
    before = take_snapshot()
    topology = flow_lab("lab", 15, ("red", "blue"), backend)
    foreseen = run("topology", check=True, **topology)
    assert run("topology", **topology)["actions"] == foreseen["actions"]
    assert "proto ra" in default_route()
    assert not run("topology", **topology)["changed"]
    # A lost route is learned again.
    subprocess.run(["ip", "-6", "route", "del", "default"], check=True)
    learn_route()
    run("topology", name="lab", state="absent")
    assert "proto ra" in default_route()
    assert differences(before, take_snapshot()) == {}


def test_a_namespace_cannot_advertise_itself_as_a_router_to_the_host(host: None) -> None:
    topology = flow_lab(
        "lab", 15, ("red", "blue"), "nftables", masquerade=[], dnat=[], isolate=False
    )
    run("topology", **topology)
    for name in ("br15", "p-red"):
        ip(f"link set {name} addrgenmode eui64\nlink set {name} down\nlink set {name} up")
    ip("link set eth0 addrgenmode eui64\nlink set eth0 down\nlink set eth0 up", "-n", "red")
    advertised = 0
    for _attempt in range(100):
        with contextlib.suppress(OSError):  # as long as it has no link-local address yet
            advertise("red", "eth0")
            advertised += 1
        time.sleep(0.02)
    assert advertised > 5
    assert default_route() == ""
    for where in ([], ["-n", "blue"]):
        assert (
            "proto ra"
            not in subprocess.run(
                ["ip", *where, "-6", "route"], check=True, capture_output=True, text=True
            ).stdout
        )


def _switches() -> list[str]:
    shown = subprocess.run(
        ["sysctl", "-a", "-r", "forwarding$"], check=True, capture_output=True, text=True
    ).stdout
    return [line for line in shown.splitlines() if ".br15." not in line and ".p-" not in line]


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("flush", ["nft flush ruleset", "nft delete table inet redblue_netns"])
def test_forwarding_is_disabled_again_although_the_rules_were_flushed(
    uplink: None, flush: str, again: bool
) -> None:
    """The values of the sysctls themselves show who enabled forwarding."""
    write_sysctl("net/ipv6/conf/eth1/forwarding", 0)
    before = _switches()
    topology = flow_lab("lab", 15, ("red", "blue"), "nftables")
    run("topology", **topology)
    forward_chain = subprocess.run(
        ["nft", "list", "chain", "inet", "redblue_netns", "forward"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert not gather_info()["nat"]["host"]["damaged"]
    subprocess.run(flush.split(), check=True)
    assert gather_info()["nat"]["host"] == {
        "backend": "",
        "damaged": True,
        "masquerade": [],
        "dnat": [],
        "counters": [],
    }
    if again:
        run("topology", **topology)
        assert (
            subprocess.run(
                ["nft", "list", "chain", "inet", "redblue_netns", "forward"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            == forward_chain
        )
    run("topology", name="lab", state="absent")
    assert _switches() == before


def test_a_failed_run_restores_every_sysctl(uplink: None) -> None:
    before = take_snapshot()
    topology = flow_lab("lab", 15, ("red", "blue"), "nftables")
    message = fail_at_change(1000, "false", **topology)  # after the last change
    assert "could not be undone" not in message
    assert differences(before, take_snapshot()) == {}
