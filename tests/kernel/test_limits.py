# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What SECURITY.md says does not hold. A test that fails here is good news for that page."""

from __future__ import annotations

import os

from ansible_collections.redblue.netns.plugins.module_utils._firewall.foreign.read import (
    read_foreign_forwards,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.listing import Listing

from support.injections import Fault, run_with_fault
from support.netns import write_sysctl
from support.pings import ping, reaches
from support.shell import ip, sh
from support.snapshot import count_mounts
from support.tasks import LAB, Raw, run

_WAN: Raw = {"name": "wan", "device": "eth9", "netns": "red", "type": "physical", "force": True}


def test_a_failed_mount_leaves_the_directory_of_names_mounted(own_process: None) -> None:
    """As ``ip netns add`` leaves it. The directory is empty, and the next run goes on with it."""
    sh("umount /run/netns 2>/dev/null || true")
    before = count_mounts("/run/netns")
    try:
        outcomes = [
            run_with_fault(("netns", {"name": "red"}), Fault("error", "mount", number))
            for number in range(1, 9)
        ]
        assert outcomes[-1] in ("changed", "nothing to do"), outcomes
        failed = [outcome for outcome in outcomes if outcome.startswith("Failed")]
        assert failed and all("could not be undone" not in outcome for outcome in failed)
        run("netns", name="red", state="absent")
        assert os.listdir("/run/netns") == [] and count_mounts("/run/netns") == before + 1
    finally:
        sh("umount /run/netns")


def test_proxy_arp_is_silent_where_a_lab_opened_forwarding(lan: None) -> None:
    """The kernel looks up the route of what it is asked for as that of a packet without a mark."""
    ip("link add far0 type veth peer name far1\nlink set far0 up\nlink set far1 up")
    ip("route add 192.0.2.50 dev far0")
    run("topology", **LAB)
    write_sysctl("net/ipv4/conf/eth0/proxy_arp", 1)
    write_sysctl("net/ipv4/neigh/eth0/proxy_delay", 0)
    assert reaches("lan", "192.0.2.2")
    ping("lan", "192.0.2.50")
    assert "lladdr" not in sh("ip -n lan neigh show 192.0.2.50")


def test_classes_and_filters_of_an_interface_from_the_host_do_not_return(host: None) -> None:
    sh("ip link add eth9 type veth peer name far; ip netns add red")
    sh("tc qdisc add dev eth9 root handle 1: htb default 10; tc qdisc add dev eth9 clsact")
    sh("tc class add dev eth9 parent 1: classid 1:10 htb rate 1mbit")
    sh("tc filter add dev eth9 ingress protocol ip u32 match ip dst 192.0.2.9 classid 1:1")
    lost = "the class htb 1:10, the filter ingress pref 49152 u32"
    taken = run("netns_link", **_WAN)
    assert taken["warnings"] == [f"interface eth9 on the host is moved and loses for good: {lost}"]
    done = run("netns_link", name="wan", netns="red", state="absent", type="physical")
    assert any("queueing discipline" in warning for warning in done["warnings"])
    assert not sh("tc class show dev eth9; tc filter show dev eth9 ingress")


def test_forwards_without_a_hook_for_routed_packets_are_not_seen(host: None) -> None:
    sh("ip link add eth0 type veth peer name eth1")
    sh(
        "nft 'table netdev early { chain in { type filter hook ingress device eth0 priority 0;"
        " ip daddr 192.0.2.2 tcp dport 80 fwd to eth1; }; }' || true"
    )
    assert read_foreign_forwards(Listing()) == ()
