# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab on a bridge of Open vSwitch that the kernel switches."""

from __future__ import annotations

import subprocess

import pytest

from support.kernel_link_types import need_type
from support.ovs import OVS_LAB, dump, end_switch, start_switch, vsctl
from support.pings import ping, reaches
from support.services import Listeners
from support.shell import output, sh
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
    clients = Listeners()
    for address in ("192.168.15.2", "fd00:15::2"):
        clients.listen("blue", "blue", address, 80, "tcp")
        assert clients.connect("red", address, 80, "tcp") is not None
    clients.close()
    tagged = [{**each, "peer": {**each["peer"], "vlan": 10}} for each in lab["veth"]]
    run_as_predicted("topology", **{**lab, "veth": tagged})
    assert vsctl("get", "Port", "veth-red-br", "tag") == "10"
    assert reaches("red", "192.168.15.2")
    run_as_predicted("topology", **LAB_ABSENT)
    assert dump() == rows and differences(before, take_snapshot()) == {}


def test_a_tunnel_joins_the_bridge_with_an_interface_of_the_kernel(kernel_switch: None) -> None:
    """VLAN 10 of the bridge is the network behind the interface vxlan0 of another host."""
    need_type("vxlan")
    sh("""ip netns add far
        ip link add uplink up type veth peer name up0 netns far
        ip addr add 172.16.0.1/24 dev uplink
        ip -n far addr add 172.16.0.2/24 dev up0; ip -n far link set up0 up
        ip -n far link add vxlan0 type vxlan id 77 remote 172.16.0.1 local 172.16.0.2 dstport 4789
        ip -n far addr add 192.168.15.9/24 dev vxlan0; ip -n far link set vxlan0 mtu 1400 up""")
    tunnel = {"name": "tun", "type": "vxlan", "remote_ip": "172.16.0.2", "vni": "77", "vlan": 10}
    bridge = {**OVS_LAB["ovs_bridge"][0], "datapath_type": "system", "ports": [tunnel]}
    tagged = [{**each, "peer": {**each["peer"], "vlan": 10}} for each in OVS_LAB["veth"]]
    lab = {**OVS_LAB, "ovs_bridge": [bridge], "veth": tagged}
    run_as_predicted("topology", **lab)
    assert reaches("red", "192.168.15.9") and reaches("far", "192.168.15.2")
    run_as_predicted("topology", **{**lab, "ovs_bridge": [{**bridge, "ports": []}]})
    assert not ping("red", "192.168.15.9")
    run_as_predicted("topology", **LAB_ABSENT)


def test_the_next_run_mends_a_lab_whose_switch_was_killed(kernel_switch: None) -> None:
    lab = {**OVS_LAB, "ovs_bridge": [{**OVS_LAB["ovs_bridge"][0], "datapath_type": "system"}]}
    run("topology", **lab)
    end_switch()
    start_switch()
    run("topology", **lab)
    assert not run("topology", **lab)["changed"]
    assert reaches("red", "192.168.15.2") and reaches("blue", "fd00:15::5")
