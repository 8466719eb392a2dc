# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, routes, neighbours and ports of others survive a run, or are given back unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Failed,
)

from support.foreign_objects import (
    add_foreign_objects,
    add_namespaces,
    await_foreign_objects,
    list_foreign_objects,
)
from support.kill import kill_at
from support.private_host import private_host
from support.shell import sh
from support.tasks import Raw, run

_END: dict[str, Any] = {"name": "eth0", "netns": "a"}
_PEER = {"name": "eth0", "netns": "b"}


def topology(end: dict[str, Any], **more: Any) -> Raw:
    """A lab whose cable is the one of others between a and b."""
    return {
        "name": "un",
        "netns": [{"name": "a"}, {"name": "b"}],
        "veth": [{**_END, **end, "peer": _PEER}],
        **more,
    }


def check_that_a_failed_run_gives_everything_back(end: dict[str, Any], **more: Any) -> None:
    add_foreign_objects()
    before = list_foreign_objects()
    probes = [{"netns": "a", "to": "10.0.0.66", "timeout": 0.3}]
    with pytest.raises(Failed, match="not as expected") as failure:
        run("topology", **topology({**end, "force": True}, **more, probes=probes))
    assert "could not be undone" not in str(failure.value)
    assert await_foreign_objects(before) == before


@pytest.mark.parametrize(
    "end",
    [
        {"addresses": ["10.0.0.77/24"]},
        {"addresses": ["10.0.0.6/24", "fd00::4/64"]},
        {"addresses": ["10.0.0.5/24", "10.0.0.1/24", "fd00::2/80"]},
        {"addresses": ["10.0.0.1/16", "fd00::9/64"]},
        {"addresses": []},
        {"up": False},
        {"mtu": 1000, "addresses": ["10.0.0.1/24"]},
        {"mac": "02:00:00:00:00:aa"},
        {"arp": False},
    ],
    ids=str,
)
def test_a_failed_run_gives_everything_back(host: None, end: dict[str, Any]) -> None:
    check_that_a_failed_run_gives_everything_back(end)


@pytest.mark.parametrize(
    "bridge",
    [
        {"name": "sw", "ports": []},
        {"name": "sw2", "ports": ["p0"], "steal": True},
        {"name": "sw", "vlan_filtering": False},
    ],
    ids=["ports", "steal", "filtering"],
)
def test_a_failed_run_gives_ports_and_vlans_back(host: None, bridge: dict[str, Any]) -> None:
    check_that_a_failed_run_gives_everything_back({}, linux_bridge=[{**bridge, "netns": "a"}])


RENUMBERINGS: list[tuple[dict[str, Any], list[str]]] = [
    ({"addresses": ["10.0.0.1/24", "10.0.0.5/24", "fd00::2/64"]}, []),
    ({"addresses": ["10.0.0.77/24", "10.0.0.5/24", "10.0.0.1/24", "fd00::2/64"]}, []),
    ({"addresses": ["10.0.0.5/24", "10.0.0.1/16", "fd00::2/64", "fd00::77/64"]}, []),
    ({"addresses": ["10.0.0.5/24", "10.0.0.1/24", "fd00::2/80"]}, []),
    ({"mac": "02:00:00:00:00:aa"}, []),
    ({"mtu": 1400}, []),
    (
        {"addresses": ["10.0.0.77/24", "fd00::77/64"]},
        ["198.51.103.0/24", "198.51.112.0/24", "2001:db8:1::/48"],
    ),
    ({"addresses": ["fd00::2/64"]}, ["198.51.103.0/24", "198.51.112.0/24"]),
]
"""New options of the link, and the routes that it would lose."""


def _added_by_others(lines: list[str]) -> list[str]:
    """What is neither an address nor a route that the kernel adds with one."""
    return [line for line in lines if "proto kernel" not in line and "addr show" not in line]


@pytest.mark.parametrize(("end", "lost"), RENUMBERINGS, ids=str)
def test_a_new_address_costs_no_route(host: None, end: dict[str, Any], lost: list[str]) -> None:
    add_foreign_objects()
    before = list_foreign_objects()
    if lost:
        with pytest.raises(Conflict, match="would lose routes that others added") as refusal:
            run("topology", **topology(end))
        assert all(destination in str(refusal.value) for destination in lost)
        assert list_foreign_objects() == before
        return
    assert run("topology", **topology(end))["changed"]
    assert _added_by_others(list_foreign_objects()) == _added_by_others(before)
    assert not run("topology", **topology(end))["changed"]


