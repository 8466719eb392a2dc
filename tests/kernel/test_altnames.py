# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alternative names of links, as udev gives them to hardware: the kernel uses no name twice."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import run, run_as_predicted

SETUP = """
ip netns add red
for where in "" "-n red"; do
    ip $where link add realname type veth peer name far
    ip $where link property add dev realname altname nicename
    ip $where link set realname up
    ip $where addr add 192.0.2.1/24 dev realname
done
"""

TASKS: list[tuple[str, dict[str, Any]]] = [
    ("linux_bridge", {"name": "nicename"}),
    ("linux_bridge", {"name": "nicename", "state": "absent"}),
    ("linux_bridge", {"name": "br0", "ports": ["nicename"]}),
    ("veth", {"name": "nicename", "peer": {"name": "other"}}),
    ("veth", {"name": "other", "peer": {"name": "nicename"}}),
    ("veth", {"name": "nicename", "state": "absent"}),
    ("netns_link", {"name": "nicename", "mtu": 1400}),
    ("netns_link", {"name": "nicename", "type": "macvlan", "link": "far"}),
    ("netns_route", {"destination": "10.0.0.0/8", "device": "nicename"}),
    ("masquerade", {"source": "10.0.0.0/8", "out_interface": "nicename"}),
]


@pytest.mark.parametrize("netns", [None, "red"])
@pytest.mark.parametrize(("module", "raw"), TASKS)
def test_an_alternative_name_is_refused_with_the_name_of_the_link(
    host: None, module: str, raw: dict[str, Any], netns: str | None
) -> None:
    sh(SETUP)
    before = take_snapshot()
    where = "on the host" if netns is None else "in namespace red"
    reason = f"'nicename': is an alternative name of interface realname {where}; use that name"
    if "peer" in raw:
        raw = {**raw, "peer": {**raw["peer"], "netns": netns}}
    for check in (True, False):
        with pytest.raises(Refused, match=reason):
            run(module, check=check, **raw, netns=netns)
    assert differences(before, take_snapshot()) == {}


def test_a_link_of_the_host_is_not_found_by_its_alternative_name(host: None) -> None:
    sh(SETUP)
    tasks: list[dict[str, Any]] = [
        {"name": "wan", "device": "nicename", "type": "physical", "netns": "red"},
        {"name": "nicename", "device": "far", "type": "physical", "netns": "red"},
        {"name": "up0", "type": "macvlan", "link": "nicename"},
    ]
    for raw in tasks:
        with pytest.raises(Refused, match="'nicename': is an alternative name of interface real"):
            run("netns_link", **raw)


def test_an_alternative_name_is_free_elsewhere(host: None) -> None:
    sh(SETUP + "ip netns add blue")
    assert run("linux_bridge", name="nicename", netns="blue")["changed"]
    assert not run("linux_bridge", name="nicename", netns="blue")["changed"]


MOVED = """
ip netns add red
ip link add wan type veth peer name far
ip link property add dev wan altname taken altname free
"""
TAKEN = [
    ("ip -n {} link add taken type bridge", "interface taken"),
    (
        "ip -n {} link add br0 type bridge; ip -n {} link property add dev br0 altname taken",
        "interface br0",
    ),
]


@pytest.mark.parametrize(("script", "holder"), TAKEN)
@pytest.mark.parametrize("name", ["wan", "uplink"])
def test_a_link_is_not_moved_to_where_its_alternative_name_is_taken(
    host: None, script: str, holder: str, name: str
) -> None:
    sh(MOVED + script.replace("{}", "red"))
    before = take_snapshot()
    raw: dict[str, Any] = {"name": name, "device": "wan", "type": "physical", "netns": "red"}
    reason = (
        f"device: 'wan': its alternative name taken is taken by {holder} in namespace red; "
        "remove it from one of them"
    )
    for check in (True, False):
        with pytest.raises(Refused, match=reason):
            run("netns_link", check=check, **raw)
    assert differences(before, take_snapshot()) == {}
    sh("ip link property del dev wan altname taken")
    run_as_predicted("netns_link", **raw)


def test_a_link_returns_only_to_where_its_alternative_name_is_free(host: None) -> None:
    sh(MOVED)
    raw: dict[str, Any] = {"name": "wan", "type": "physical", "netns": "red"}
    run("netns_link", **raw)
    sh("ip link add taken type bridge")
    before = take_snapshot()
    reason = "its alternative name taken is taken by interface taken on the host"
    for check in (True, False):
        with pytest.raises(Refused, match=reason):
            run("netns_link", check=check, **raw, state="absent")
    assert differences(before, take_snapshot()) == {}
    sh("ip link del taken")
    assert run("netns_link", **raw, state="absent")["changed"]
