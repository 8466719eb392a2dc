# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the doctor finds on bridges of Open vSwitch, and that its remedies are right."""

from __future__ import annotations

from typing import Any

import pytest

from support.doctor import diagnose_host, summaries
from support.ovs import OVS_LAB, end_database, end_switch, start_switch, vsctl
from support.pings import ping, reaches
from support.shell import ip, replay
from support.tasks import run


@pytest.fixture(autouse=True)
def lab_on_vswitch(vswitch: None) -> None:
    """A lab on a running Open vSwitch."""
    run("topology", **OVS_LAB)


@pytest.mark.parametrize("declared", [True, False])
def test_a_sound_lab_has_no_findings(declared: bool) -> None:
    assert summaries(diagnose_host(OVS_LAB if declared else None)) == []


@pytest.mark.parametrize("declared", [True, False])
def test_a_switch_that_does_not_run_is_the_cause(declared: bool) -> None:
    end_switch()
    (first, *_others) = diagnose_host(OVS_LAB if declared else None)
    assert (first.check, first.subject, first.severity) == ("switch_down", "v-net-0", "error")
    assert "systemctl start openvswitch-switch" in first.remedy


@pytest.mark.parametrize("declared", [True, False])
def test_an_interface_that_was_deleted_is_the_cause(declared: bool) -> None:
    ip("link del v-net-0")
    (first, *_others) = diagnose_host(OVS_LAB if declared else None)
    assert (first.check, first.subject) == ("switch_port_failed", "v-net-0")
    end_switch()
    start_switch()
    run("topology", **OVS_LAB)
    assert reaches("red", "192.168.15.5") and not diagnose_host(OVS_LAB)


def test_a_database_that_does_not_run_is_the_cause() -> None:
    end_switch()
    end_database()
    (first, *_others) = diagnose_host()
    assert (first.check, first.subject) == ("switch_down", "v-net-0")
    assert "its database has no socket" in first.message


def test_a_secure_bridge_without_flows_is_found_and_mended() -> None:
    vsctl("set-fail-mode", "v-net-0", "secure")
    replay(["ovs-ofctl del-flows v-net-0"])
    assert not ping("red", "192.168.15.2")
    (first, *_others) = diagnose_host()
    assert first.check == "switch_without_flows"
    replay([first.remedy.partition(",")[0]])
    assert reaches("red", "192.168.15.2")
    assert "switch_without_flows" not in {finding.check for finding in diagnose_host()}


def test_a_port_that_is_down_is_found_and_mended() -> None:
    ip("link set veth-red-br down")
    (first, *_others) = diagnose_host()
    assert (first.check, first.subject) == ("link_down", "veth-red-br")
    replay([first.remedy])
    assert reaches("red", "192.168.15.2")


def test_a_bridge_that_is_down_is_found() -> None:
    ip("link set v-net-0 down")
    assert ("bridge_down", "error", "v-net-0") in summaries(diagnose_host())


def test_a_port_without_its_interface_is_found() -> None:
    ip("link del veth-red-br")
    expected = ("switch_port_failed", "error", "veth-red-br")
    assert expected in summaries(diagnose_host())


def test_another_tag_is_found_and_mended() -> None:
    third: dict[str, Any] = {"name": "green", "netns": [{"name": "green"}]}
    addresses = ["192.168.15.3/24", "fd00:15::3/64"]
    port = {"name": "veth-green-br", "bridge": "v-net-0"}
    third["veth"] = [{"name": "veth-green", "netns": "green", "addresses": addresses, "peer": port}]
    run("topology", **third)
    vsctl("set", "Port", "veth-red-br", "tag=7")
    assert not ping("red", "192.168.15.2")
    found = {finding.check: finding for finding in diagnose_host()}
    assert found["vlan_differs"].subject == "red/veth-red"
    replay([found["vlan_differs"].remedy])
    assert reaches("red", "192.168.15.2") and reaches("red", "fd00:15::3")
