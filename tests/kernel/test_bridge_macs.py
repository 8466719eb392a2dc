# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The MAC address of a bridge of others stays, whatever ports of this collection do."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.failing_host import INTERRUPT, fail_at_change
from support.shell import sh
from support.tasks import Raw, run, run_as_predicted

_UPLINK = """
ip netns add lan; ip link add up0 address {mac} type veth peer name e0 netns lan
ip link set up0 master br0 up; ip addr add 192.168.1.2/24 dev br0
ip -n lan addr add 192.168.1.3/24 dev e0; ip -n lan link set e0 up
"""
_PING = "ip netns exec lan ping -c1 -w30 192.168.1.2"
_NEIGHBOUR = "ip -n lan neigh show 192.168.1.2 | cut -d' ' -f1-5"


def mac_of(link: str) -> str:
    return sh(f"ip -br link show dev {link}").split()[2]


def topology(*numbers: int, **options: Any) -> Raw:
    """A lab with a port in br0 for each number."""
    pairs = [
        {
            "name": f"v{number}",
            "netns": "red",
            "peer": {"name": f"p{number}", "bridge": "br0", **options},
        }
        for number in numbers
    ]
    return {"name": "lab", "purge": True, "netns": [{"name": "red"}], "veth": pairs}


@contextmanager
def same_mac(log: Path) -> Iterator[None]:
    """Assert that br0 never has another MAC address, not for a moment."""
    mac = mac_of("br0")
    with (
        log.open("wb") as stream,
        subprocess.Popen(["ip", "-o", "monitor", "link"], stdout=stream) as monitor,
    ):
        time.sleep(0.2)
        yield
        time.sleep(0.2)
        monitor.terminate()
    found = re.findall(r" br0: .*link/ether (\S+)", log.read_text(encoding="utf-8"))
    assert {mac, mac_of("br0")} | set(found) == {mac}


@pytest.fixture
def bridge(host: None) -> None:
    sh("ip link add br0 type bridge; ip link set br0 up")


@pytest.mark.parametrize("mac", [None, "02:00:00:00:00:01", "fe:ff:ff:ff:ff:fe"])
def test_an_empty_bridge_keeps_its_mac(bridge: None, tmp_path: Path, mac: str | None) -> None:
    options = {"mac": mac} if mac else {}
    with same_mac(tmp_path / "log"):
        for wanted in (topology(1, **options), topology(2, **options), topology()):
            run_as_predicted("topology", **wanted)
        run("topology", name="lab", state="absent")
        run("netns", name="red")
        run("veth", name="v", netns="red", peer={"name": "p", "bridge": "br0", **options})
        run("veth", name="v", netns="red", peer={"name": "p"}, state="absent")


@pytest.mark.parametrize("mac", ["02:00:00:00:00:01", "52:54:00:00:00:01", "fe:00:00:00:00:01"])
def test_a_bridge_with_an_uplink_keeps_its_mac(bridge: None, tmp_path: Path, mac: str) -> None:
    sh(_UPLINK.format(mac=mac) + _PING)
    neighbour = sh(_NEIGHBOUR)
    with same_mac(tmp_path / "log"):
        for wanted in (topology(1, 2, 3), topology(2), {"name": "lab", "state": "absent"}):
            run("topology", **wanted)
            sh(_PING)
            assert sh(_NEIGHBOUR) == neighbour
        run("linux_bridge", name="br0", ports=["up0"])
        run("netns_link", name="tap0", type="tap", mac="02:00:00:00:00:00")
        run("linux_bridge", name="br0", ports=["up0", "tap0"])
        run("linux_bridge", name="br0", ports=["up0"])


def test_packets_pass_a_port_with_the_mac_of_its_bridge(bridge: None) -> None:
    sh("ip addr add 192.168.9.1/24 dev br0")
    pairs = topology(1, 2)
    for number, pair in enumerate(pairs["veth"], 2):
        pair.update(addresses=[f"192.168.9.{number}/24"], netns=f"n{number}")
    run("topology", **{**pairs, "netns": [{"name": "n2"}, {"name": "n3"}]})
    assert mac_of("p1") == mac_of("br0") != mac_of("p2")
    for source, target in (("n2", 1), ("n2", 3), ("n3", 1), ("n3", 2)):
        sh(f"ip netns exec {source} ping -c1 -w30 192.168.9.{target}")
    sh("ping -c1 -w30 192.168.9.2")


def test_ports_of_others_come_and_go_beside_ours(bridge: None, tmp_path: Path) -> None:
    run("topology", **topology(1, 2))
    with same_mac(tmp_path / "log"):
        sh("ip link add x address fe:ff:ff:ff:ff:01 type veth peer name y")
        sh("ip link set x master br0; ip link del x")
    assert not run("topology", **topology(1, 2))["changed"]
    sh("ip link add x address 02:00:00:00:00:02 master br0 type veth peer name y")
    assert mac_of("br0") == "02:00:00:00:00:02"
    run("topology", **topology(1, 2))
    with same_mac(tmp_path / "log"):
        run("topology", name="lab", state="absent")
        run("topology", **topology(3))


def test_two_labs_share_a_bridge(bridge: None, tmp_path: Path) -> None:
    other = {**topology(7), "name": "other", "netns": [{"name": "blue"}]}
    other["veth"][0]["netns"] = "blue"
    with same_mac(tmp_path / "log"):
        run("topology", **topology(1))
        run("topology", **other)
        run("topology", name="lab", state="absent")
        assert not run("topology", **other)["changed"]
        run("topology", name="other", state="absent")


@pytest.mark.parametrize("number", range(4))
def test_a_failed_run_restores_the_mac(bridge: None, number: int) -> None:
    before = mac_of("br0")
    assert "could not be undone" not in fail_at_change(number, INTERRUPT, **topology(1, 2))
    assert mac_of("br0") == before
    run("topology", **topology(1))
    assert "could not be undone" not in fail_at_change(number, INTERRUPT, **topology(2))
    assert mac_of("br0") == before
