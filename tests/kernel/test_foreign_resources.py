# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resources on the host that this collection did not make: they are named and left alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Failed,
    NetnsError,
    Refused,
)

from support.module_process import run_process
from support.shell import sh
from support.snapshot import count_mounts, differences, take_snapshot
from support.tasks import LAB, run


@contextmanager
def assert_refused(kind: type[NetnsError], match: str) -> Iterator[None]:
    """Assert that the task fails with this message and that the host is unchanged."""
    before = take_snapshot()
    with pytest.raises(kind, match=match):
        yield
    assert differences(before, take_snapshot()) == {}


def test_a_stale_file_is_replaced_with_a_warning(host: None) -> None:
    sh("touch /run/netns/red")
    assert run("netns", check=True, name="red")["changed"]
    result = run("netns", name="red")
    assert (
        result["changed"]
        and "/run/netns/red was a stale file that a crash left behind" in result["warnings"]
    )
    assert not run("netns", name="red")["changed"]
    sh("ip -n red link show lo && touch /run/netns/blue")
    assert run("netns", name="blue", state="absent")["changed"] and not os.path.exists(
        "/run/netns/blue"
    )


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("ln -s /proc/1/ns/net /run/netns/red", "symbolic link"),
        ("mkdir /run/netns/red", "directory"),
        ("mkfifo /run/netns/red", "fifo"),
        ("echo text > /run/netns/red", "file with content"),
    ],
)
def test_entries_that_are_no_namespaces_are_left_alone(host: None, script: str, what: str) -> None:
    sh(script)
    for state in ("present", "absent"):
        before = os.lstat("/run/netns/red")
        with pytest.raises(Conflict, match=what):
            run("netns", name="red", state=state)
        assert os.lstat("/run/netns/red") == before
    with pytest.raises(Refused, match="no such namespace"):
        run("netns_route", netns="red", destination="10.0.0.0/8", type="blackhole")


@pytest.mark.parametrize(("binds", "layers"), [(1, 2), (2, 4)])
def test_a_namespace_that_is_mounted_more_than_once_is_removed(
    host: None, binds: int, layers: int
) -> None:
    before, mounts = take_snapshot(), count_mounts("/run/netns/red")
    run("topology", name="lab", netns=[{"name": "red"}])
    sh("mount --bind /run/netns/red /run/netns/red; " * binds)
    assert count_mounts("/run/netns/red") == mounts + layers
    assert run("topology", name="lab", state="absent")["changed"]
    assert differences(before, take_snapshot()) == {}


def test_a_namespace_on_another_one_is_not_removed(host: None) -> None:
    sh("ip netns add red; ip netns add blue; ip -n red link add theirs type bridge")
    sh("mount --bind /run/netns/blue /run/netns/red")
    with assert_refused(Failed, "/run/netns/red is mounted more than once"):
        run("netns", name="red", state="absent", force=True)
    sh("umount /run/netns/red; ip -n red link show theirs")


def test_a_foreign_namespace_is_used_and_not_removed(host: None) -> None:
    sh("ip netns add red && ip -n red link set lo up && ip -n red link add theirs type bridge")
    assert not run("netns", name="red")["changed"]
    with assert_refused(Conflict, "not created by this collection.*theirs.*force"):
        run("netns", name="red", state="absent")
    assert run("netns", name="red", state="absent", force=True)["changed"]


def test_a_namespace_with_processes_is_not_removed(host: None) -> None:
    run("topology", **LAB)
    with subprocess.Popen(["ip", "netns", "exec", "red", "sleep", "60"]) as process:
        try:
            while b"sleep" not in Path(f"/proc/{process.pid}/cmdline").read_bytes():
                pass
            for module, name in (("netns", "red"), ("topology", "lab")):
                with assert_refused(Conflict, rf"processes run in it: {process.pid} \(sleep\)"):
                    run(module, name=name, state="absent")
            run("netns", name="red", state="absent", force=True)
            assert run("netns", name="red")["changed"]
            assert run("veth", **LAB["veth"][0])["changed"]
        finally:
            process.kill()


def test_a_name_that_begins_like_another_is_a_different_name(host: None) -> None:
    assert run("netns", name="mario2")["changed"] and run("netns", name="mario")["changed"]
    assert run("netns", name="mario", state="absent")["changed"]
    assert os.listdir("/run/netns") == ["mario2"]


def test_a_name_that_is_taken_is_a_conflict(host: None) -> None:
    sh(
        "ip link add one type veth peer name other && ip link add br0 type bridge && "
        "ip netns add red && ip -n red link add two type bridge"
    )
    with assert_refused(Conflict, "another veth pair .its peer: other"):
        run("veth", name="one", peer={"name": "fresh"})
    with assert_refused(Conflict, "has a bridge of this name"):
        run("veth", name="br0", peer={"name": "fresh"})
    with assert_refused(Conflict, "has a bridge of this name"):
        run("veth", name="fresh", peer={"name": "two", "netns": "red"})
    with assert_refused(Conflict, "an end of a veth pair of this name, not a bridge"):
        run("linux_bridge", name="one")
    with assert_refused(Conflict, "which is not what is to be removed"):
        run("linux_bridge", name="one", state="absent")


