# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A name under /run/netns that leads to the host's own namespace is used by no module."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused

from support.info import gather_info
from support.probes import probe
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, Raw, run

_IN_RED: list[tuple[str, Raw]] = [
    ("netns", {"name": "red"}),
    ("netns", {"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}}),
    ("netns", {"name": "red", "nameservers": ["192.0.2.53"]}),
    ("linux_bridge", {"netns": "red", "name": "br0"}),
    ("veth", {"name": "x", "netns": "red", "peer": {"name": "y"}}),
    ("veth", {"name": "x", "peer": {"name": "y", "netns": "red"}}),
    ("netns_link", {"netns": "red", "name": "theirs"}),
    ("netns_route", {"netns": "red", "destination": "10.9.0.0/16", "type": "blackhole"}),
    ("masquerade", {"netns": "red", "source": "10.9.0.0/24"}),
    (
        "dnat",
        {"netns": "red", "destination_port": 80, "to_destination": "10.0.0.7:80"},
    ),
    ("topology", {"name": "lab", "netns": [{"name": "red"}]}),
]


@pytest.fixture
def attached(host: None) -> None:
    """A host with an interface, whose namespace has the name red."""
    sh(
        "ip link add theirs type bridge; ip route add blackhole 10.9.0.0/16; "
        "touch /run/netns/red; mount --bind /proc/self/ns/net /run/netns/red"
    )


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(("module", "raw"), _IN_RED)
def test_the_host_under_a_name_is_refused(
    attached: None, module: str, raw: Raw, state: str
) -> None:
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Conflict, match="/run/netns/red is the host's own network namespace"):
            run(module, check=check, state=state, **raw)
    assert differences(before, take_snapshot()) == {}


def test_a_topology_beside_it_is_managed(attached: None) -> None:
    before = take_snapshot()
    lab: Raw = {"name": "lab", "netns": [{"name": "blue"}], "purge": True}
    assert run("topology", **lab)["changed"] and not run("topology", **lab)["changed"]
    assert run("topology", **LAB_ABSENT)["changed"]
    assert differences(before, take_snapshot()) == {}


def test_a_namespace_that_the_host_replaced_is_left_alone(host: None) -> None:
    run("topology", **LAB)
    sh("ip netns del red; touch /run/netns/red; mount --bind /proc/self/ns/net /run/netns/red")
    for raw in (LAB, {**LAB, "state": "absent"}):
        with pytest.raises(Conflict, match="the host's own network namespace"):
            run("topology", **raw)


def test_netns_info_reports_a_name_of_the_namespace_of_the_host(attached: None) -> None:
    info = gather_info()
    assert "/run/netns/red is the host's own network namespace" in info["reasons"]
    assert list(info["links"]) == ["host"] and not info["topology"].get("netns")
    assert "red" not in str(gather_info(netns=["red"])["links"])


def test_a_probe_does_not_take_the_host_for_a_namespace(attached: None) -> None:
    with pytest.raises(Refused, match=r"/run/netns/red is the host's own network namespace"):
        probe({"netns": "red", "to": "127.0.0.1"})


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("chmod 777 /run/netns", "/run/netns is writable by other users (mode 0777)"),
        ("chmod 1777 /run/netns", "/run/netns is writable by other users (mode 1777)"),
        ("chmod g+w /run/netns", "/run/netns is writable by other users (mode 0775)"),
        ("chown 1 /run/netns", "/run/netns belongs to user 1"),
    ],
)
def test_a_directory_that_others_can_change_is_warned_of(
    host: None, script: str, reason: str
) -> None:
    assert run("netns", name="red")["warnings"] == []
    sh(script)
    for task in (("netns", {"name": "red"}), ("linux_bridge", {"netns": "red", "name": "br0"})):
        for check in (True, False):
            [warning] = run(task[0], check=check, **task[1])["warnings"]
            assert warning.startswith(f"{reason}, so others than root can change")
    assert run("linux_bridge", name="br0")["warnings"] == []


def test_a_directory_that_is_a_link_is_refused(host: None) -> None:
    sh("umount /run/netns; rmdir /run/netns; mkdir /run/elsewhere; ln -s elsewhere /run/netns")
    try:
        for check in (True, False):
            with pytest.raises(Refused, match="/run/netns is a symbolic link"):
                run("netns", check=check, name="red")
        assert sh("ls /run/elsewhere; grep -c elsewhere /proc/self/mountinfo || :") == "0\n"
    finally:
        sh(
            "rm /run/netns; rmdir /run/elsewhere; mkdir /run/netns; "
            "mount -t tmpfs -o mode=755 tmpfs /run/netns"
        )
