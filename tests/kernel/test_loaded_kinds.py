# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules ship no file that none of their tasks loads, beside those that are named here."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.tests.unit.support.shipped_files import list_shipped

from support.failing_host import kill_before_change
from support.link_variants import LINK_VARIANTS
from support.loading import Loading
from support.nat_variants import NAT_VARIANTS
from support.physical import WAN
from support.rich_topology import RICH
from support.shell import sh
from support.tasks import Raw, run

UPLINKS = """
ip link add eth0 type veth peer name far0; ip link add eth1 type veth peer name far1
for name in eth0 far0 eth1 far1; do ip link set dev $name up; done
ip addr add 198.51.100.2/24 dev eth0; ip route add default via 198.51.100.1
"""
SSH = {"ssh": "198.51.100.2", "client": "198.51.100.1"}
IN_RED: dict[str, Raw] = {
    "linux_bridge": {"name": "br0", "netns": "red"},
    "netns_link": {"name": "leg", "netns": "red"},
    "netns_route": {"netns": "red", "destination": "default"},
}
ON_HOST: dict[str, list[Raw]] = {
    "linux_bridge": [
        {"name": "sw", "addresses": ["10.77.0.1/24"], "ports": ["far1"]},
        {"name": "sw", "addresses": ["10.77.0.2/24"], "ports": []},
        {"name": "sw", "state": "absent"},
    ],
    "netns_link": [WAN, {"name": "wan", "netns": "red", "state": "absent"}],
    "netns_route": [
        {"destination": "10.55.0.0/16", "gateway": "198.51.100.1"},
        {"destination": "10.55.0.0/16", "state": "absent"},
    ],
}


def load_in_namespaces(task: Loading, module: str) -> None:
    run("netns", name="red")
    run("netns", name="blue")
    run("linux_bridge", name="sw")
    run("linux_bridge", name="sw-red", netns="red")
    sh("ip link add port0 type veth peer name port1")
    addresses = ["10.0.0.1/24", "fd00::1/64"]
    run("veth", name="up0", netns="red", addresses=addresses, peer={"name": "up1"})
    for each, variants in {**LINK_VARIANTS, **NAT_VARIANTS}.values():
        if each == module:
            task.change(*variants, {**variants[-1], "state": "absent"})
    sh("ip link del port0")
    run("netns", name="red", state="absent", force=True)
    run("netns", name="blue", state="absent", force=True)


def load_in_a_topology(task: Loading, module: str) -> None:
    run("topology", **RICH)
    absent = {**IN_RED[module], "state": "absent"}
    task.roll_back(absent, "sendto", 16, 2)
    task.change(absent, **SSH)
    task.change(*ON_HOST[module], **SSH)


def load_after_failures(task: Loading, module: str) -> None:
    sh("ip link add user type bridge; ip addr add 10.3.0.1/24 dev user; ip link set user up")
    bridge: Raw = {"name": "user", "addresses": ["10.3.0.2/24", "fd00:3::1/64"], "mtu": 1400}
    assert kill_before_change(3, "linux_bridge", bridge) == -9
    task.run(ON_HOST[module][0], **SSH)
    sh("rm /run/redblue-netns/owners-*")
    task.run({**ON_HOST[module][0], "state": "absent"})
    wrong = dict.fromkeys(("addresses", "gateway"), "192.0.2.300")
    task.refuse({"nmae": "x"}, {**IN_RED[module], "netns": ["a"]}, {**IN_RED[module], **wrong})


_ANNOTATED = "only annotations name it"
_UNUSUAL = {
    "_host/proc_sockets.py": "the environment of the task does not tell of its SSH connection",
    "_model/foreign_forwards.py": _ANNOTATED,
    "_model/packages.py": "pyroute2 is not installed",
    "_model/probes.py": _ANNOTATED,
    "_model/unit_states.py": _ANNOTATED,
    "_model/wireguard_keys.py": "a namespace has WireGuard, which many kernels lack",
    "_netlink/wireguard.py": "a namespace has WireGuard, which many kernels lack",
    "_params/address_forms.py": "an address is written in an unusual way",
    "_plan/leftovers.py": "a task was killed while it created a link",
}
"""What tasks of most modules load in unusual cases."""
_TAKEN = dict.fromkeys(
    ("_apply/link_contents.py", "_model/link_contents.py", "_observe/link_contents.py"),
    "a link is taken from the host, by another module",
)
_OPEN_VSWITCH = dict.fromkeys(
    ("_observe/ovs.py", "_plan/ovs.py", "_plan/ovs_ports.py"), "Open vSwitch runs"
)
NOT_LOADED: dict[str, dict[str, str]] = {
    "linux_bridge": {
        **_UNUSUAL,
        **_TAKEN,
        "_host/kernel_features.py": "a bridge filters VLANs, which some kernels cannot",
        "_host/kernel_modules.py": "a bridge filters VLANs, which some kernels cannot",
    },
    "netns_link": {
        **_UNUSUAL,
        **_OPEN_VSWITCH,
        "_desired/wireguard.py": "a link is one of WireGuard, which many kernels lack",
        "_params/files.py": "a key of WireGuard is in a file",
        "_params/ports.py": "a link is one of WireGuard, which many kernels lack",
        "_params/wireguard_keys.py": "a link is one of WireGuard, which many kernels lack",
        "_plan/bridge_vlans.py": "a bridge filters VLANs, which some kernels cannot",
    },
    "netns_route": {
        **_UNUSUAL,
        **_TAKEN,
        "_host/kernel_modules.py": "a sysctl is set, by another module",
        "_model/wireguard_peers.py": "a namespace has WireGuard, which many kernels lack",
        "_observe/link_sysctls.py": "a link loses its sysctls, by another module",
        "_observe/settings.py": "sysctls are read, for another module",
    },
}
"""The files of each module that no task here loads, and when one does."""


@pytest.mark.parametrize("module", NOT_LOADED)
def test_some_task_loads_each_file_that_the_module_ships(host: None, module: str) -> None:
    sh(UPLINKS)
    task = Loading(module)
    load_in_namespaces(task, module)
    load_in_a_topology(task, module)
    load_after_failures(task, module)
    assert sorted(list_shipped(module) - task.loaded - NOT_LOADED[module].keys()) == []
