# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of netns_info: its topology changes nothing when it is applied; hostile texts
do no harm.
"""

from __future__ import annotations

import os
import subprocess

import pytest

from support.info import gather_info
from support.pings import reaches
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, run

MODULE = "netns_info"


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_the_topology_of_netns_info_changes_nothing(host: None, backend: str) -> None:
    run("topology", **LAB, backend=backend)
    run(
        "netns_route",
        netns="red",
        destination="10.9.0.0/16",
        nexthops=[{"gateway": "192.168.15.8"}, {"gateway": "192.168.15.9", "weight": 3}],
    )
    run("netns", name="green", nameservers=["192.0.2.1"], search=["example.org"])
    subprocess.run(
        [
            "bash",
            "-euc",
            (
                "ip link add theirs type bridge && ip link add p type veth peer name q && "
                "ip link set p master theirs"
            ),
        ],
        check=True,
    )
    before = take_snapshot()
    info = gather_info()["topology"]
    assert differences(before, take_snapshot()) == {}
    assert info["name"] == "lab" and [item["name"] for item in info["netns"]] == [
        "blue",
        "green",
        "red",
    ]
    for check in (True, False):
        assert run("topology", check=check, **info)["actions"] == []


def test_only_the_gathered_subset_is_returned(host: None) -> None:
    run("topology", **LAB)
    info = gather_info(netns=["red"], gather_subset=["links", "neighbours"])
    assert info.keys() == {"topology", "links", "neighbours", "stale", "complete", "reasons"}
    assert list(info["links"]) == ["red"]


def test_neighbours_and_processes_are_returned_by_namespace(host: None) -> None:
    run("topology", **LAB)
    assert reaches("red", "192.168.15.2")
    with subprocess.Popen(
        ["ip", "netns", "exec", "blue", "unshare", "--pid", "--fork", "sleep", "60"]
    ) as process:
        info = gather_info(gather_subset=["neighbours", "processes"])
        while (
            len(info["processes"]["blue"]) < 2
            or info["processes"]["blue"][-1]["command"] != "sleep"
        ):
            info = gather_info(gather_subset=["neighbours", "processes"])
        inside = info["processes"]["blue"][-1]
        assert inside["inner_pid"] == 1 and inside["pid"] > 1
        os.kill(inside["pid"], 9)
        process.wait()
    entries = {entry["address"]: entry for entry in info["neighbours"]["red"]}
    assert entries["192.168.15.2"]["device"] == "veth-red" and entries["192.168.15.2"]["mac"]


def test_a_missing_namespace_is_reported_and_not_created(host: None) -> None:
    info = gather_info(netns=["typo"])
    assert "there is no namespace typo" in info["reasons"] and not os.path.exists("/run/netns/typo")


def test_hostile_names_and_aliases_are_read_without_harm(host: None) -> None:
    subprocess.run(
        [
            "bash",
            "-euc",
            (
                "ip link add x type bridge && ip link set x alias $'$(id)\\n\\xff{{7*7}}' && "
                "touch $'/run/netns/a\\nb'"
            ),
        ],
        check=True,
    )
    info = gather_info()
    assert info["stale"] == ["a\\x0ab"] and "x" in {link["name"] for link in info["links"]["host"]}


def test_a_bridge_that_lost_its_ports_is_fed_back(host: None) -> None:
    """The kernel leaves it no MAC address."""
    sh(
        "ip link add cni0 type bridge; ip link set cni0 up; ip link add p0 type veth peer name p1;"
        "ip link set p0 master cni0; ip link del p0; ip link show cni0 | grep 00:00:00:00:00:00"
    )
    found = gather_info()["topology"]
    assert "mac" not in found["linux_bridge"][0]
    run("topology", **{**found, "name": "lab"})
    assert not run("topology", **{**found, "name": "lab"})["changed"]
