# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loopbacks that are down, as ``ip netns add`` leaves them."""

from __future__ import annotations

import pytest

from support.doctor import diagnose_host
from support.info import gather_info
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

BY_HAND = """
ip netns add a; ip netns add b; ip netns add c
ip -n a link add eth0 type veth peer name eth0 netns b
ip -n a addr add 10.0.0.1/24 dev eth0; ip -n a link set eth0 up
ip -n b addr add 10.0.0.2/24 dev eth0; ip -n b link set eth0 up
ip -n b addr add 10.255.0.2/32 dev lo
ip -n c link set lo up
"""


def test_namespaces_that_others_made_are_fed_back(host: None) -> None:
    sh(BY_HAND)
    before = take_snapshot()
    topology = gather_info()["topology"]
    assert topology["netns_link"] == [
        {"name": "lo", "netns": "a", "up": False},
        {"name": "lo", "netns": "b", "addresses": ["10.255.0.2/32"], "up": False},
    ]
    for check in (True, False):
        assert not run("topology", check, **topology)["changed"]
    assert differences(before, take_snapshot()) == {}
    found = diagnose_host(topology)
    assert not any(finding.check == "loopback_down" for finding in found)


@pytest.mark.parametrize("addresses", [None, ["10.255.0.1/32"]])
def test_a_loopback_is_down_if_the_task_says_so(host: None, addresses: list[str] | None) -> None:
    lo: Raw = {"name": "lo", "netns": "a", "up": False}
    if addresses is not None:
        lo["addresses"] = addresses
    task: Raw = {"name": "lab", "netns": [{"name": "a"}]}
    run_as_predicted("topology", **task, netns_link=[lo])
    assert "UP" not in sh("ip -n a link show lo").split("mtu")[0]
    run_as_predicted("topology", **task)
    assert "UP" in sh("ip -n a link show lo").split("mtu")[0]
    sh("ip netns exec a ping -c1 -w30 127.0.0.1")
    run_as_predicted("topology", **task, netns_link=[lo])
    run_as_predicted("topology", name="lab", state="absent")


def test_a_single_module_sets_a_loopback_down(host: None) -> None:
    run("netns", name="a")
    run_as_predicted("netns_link", name="lo", netns="a", up=False)
    assert run("netns", name="a")["actions"] == ["lo in namespace a: set up"]
