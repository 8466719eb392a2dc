# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs are serialized by a lock, and a failed run is rolled back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Failed,
)

from support.failing_host import INTERRUPT, fail_at_change
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, run


@pytest.mark.parametrize("number", [0, 2, 3, 4])
def test_a_name_taken_during_the_run_rolls_it_back(host: None, number: int) -> None:
    subprocess.run(["ip", "link", "add", "theirs", "type", "bridge"], check=True)
    before = take_snapshot()
    message = fail_at_change(number, "ip link add veth-blue-br type bridge", **LAB)
    assert "create veth pair veth-blue in namespace blue and veth-blue-br: File exists" in message
    assert "undone: " in message and "could not be undone" not in message
    subprocess.run(["ip", "link", "del", "dev", "veth-blue-br"], check=True)
    assert differences(before, take_snapshot()) == {}


def test_a_failure_of_the_last_change_rolls_all_changes_back(host: None) -> None:
    run("topology", **LAB)
    before = take_snapshot()
    changed = {
        **LAB,
        "purge": True,
        "linux_bridge": [
            {"name": "v-net-0", "addresses": ["192.168.15.6/24", "fd00:15::5/64"], "mtu": 1400}
        ],
        "veth": [LAB["veth"][0], {**LAB["veth"][1], "mtu": 1300}],
        "netns_route": [{"netns": "blue", "destination": "10.9.0.0/16", "gateway": "192.168.15.1"}],
    }
    message = fail_at_change(0, "ip -n blue route add 10.9.0.0/16 via 192.168.15.9", **changed)
    assert "add route 10.9.0.0/16 via 192.168.15.1 in namespace blue: File exists" in message
    assert (
        "add address 192.168.15.6/24 of v-net-0 on the host" in message
        and "could not be undone" not in message
    )
    subprocess.run(["ip", "-n", "blue", "route", "del", "10.9.0.0/16"], check=True)
    assert differences(before, take_snapshot()) == {}


def test_veth_pairs_between_two_namespaces_are_rolled_back(
    host: None,
) -> None:
    run(
        "topology",
        name="base",
        linux_bridge=[{"name": "br0"}],
        netns=[{"name": "red"}, {"name": "blue"}],
    )
    before = take_snapshot()
    ports = [
        {
            "name": f"a{number}",
            "netns": "red",
            "peer": {"name": f"b{number}", "bridge": "br0", "isolated": True},
        }
        for number in range(3)
    ]
    route = {"netns": "blue", "destination": "10.9.0.0/16", "type": "blackhole"}
    message = fail_at_change(
        0, "ip -n blue route add blackhole 10.9.0.0/16", name="lab", veth=ports, netns_route=[route]
    )
    assert "File exists" in message and "could not be undone" not in message
    subprocess.run(["ip", "-n", "blue", "route", "del", "blackhole", "10.9.0.0/16"], check=True)
    assert differences(before, take_snapshot()) == {}


TWO_NAMESPACES: Raw = {
    "name": "apart",
    "netns": [{"name": "red"}, {"name": "blue"}],
    "veth": [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"10.{number}.0.1/24", f"fd0{number}::1/64"],
            "peer": {"name": f"to-{name}"},
        }
        for number, name in enumerate(("red", "blue"))
    ],
    "netns_route": [{"netns": "red", "destination": "default", "gateway": "10.0.0.2"}],
    "masquerade": [{"netns": "red", "source": "10.9.0.0/24"}],
    "dnat": [{"netns": "red", "destination_port": 80, "to_destination": "10.0.0.7:80"}],
}
"""Two namespaces, each with a veth pair to the host."""


def test_a_namespace_whose_file_cannot_be_deleted_keeps_its_content(host: None) -> None:
    run("topology", **TWO_NAMESPACES)
    # The file is below the namespace that is mounted on it.
    script = (
        "mkdir -p /run/below; mount --make-private /run/netns; "
        "mount --bind /run/netns /run/below; chattr +i /run/below/red"
    )
    subprocess.run(["bash", "-euc", script], check=True)
    try:
        before, current = take_snapshot(), Path("/run/netns/red").stat().st_ino
        with pytest.raises(
            Failed, match=r"^delete namespace red: Operation not permitted\. undone: "
        ) as failure:
            run("topology", name="apart", state="absent")
        assert "could not be undone" not in str(failure.value)
        assert (
            differences(before, take_snapshot()) == {}
            and Path("/run/netns/red").stat().st_ino == current
        )
    finally:
        subprocess.run(
            ["bash", "-euc", "chattr -i /run/below/red; umount /run/below; rmdir /run/below"],
            check=True,
        )
    assert not run("topology", **TWO_NAMESPACES)["changed"]


def test_a_namespace_that_the_kernel_has_not_destroyed_yet_is_restored(
    host: None,
) -> None:
    run("topology", **TWO_NAMESPACES)
    before, rules = take_snapshot(), ["ip", "netns", "exec", "red", "nft", "list", "ruleset"]
    listed = subprocess.check_output(rules)
    with (
        open("/run/netns/red", encoding="ascii") as descriptor,
        subprocess.Popen(["sleep", "1.5"], stdin=descriptor),
    ):
        descriptor.close()
        message = fail_at_change(
            1000, INTERRUPT.replace("1", "0.1"), **{**TWO_NAMESPACES, "state": "absent"}
        )
    assert "undone: " in message and "could not be undone" not in message
    left = differences(before, take_snapshot())
    # Forwarding that was enabled for its rules is restored by the next run.
    assert all("/forwarding" in line for line in left.pop("red sysctls", ())) and left == {}
    assert subprocess.check_output(rules) == listed
    run("topology", **TWO_NAMESPACES)
    assert differences(before, take_snapshot()) == {}


def test_sysctls_with_several_values_for_on_are_restored(host: None) -> None:
    raw: Raw = {
        "name": "lab",
        "netns": [{"name": "red"}],
        "linux_bridge": [{"name": "br0"}, {"name": "br0", "netns": "red"}],
    }
    run("topology", **raw)
    script = (
        "sysctl -qw net.ipv6.conf.br0.accept_ra=2 net.ipv6.conf.br0.accept_dad=2; "
        "ip netns exec red sysctl -qw net.ipv6.conf.br0.accept_ra=1"
    )
    subprocess.run(["bash", "-euc", script], check=True)
    before = take_snapshot()
    message = fail_at_change(
        0,
        "ip route add blackhole 10.9.0.0/16",
        **raw,
        netns_route=[{"destination": "10.9.0.0/16", "type": "blackhole"}],
    )
    subprocess.run(["ip", "route", "del", "blackhole", "10.9.0.0/16"], check=True)
    assert (
        "undone: br0: set accept_ra off, set accept_dad off; br0 in namespace red: "
        "set accept_ra off"
    ) in message and "could not" not in message
    assert differences(before, take_snapshot()) == {}