def test_routes_are_lost_only_by_force_and_are_named(host: None) -> None:
    add_foreign_objects()
    before = _added_by_others(list_foreign_objects())
    forced = topology({"addresses": ["10.0.0.77/24", "fd00::2/64"], "force": True})
    result = run("topology", **forced)
    lost = ["198.51.103.0/24", "198.51.112.0/24"]
    assert all(destination in str(result["warnings"]) for destination in lost)
    after = _added_by_others(list_foreign_objects())
    assert [line for line in before if line not in after and lost[0] not in line] == [
        line for line in before if lost[1] in line
    ]


def test_routes_without_a_gateway_outlive_the_last_address(host: None) -> None:
    add_namespaces()
    sh("ip -n a addr add 10.0.0.1/24 dev eth0; ip -n a addr add 10.0.0.2/24 dev eth0")
    sh(
        "ip -n a route add 198.51.100.0/24 via inet6 fe80::10 dev eth0 proto bgp; "
        "ip -n a route add 198.51.101.0/24 dev eth0 proto bird; "
        "ip -n a route add 198.51.102.0/24 via 10.9.9.9 dev eth0 onlink proto bird; "
        "ip -n a route add 198.51.103.0/24 encap ip id 7 dst 10.0.0.10 dev eth0 proto bird"
    )
    before = sh("ip -n a route show proto bird; ip -n a route show proto bgp")
    sh("ip -n a route add 198.51.104.0/24 via 10.0.0.9 proto zebra")
    with pytest.raises(Conflict, match="would lose routes.* 198.51.104.0/24 via 10.0.0.9"):
        run("topology", **topology({"addresses": []}))
    sh("ip -n a route del 198.51.104.0/24")
    assert run("topology", **topology({"addresses": []}))["changed"]
    assert sh("ip -n a route show proto bird; ip -n a route show proto bgp") == before


@pytest.mark.parametrize("promoting", [0, 1])
def test_secondary_addresses_stay_and_no_setting_changes(host: None, promoting: int) -> None:
    add_namespaces()
    setting = "net.ipv4.conf.eth0.promote_secondaries"
    sh(f"ip netns exec a sysctl -qw {setting}={promoting}")
    sh("for n in 1 2 3; do ip -n a addr add 10.0.0.$n/24 dev eth0; done")
    checked = run("topology", check=True, **topology({"addresses": ["10.0.0.3/24"]}))
    done = run("topology", **topology({"addresses": ["10.0.0.3/24"]}))
    assert done["commands"] == checked["commands"]
    assert [line for line in done["commands"] if "promote" in line] == [
        f"ip netns exec a sysctl -qw {setting}={value}" for value in (1, 0) if not promoting
    ]
    assert sh(f"ip netns exec a sysctl -n {setting}") == f"{promoting}\n"
    assert "secondary" not in sh("ip -n a -4 addr show dev eth0")


@pytest.mark.parametrize("call", ["sendto", "write"])
def test_a_killed_renumbering_harms_nothing(own_process: None, call: str) -> None:
    number = 1
    end = {"addresses": ["10.0.0.77/24", "10.0.0.5/24", "fd00::2/64"]}
    while True:
        with private_host():
            add_foreign_objects()
            sh("ip -n a route del 198.51.112.0/24")
            before = list_foreign_objects()
            expected = _added_by_others(before)
            setting = "ip netns exec a sysctl -n net.ipv4.conf.eth0.promote_secondaries"
            is_killed = kill_at(call, number, lambda: run("topology", **topology(end)))
            assert _added_by_others(list_foreign_objects()) == expected, (call, number)
            assert sh(setting) == "0\n"
            run("netns", name="c")
            assert _added_by_others(list_foreign_objects()) == expected, (call, number)
        if not is_killed:
            assert number > 1
            return
        number += 1


def test_a_secondary_address_of_a_dhcp_client_stays(host: None) -> None:
    options = "valid_lft 4000 preferred_lft 3000"
    add_namespaces()
    sh(f"ip -n a addr add 10.0.0.1/24 dev eth0; ip -n a addr add 10.0.0.9/24 dev eth0 {options}")
    sh("ip -n a route add 198.51.100.0/24 via 10.0.0.10 src 10.0.0.9 proto dhcp")
    assert run("topology", **topology({"addresses": []}))["changed"]
    assert "10.0.0.9/24" in sh("ip -n a addr show dev eth0")
    assert "src 10.0.0.9" in sh("ip -n a route show proto dhcp")
    assert not run("topology", **topology({"addresses": []}))["changed"]
