# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Physical links that must not be moved, and names that are taken."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused

from support.module_process import run_process
from support.physical import WAN, WAN_ABSENT, show_link
from support.shell import ip, sh
from support.snapshot import differences, take_snapshot
from support.tasks import run

pytestmark = pytest.mark.usefixtures("uplinks")


LOST = r"and this host would lose its default route \(IPv4, .*\); set force: true to do it anyway"
CARRIERS: list[tuple[str, str, str]] = [
    (
        "",
        "eth0",
        "name: 'eth0': would lose 198.51.100.2/24, the route default via 198.51.100.1 dev eth0 "
        "until it returns to the host; set force: true to do it anyway",
    ),
    ("", "far", f"name: 'far': far would be moved to namespace red, {LOST}"),
    (
        (
            "link add br0 type bridge\nlink set br0 up\nlink set eth1 master br0\n"
            "route replace default dev br0"
        ),
        "eth1",
        "name: 'eth1': is a port of br0",
    ),
    (
        "link add link eth1 name up0 type macvlan\nlink set up0 up\nroute replace default dev up0",
        "eth1",
        "name: 'eth1': carries interface up0 on the host",
    ),
    (
        "link add br0 type bridge\nlink set eth1 master br0",
        "eth1",
        "name: 'eth1': is a port of br0; would lose 192.0.2.1/24, 192.0.2.2/24, fd00:2::1/64 ",
    ),
    (
        "link add link eth1 name up0 type macvlan",
        "eth1",
        "name: 'eth1': carries interface up0 on the host; would lose 192.0.2.1/24, ",
    ),
    (
        "link add br0 type bridge",
        "br0",
        "device: 'br0': a bridge, which cannot be moved to another namespace",
    ),
]


_HTB = (
    "qdisc add dev tc0 root handle a: htb\nclass add dev tc0 parent a: classid a:2 htb rate 1mbit"
)
_U32 = "protocol ip u32 match u32 0 0"
TRAFFIC_CONTROL: list[tuple[str, str]] = [
    ("qdisc add dev tc0 root handle 1: htb\nqdisc add dev tc0 clsact", ""),
    (
        f"qdisc add dev tc0 root handle 1: htb\nfilter add dev tc0 parent 1: pref 3 {_U32}",
        "the filter parent 1: pref 3 u32",
    ),
    (
        f"{_HTB}\nqdisc add dev tc0 parent a:2 handle b: htb\n"
        "class add dev tc0 parent b: classid b:1 htb rate 1mbit\n"
        f"filter add dev tc0 parent b:1 pref 4 {_U32}\nfilter add dev tc0 parent a: pref 5 {_U32}",
        "the class htb a:2, the class htb b:1, the filter parent a: pref 5 u32, "
        "the filter parent b:1 pref 4 u32",
    ),
    (
        "qdisc add dev tc0 clsact\n"
        + "".join(f"filter add dev tc0 egress pref {n} {_U32}\n" for n in range(1, 11)),
        "the filter egress pref 1 u32, .*pref 8 u32, 2 more",
    ),
]


@pytest.mark.parametrize(("script", "lost"), TRAFFIC_CONTROL)
def test_traffic_control_of_others_is_not_lost_without_force(script: str, lost: str) -> None:
    ip("link add tc0 type veth peer name other")
    sh(f"tc -batch - <<'END'\n{script}\nEND\n")
    run("netns", name="red")
    raw = {**WAN, "device": "tc0", "force": False}
    before = take_snapshot()
    if not lost:
        assert run("netns_link", **raw)["changed"]
        return
    for check in (True, False):
        with pytest.raises(Refused, match=f"'tc0': would lose for good {lost}; set force: true"):
            run("netns_link", check=check, **raw)
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize(("script", "device", "rule"), CARRIERS)
def test_a_link_that_the_host_needs_is_not_moved(script: str, device: str, rule: str) -> None:
    ip(script)
    run("netns", name="red")
    before = take_snapshot()
    raw = {**WAN, "device": device, "force": False}
    for check in (True, False):
        with pytest.raises(Refused, match=rule):
            run("netns_link", check=check, **raw)
    assert differences(before, take_snapshot()) == {}
    if device != "br0":
        assert run("netns_link", **{**raw, "force": True})["changed"]
        assert run("netns_link", **WAN_ABSENT)["changed"] and show_link(device)["ifname"] == device


def test_the_link_of_the_ssh_connection_is_not_moved() -> None:
    run("netns", name="red")
    before = take_snapshot()
    for raw, rule in (
        (WAN, "name: 'eth1': eth1 would be moved to namespace red"),
        ({"name": "eth1", "up": False}, "up: False: eth1 would be set down"),
        (
            {"name": "eth1", "addresses": ["192.0.2.1/24"]},
            "addresses: '192.0.2.2': eth1 would lose this address",
        ),
    ):
        for force in {False, True} if raw is not WAN else {True}:
            result, _log = run_process("netns_link", {**raw, "force": force}, ssh="192.0.2.2")
            lost = "the SSH connection of this task (client 192.0.2.9) would be cut off"
            assert result["msg"] == f"{rule}, and {lost}"
    assert differences(before, take_snapshot()) == {}


UNMOVABLE: list[tuple[str, dict[str, Any], str]] = [
    (
        "",
        {"device": "eth9"},
        (
            "device: 'eth9': there is no such interface on the host, and interface wan in "
            "namespace red needs it"
        ),
    ),
    (
        "link add wan netns red type bridge",
        {},
        "name: 'wan': namespace red has a bridge of this name, which did not come from the host",
    ),
]


@pytest.mark.parametrize(("script", "more", "rule"), UNMOVABLE)
def test_a_link_that_cannot_be_moved_is_refused(
    script: str, more: dict[str, Any], rule: str
) -> None:
    run("netns", name="red")
    ip(script)
    before = take_snapshot()
    with pytest.raises(Refused, match=rule):
        run("netns_link", **{**WAN, **more})
    assert differences(before, take_snapshot()) == {}


def test_a_link_that_this_collection_added_is_not_physical() -> None:
    run("netns", name="red")
    run("veth", name="one", peer={"name": "two"})
    with pytest.raises(
        Conflict,
        match=(
            "device: 'one': interface one on the host is an end of a veth pair that this "
            "collection created"
        ),
    ):
        run("netns_link", **{**WAN, "device": "one"})


def test_a_link_cannot_return_if_its_name_is_taken() -> None:
    run("netns", name="red")
    run("netns_link", **WAN)
    ip("link add eth1 type bridge")
    with pytest.raises(
        Conflict,
        match=(
            "name: 'wan': it was eth1 on the host, which has a bridge of this name now; "
            "rename that first"
        ),
    ):
        run("netns_link", **WAN_ABSENT)
