# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns ships no file that none of its tasks loads."""

from __future__ import annotations

from ansible_collections.redblue.netns.tests.unit.support.shipped_files import list_shipped

from support.attached import attach_web, process_with_netns
from support.failing_host import kill_before_change
from support.faults import strace_injecting
from support.kill import leave_unfinished
from support.lab_processes import lab, web
from support.loading import Loading
from support.physical import WAN
from support.rich_topology import RICH
from support.shell import sh
from support.tasks import LAB_ABSENT, Raw, run

NOT_LOADED = {
    "_host/kernel_modules.py": "each congestion control that the kernel has is loaded",
    "_host/proc_sockets.py": "the environment of the task does not tell of its SSH connection",
    "_model/foreign_forwards.py": "only annotations name it",
    "_model/probes.py": "only annotations name it",
    "_model/unit_states.py": "only annotations name it",
    "_model/wireguard_keys.py": "a namespace has WireGuard, which many kernels lack",
    "_netlink/wireguard.py": "a namespace has WireGuard, which many kernels lack",
    "_plan/bridge_vlans.py": "a bridge filters VLANs, which some kernels cannot",
}
"""The files that no task here loads, and when one does."""

UPLINKS = """
ip link add eth0 type veth peer name far0; ip link add eth1 type veth peer name far1
for name in eth0 far0 eth1 far1; do ip link set dev $name up; done
ip addr add 198.51.100.2/24 dev eth0; ip route add default via 198.51.100.1
ip addr add 203.0.113.2/24 dev eth1; ip route add 10.79.0.0/16 via 203.0.113.1
ip link add others type bridge
"""
"""The host has a default route, eth1 for a namespace, and a bridge of others."""
RED: Raw = {"name": "red"}
RED_ABSENT: Raw = {"name": "red", "state": "absent", "force": True}
GREEN: Raw = {"name": "green", "sysctls": {"net.ipv4.ip_forward": 1}, "search": ["example.org"]}


def load_in_namespaces_with_links(task: Loading) -> None:
    sh(UPLINKS)
    run("topology", **RICH)
    run("netns_link", **WAN)
    assert not task.run(RED)["changed"]
    assert task.run(GREEN)["changed"]
    assert task.run({**GREEN, "search": ["example.com"]})["changed"]
    assert "pyroute2" in task.run(RED_ABSENT, unimportable=["pyroute2"])["msg"]
    failed = task.run(RED_ABSENT, *strace_injecting("umount2:error=EBUSY:when=1"))
    assert "undone: " in failed["msg"]
    assert task.run(RED_ABSENT, ssh="198.51.100.2", client="198.51.100.1")["changed"]
    sh("rm /run/redblue-netns/owners-*")
    assert task.run({**GREEN, "state": "absent", "force": True})["changed"]
    run("topology", **LAB_ABSENT)


def load_in_containers_and_processes(task: Loading) -> None:
    with process_with_netns() as process:
        assert task.run(attach_web(process.pid))["changed"]
        assert task.run({"name": "web", "state": "absent"})["changed"]
    assert task.run({"name": "web", "attach": {"container": "none"}})["failed"]
    run("topology", **lab(web()))
    assert task.run({"name": "blue", "state": "absent"})["failed"]
    run("topology", **LAB_ABSENT)


def load_for_invalid_options(task: Loading) -> None:
    invalid: list[Raw] = [{"attack": {}}, {"search": [["a"]]}, {"nameservers": ["192.0.2.300"]}]
    for options in invalid:
        assert task.run({**RED, **options})["failed"]


def load_for_a_killed_task(task: Loading) -> None:
    sh("ip link add user type bridge; ip addr add 10.3.0.1/24 dev user; ip link set user up")
    bridge: Raw = {"name": "user", "addresses": ["10.3.0.2/24", "fd00:3::1/64"], "mtu": 1400}
    assert kill_before_change(3, "linux_bridge", bridge) == -9
    assert "was killed" in str(task.run(RED)["warnings"])
    leave_unfinished({"name": "br0", "netns": "red"})
    assert task.run({**RED, "sysctls": {"net.ipv4.ip_forward": 1}})["changed"]


def test_some_task_loads_each_file_that_the_module_ships(host: None) -> None:
    task = Loading("netns")
    load_in_namespaces_with_links(task)
    load_in_containers_and_processes(task)
    load_for_invalid_options(task)
    load_for_a_killed_task(task)
    assert sorted(list_shipped("netns") - task.loaded - NOT_LOADED.keys()) == []
