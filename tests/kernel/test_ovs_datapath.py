# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab on a bridge of Open vSwitch that the kernel switches."""

from __future__ import annotations

import subprocess

import pytest

from support.ovs import OVS_LAB, dump, vsctl
from support.pings import reaches
from support.shell import output
from support.snapshot import differences, take_snapshot
from support.tasks import LAB_ABSENT, run, run_as_predicted


@pytest.fixture
def kernel_switch(vswitch: None) -> None:
    """A running Open vSwitch over the kernel's module."""
    done = subprocess.run(["ovs-dpctl", "dump-dps"], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("needs a kernel with the module openvswitch")


def test_the_lab_is_switched_by_the_kernel_and_removed_without_a_trace(kernel_switch: None) -> None:
    rows = dump()
    lab = {**OVS_LAB, "ovs_bridge": [{**OVS_LAB["ovs_bridge"][0], "datapath_type": "system"}]}
    run("ovs_bridge", name="other")
    run("ovs_bridge", name="other", state="absent")
    before = take_snapshot()
    run_as_predicted("topology", **lab)
    assert reaches("red", "192.168.15.2") and reaches("blue", "fd00:15::5")
    assert reaches(None, "192.168.15.1") and reaches("red", "fd00:15::2")
    assert "v-net-0" in output("ovs-dpctl", "show")
    tagged = [{**each, "peer": {**each["peer"], "vlan": 10}} for each in lab["veth"]]
    run_as_predicted("topology", **{**lab, "veth": tagged})
    assert vsctl("get", "Port", "veth-red-br", "tag") == "10"
    assert reaches("red", "192.168.15.2")
    run_as_predicted("topology", **LAB_ABSENT)
    assert dump() == rows and differences(before, take_snapshot()) == {}