def test_links_that_cannot_be_bridge_ports_are_refused(host: None) -> None:
    sh(
        "ip link add theirs type bridge && ip link add ours type bridge && "
        "ip link add p type veth peer name q && ip link set p master theirs"
    )
    with assert_refused(Conflict, "port of bridge theirs already; set steal"):
        run("linux_bridge", name="ours", ports=["p"])
    with assert_refused(Refused, "a bridge cannot be a port of another"):
        run("linux_bridge", name="ours", ports=["theirs"])
    with assert_refused(Refused, "lo"):
        run("linux_bridge", name="ours", ports=["lo"])
    with assert_refused(Conflict, "is an end of a veth pair.*not a bridge"):
        run("veth", name="fresh", bridge="q", peer={"name": "far"})
    sh(
        "ip addr add 192.0.2.1/24 dev q && ip link set q up && ip link set p up && "
        "ip route add default via 192.0.2.9"
    )
    with assert_refused(Refused, "carries 192.0.2.1/24 and the default route"):
        run("linux_bridge", name="ours", ports=["q"])


def test_the_interface_of_the_ssh_connection_does_not_become_a_port(host: None) -> None:
    sh("ip link add p type veth peer name q && ip addr add 192.0.2.1/24 dev q")
    for module, raw, message in (
        (
            "linux_bridge",
            {"name": "br0", "ports": ["q"]},
            "q carries 192.0.2.1/24, and would lose them as a port",
        ),
        (
            "dnat",
            {"destination_port": 22, "to_destination": "192.0.2.7:22"},
            "includes port 22, which the SSH connection",
        ),
    ):
        result, _log = run_process(module, raw, ssh="192.0.2.1")
        assert result["failed"] and message in result["msg"]


def test_a_gateway_that_cannot_be_reached_is_refused_with_the_reason(host: None) -> None:
    run("topology", **LAB)
    for gateway, reason in (
        ("192.168.1.2", "no address on the gateway's network"),
        ("192.168.15.1", "is an address of namespace red itself"),
    ):
        with assert_refused(Refused, reason):
            run("netns_route", netns="red", destination="10.0.0.0/8", gateway=gateway)
    with assert_refused(Refused, "no such interface"):
        run("netns_route", netns="red", destination="10.0.0.0/8", device="nope")
    sh("ip -n red link set veth-red down")
    with assert_refused(Refused, "veth-red, which is down"):
        run("netns_route", netns="red", destination="10.0.0.0/8", gateway="192.168.15.5")


def test_a_foreign_route_is_not_replaced(host: None) -> None:
    run("topology", **{**LAB, "netns_route": []})
    sh(
        "ip -n red route add default via 192.168.15.9 && "
        "ip -n red route add 10.0.0.0/8 via 192.168.15.9"
    )
    with assert_refused(Conflict, "default via 192.168.15.9"):
        run("netns_route", netns="red", destination="default", gateway="192.168.15.5")
    with assert_refused(Conflict, "set force: true to replace it"):
        run("netns_route", netns="red", destination="10.0.0.0/8", gateway="192.168.15.5")
    assert run(
        "netns_route", netns="red", destination="default", gateway="192.168.15.5", metric=50
    )["changed"]
    assert run(
        "netns_route", netns="red", destination="10.0.0.0/8", gateway="192.168.15.5", force=True
    )["changed"]


def test_networks_that_overlap_are_refused(host: None) -> None:
    sh(
        "ip link add up0 type veth peer name up1 && "
        "ip addr add 192.168.15.130/25 dev up0 && ip link set up0 up && "
        "ip link set up1 up"
    )
    with assert_refused(Conflict, r"overlaps 192.168.15.128/25 on up0"):
        run("linux_bridge", name="v-net-0", addresses=["192.168.15.5/24"])
    sh(
        "ip addr flush dev up0 && ip addr add 10.0.0.1/24 dev up0 && "
        "ip route add 192.168.0.0/16 via 10.0.0.9"
    )
    with assert_refused(Conflict, "overlaps the route to 192.168.0.0/16 by up0"):
        run("linux_bridge", name="v-net-0", addresses=["192.168.15.5/24"])


def test_no_namespace_is_created_in_a_private_mount_namespace(host: None) -> None:
    """A task with become enters red and has a private mount namespace: only its process
    would see what it mounts on a file of the host.
    """
    run("netns", name="red")
    before = take_snapshot()
    for module, raw in (
        ("netns", {"name": "inner"}),
        ("topology", {"name": "lab", "netns": [{"name": "inner"}]}),
    ):
        for check in (True, False):
            result, _log = run_process(module, raw, check=check, within="red")
            assert (
                result["failed"]
                and "name: 'inner': would exist for this process only" in result["msg"]
            )
    assert differences(before, take_snapshot()) == {} and os.listdir("/run/netns") == ["red"]
    bridge, _log = run_process("linux_bridge", {"name": "br0"}, within="red")
    assert (
        bridge["changed"]
        and "br0"
        in subprocess.run(
            ["ip", "-n", "red", "link", "show", "br0"], capture_output=True, text=True, check=True
        ).stdout
    )
