# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One contract for the host in memory and a real host with each backend: add, alter, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import (
    lacks_feature,
)

from support.fake_host import FakeHost
from support.link_variants import LINK_VARIANTS, RED
from support.nat_variants import NAT_VARIANTS
from support.private_host import private_host
from support.shell import ip
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Result, predicted_part, run_on
from support.topology_changes import CHANGES_IN_ORDER, REPLACEMENTS

Task = Callable[..., Result]


@pytest.fixture(params=["fake", "nftables", "iptables"])
def task(own_process: None, request: pytest.FixtureRequest) -> Iterator[Task]:
    """Return a function that runs one module on a host under the contract."""
    with private_host():
        host: Any = FakeHost() if request.param == "fake" else LinuxHost()
        if request.param == "fake":
            host.add_veth("port0", "port1")
        else:
            ip("link add port0 type veth peer name port1\nlink set port0 up\nlink set port1 up")

        def run(module: str, check: bool = False, **raw: Any) -> Result:
            if module in ("masquerade", "dnat", "topology") and request.param != "fake":
                raw["backend"] = request.param
            return run_on(host, module, check, **raw)

        before = take_snapshot()
        yield run
        if request.param != "fake":
            host.close()
            assert differences(before, take_snapshot()) == {}


def check_run(task: Task, module: str, **raw: Any) -> Result:
    """Assert a change that check mode predicts and after which nothing is left to do."""
    checked = task(module, check=True, **raw)
    done = task(module, **raw)
    assert predicted_part(checked) == predicted_part(done)
    assert done["changed"] and done["actions"] and done["commands"]
    again = task(module, **raw)
    assert (
        not again["changed"]
        and again["actions"] == again["commands"] == []
        and again["diff"] == {"before": "", "after": ""}
    )
    assert not task(module, check=True, **raw)["changed"]
    return done


def check_changes(task: Task, module: str, *variants: dict[str, Any]) -> None:
    """Assert that each variant is a change, and so is the removal."""
    for raw in variants:
        check_run(task, module, **raw)
    check_run(task, module, **{**variants[-1], "state": "absent"})


@pytest.mark.parametrize("name", [*LINK_VARIANTS, *NAT_VARIANTS])
def test_a_resource_is_added_altered_and_removed(task: Task, name: str) -> None:
    module, variants = {**LINK_VARIANTS, **NAT_VARIANTS}[name]
    for netns in ("red", "blue"):
        task("netns", name=netns)
    task("linux_bridge", name="sw")
    task("linux_bridge", name="sw-red", netns="red")
    task(
        "veth",
        name="up0",
        netns="red",
        addresses=["10.0.0.1/24", "fd00::1/64"],
        peer={"name": "up1"},
    )
    check_changes(task, module, *variants)
    for module, away in (
        ("veth", {"name": "up0", "netns": "red"}),
        ("linux_bridge", {"name": "sw"}),
        ("netns", {"name": "red"}),
        ("netns", {"name": "blue"}),
    ):
        check_run(task, module, **away, state="absent")


def test_a_namespace_has_sysctls_and_a_resolver(task: Task) -> None:
    check_changes(
        task,
        "netns",
        RED,
        {**RED, "sysctls": {"net.ipv4.ip_forward": 1, "net.ipv4.conf.lo.rp_filter": "2"}},
        {**RED, "nameservers": ["192.0.2.1", "2001:db8::1"], "search": ["example.org"]},
        {**RED, "nameservers": ["192.0.2.2"]},
    )


def test_given_ports_replace_all_others_and_force_takes_ports_of_other_bridges(task: Task) -> None:
    for bridge in ("br0", "br1"):
        task("linux_bridge", name=bridge)
    for name in ("one", "two"):
        task("veth", name=name, peer={"name": f"{name}-peer"})
    check_run(task, "linux_bridge", name="br0", ports=["one", "two"])
    check_run(task, "linux_bridge", name="br0", ports=["two"])
    check_run(task, "linux_bridge", name="br1", ports=["two"], steal=True)
    check_run(task, "linux_bridge", name="br1", ports=[])
    for name in ("one", "two"):
        check_run(task, "veth", name=name, state="absent")
    for bridge in ("br0", "br1"):
        check_run(task, "linux_bridge", name=bridge, state="absent")


@pytest.mark.skipif(lacks_feature("bridge_vlan"), reason="no bridge VLAN filtering in this kernel")
def test_a_port_has_vlans(task: Task) -> None:
    check_run(task, "linux_bridge", name="sw", vlan_filtering=True, vlan_default_pvid=5)
    for port in (
        {"vlan": 10},
        {"vlans": [20, "30-39"]},
        {"vlan": 0},
        {"vlan": 35, "vlans": [40]},
        {"vlan": 5, "vlans": []},
    ):
        check_run(task, "veth", name="end-a", peer={"name": "end-b", "bridge": "sw", **port})
    check_run(task, "linux_bridge", name="sw", ports=[])
    check_run(task, "veth", name="end-a", peer={"name": "end-b", "bridge": "sw", "vlan": 7})
    check_run(task, "veth", name="end-a", state="absent")
    check_run(task, "linux_bridge", name="sw", state="absent")


def test_an_end_in_another_namespace_is_moved(task: Task) -> None:
    task("netns", name="red")
    task("veth", name="one", addresses=["10.0.0.1/24"], peer={"name": "two"})
    check_run(
        task, "veth", name="one", netns="red", addresses=["10.0.0.1/24"], peer={"name": "two"}
    )
    check_run(task, "veth", name="two", state="absent")
    check_run(task, "netns", name="red", state="absent")


def test_a_topology_is_added_purged_and_removed_by_its_name(task: Task) -> None:
    check_run(task, "topology", **LAB)
    less = {
        **LAB,
        "netns": LAB["netns"][1:],
        "veth": LAB["veth"][1:],
        "netns_route": [],
        "dnat": LAB["dnat"][1:],
    }
    result = task("topology", **less)
    assert not result["changed"]
    assert {"namespace red", "route default via 192.168.15.5 dev veth-blue in namespace blue"} <= {
        entry["what"] for entry in result["left_alone"]
    }
    done = check_run(task, "topology", **less, purge=True)
    assert "namespace red" in done["purged"]
    check_run(task, "topology", name="lab", state="absent")


@pytest.mark.parametrize("name", [*CHANGES_IN_ORDER, *REPLACEMENTS])
def test_a_topology_is_changed_to_another(task: Task, name: str) -> None:
    first, second = {**CHANGES_IN_ORDER, **REPLACEMENTS}[name]
    for raw in (first, second, first):
        check_run(task, "topology", **raw)
    check_run(task, "topology", name="lab", state="absent")
