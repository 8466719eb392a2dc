# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the host needs to be reached: uplinks of many forms, gateways, and tasks that touch none."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Failed,
    Refused,
)

from support.failing_host import InterruptedHost
from support.kernel_link_types import need_type
from support.module_process import process_arguments, run_process
from support.shell import ip, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, run, run_on

LAN = """
netns add lan
link add eth0 type veth peer name e0 netns lan
link set eth0 up
"""
LAN_SIDE = """
addr add 192.0.2.9/24 dev e0
addr add 192.0.2.254/24 dev e0
addr add fd00:2::254/64 dev e0 nodad
link set e0 up
"""


@pytest.fixture
def uplink(host: None) -> None:
    """An uplink eth0 as in a container of LXC; the SSH client is 192.0.2.9."""
    ip(LAN)
    ip(LAN_SIDE, "-n", "lan")


def address(device: str) -> str:
    """The commands that give an interface the address and the default routes of the host."""
    return (
        f"link set {device} up\naddr add 192.0.2.1/24 dev {device}\n"
        f"addr add fd00:2::1/64 dev {device} nodad\n"
        f"route add default via 192.0.2.254\nroute add default via fd00:2::254"
    )


def check_refused(module: str, raw: dict[str, Any], reason: str, ssh: str | None = None) -> None:
    """Check that a task is refused in check mode and outside, and that nothing changes."""
    before = take_snapshot()
    for check in (True, False):
        result, _log = run_process(module, raw, check=check, ssh=ssh)
        assert result.get("failed") and reason in result["msg"], result
    assert differences(before, take_snapshot()) == {}


PAIR: dict[str, Any] = {"name": "eth0", "peer": {"name": "e0", "netns": "lan"}}
UPLINKS: list[tuple[str, str, str]] = [
    ("veth", "", "eth0"),
    ("bridge", "link add br0 type bridge\nlink set eth0 master br0", "br0"),
    (
        "bond",
        "link add bond0 type bond mode active-backup\nlink set eth0 down\n"
        "link set eth0 master bond0",
        "bond0",
    ),
    ("macvlan", "link add link eth0 name up0 type macvlan mode bridge", "up0"),
    ("vlan", "link add link eth0 name up0 type vlan id 5", "up0"),
    (
        "bridge on a macvlan",
        "link add link eth0 name up0 type macvlan mode passthru\nlink add br0 type bridge\n"
        "link set up0 master br0\nlink set up0 up",
        "br0",
    ),
    (
        "veth into a bridge",
        "link add br0 type bridge\nlink set br0 up\nlink set eth0 master br0\n"
        "link add own type veth peer name port\nlink set port master br0\nlink set port up",
        "own",
    ),
]


@pytest.mark.parametrize(
    ("kind", "script", "device"), UPLINKS, ids=[kind for kind, _script, _device in UPLINKS]
)
def test_what_is_below_the_interface_of_the_connection_stays(
    uplink: None, kind: str, script: str, device: str
) -> None:
    for name in ("bond", "macvlan", "vlan"):
        if f"type {name}" in script:
            need_type(name)
    ip(f"{script}\n{address(device)}" if script else address(device))
    run("netns", name="red")
    cut = "the SSH connection of this task (client 192.0.2.9) would be cut off"
    for module, raw, reason in (
        ("netns_link", {"name": "eth0", "up": False, "force": True}, "eth0 would be set down"),
        ("netns_link", {"name": "eth0", "mtu": 600, "force": True}, "mtu: 600: "),
        (
            "netns_link",
            {"name": "eth0", "netns": "red", "type": "physical", "force": True},
            "eth0 would be moved to namespace red",
        ),
        ("veth", {**PAIR, "peer": {**PAIR["peer"], "up": False}}, "e0 would be set down"),
        ("veth", {**PAIR, "peer": {**PAIR["peer"], "mtu": 68}}, "mtu: 68: "),
    ):
        check_refused(module, raw, reason, ssh="192.0.2.1")
        result, _log = run_process(module, raw, check=True, ssh="192.0.2.1")
        # Where it has IPv6 addresses, these are named.
        assert cut in result["msg"] or "would lose its IPv6 addresses" in result["msg"]
    before = take_snapshot()
    result, _log = run_process("veth", {"name": "eth0", "state": "absent"}, ssh="192.0.2.1")
    assert result.get("failed"), result
    assert differences(before, take_snapshot()) == {}


def test_a_bond_needs_one_of_its_ports(uplink: None) -> None:
    need_type("bond")
    ip(
        "link add bond0 type bond mode active-backup\nlink add eth1 type veth peer name far\n"
        "link set far up\nlink set eth0 down\nlink set eth0 master bond0\n"
        "link set eth1 master bond0\n" + address("bond0")
    )
    down = {"up": False, "force": True}
    result, _log = run_process("netns_link", {"name": "eth1", **down}, ssh="192.0.2.1")
    assert result.get("changed"), result
    check_refused("netns_link", {"name": "eth0", **down}, "eth0 would be set down", "192.0.2.1")


def test_ports_of_guests_may_leave_a_bridge_of_the_uplink(uplink: None) -> None:
    need_type("macvlan")
    ip(
        "link add link eth0 name up0 type macvlan mode passthru\nlink add br0 type bridge\n"
        "link set up0 master br0\nlink set up0 up\nlink add guest type veth peer name inside\n"
        "link set guest master br0\nlink set guest up\n" + address("br0")
    )
    ports = {"name": "br0", "addresses": ["192.0.2.1/24", "fd00:2::1/64"]}
    result, _log = run_process("linux_bridge", {**ports, "ports": ["up0"]}, ssh="192.0.2.1")
    assert result.get("changed"), result
    reason = "up0 would not be a port of br0 any more"
    check_refused("linux_bridge", {**ports, "ports": []}, reason, "192.0.2.1")


POLICIES = {
    "a table for answers": "rule add from 192.0.2.1 lookup 100 pref 100\n"
    "route add default via 192.0.2.254 table 100",
    "a rule for a mark": "rule add fwmark 7 lookup 100 pref 100\n"
    "route add blackhole default table 100",
    "main without its default route": "rule add lookup main suppress_prefixlength 0 pref 100\n"
    "rule add not fwmark 7 lookup 100 pref 101\nroute add default via 192.0.2.254 table 100",
}


@pytest.mark.parametrize("policy", POLICIES)
def test_routes_matter_in_the_tables_that_rules_choose(uplink: None, policy: str) -> None:
    """The client is on another network, behind the gateway."""
    ip(f"{address('eth0')}\n{POLICIES[policy]}\nlink add br0 type bridge\nlink set br0 up")
    used = {
        "a table for answers": {100},
        "a rule for a mark": {254},
        "main without its default route": {100, 254},
    }
    for table in (100, 101, 254):
        raw = {"destination": "203.0.113.0/24", "type": "blackhole", "table": table}
        how = {"check": True, "ssh": "192.0.2.1", "client": "203.0.113.9"}
        result, _log = run_process("netns_route", raw, **how)
        assert bool(result.get("failed")) is (table in used[policy]), (table, result)


def test_an_interface_that_no_path_needs_may_change(uplink: None) -> None:
    ip(f"{address('eth0')}\nlink add eth1 type veth peer name far\nlink set eth1 up")
    run("netns", name="red")
    for module, raw in (
        ("netns_link", {"name": "eth1", "mtu": 600}),
        ("netns_link", {"name": "eth1", "addresses": ["198.51.100.1/24"]}),
        ("netns_route", {"destination": "203.0.113.0/24", "type": "blackhole"}),
        (
            "netns_link",
            {"name": "wan", "device": "eth1", "netns": "red", "type": "physical", "force": True},
        ),
        ("netns_link", {"name": "eth0", "mtu": 1280}),
        (
            "netns_link",
            {"name": "eth0", "addresses": ["192.0.2.1/24", "192.0.2.5/24", "fd00:2::1/64"]},
        ),
    ):
        result, _log = run_process(module, raw, ssh="192.0.2.1")
        assert result.get("changed"), result


GATEWAY_LOSSES: list[tuple[str, dict[str, Any], str]] = [
    ("netns_link", {"name": "eth0", "up": False}, "up: False: eth0 would be set down"),
    ("netns_link", {"name": "eth0", "mtu": 600, "addresses": ["192.0.2.1/24"]}, "mtu: 600: "),
    ("netns_link", {"name": "eth0", "addresses": ["10.1.1.1/24"]}, "192.0.2.0/24"),
    ("netns_route", {"destination": "192.0.2.128/25", "type": "blackhole"}, "192.0.2.128/25"),
    ("netns_route", {"destination": "0.0.0.0/1", "device": "br0"}, "the place of the default"),
    ("netns_route", {"destination": "2000::/3", "device": "br0"}, "the place of the default"),
    ("netns_route", {"destination": "fd00:2::/65", "type": "unreachable"}, "fd00:2::/65"),
]


@pytest.mark.parametrize(("module", "raw", "reason"), GATEWAY_LOSSES)
def test_the_default_gateway_is_lost_only_by_force(
    uplink: None, module: str, raw: dict[str, Any], reason: str
) -> None:
    """As with a local connection, which needs no gateway itself."""
    ip(f"{address('eth0')}\nlink add br0 type bridge\nlink set br0 up")
    check_refused(module, raw, reason)
    lost = "would lose (its default|routes .*default via).*set force: true"
    with pytest.raises((Conflict, Refused), match=lost):
        run(module, **raw)
    assert run(module, **raw, force=True)["changed"]


def test_the_default_route_changes_where_a_task_is_about_it(uplink: None) -> None:
    ip(address("eth0"))
    ip("link add br0 type bridge\nlink set br0 up\naddr add 10.9.0.1/24 dev br0")
    for raw in (
        {"destination": "default", "gateway": "10.9.0.2", "metric": 7},
        {"destination": "default", "gateway": "10.9.0.2", "force": True},
        {"destination": "default", "state": "absent"},
    ):
        assert run("netns_route", **raw)["changed"]


def test_a_default_route_into_a_lab_goes_with_the_lab(host: None) -> None:
    run("topology", **LAB)
    run("netns_route", destination="default", gateway="192.168.15.1")
    assert run("topology", name="lab", state="absent")["changed"]


def test_a_task_within_namespaces_does_not_look_at_the_paths(uplink: None) -> None:
    """Not even the code for it is loaded, nor for a task that changes nothing."""
    ip(address("eth0"))
    engine = "ansible_collections.redblue.netns.plugins.module_utils._engine"
    how: dict[str, Any] = {"unimportable": [f"{engine}.path_guard"], "ssh": "192.0.2.1"}
    for module, raw in (
        ("netns", {"name": "red"}),
        (
            "veth",
            {
                "name": "one",
                "netns": "red",
                "addresses": ["10.8.0.1/24"],
                "peer": {"name": "two", "netns": "red"},
            },
        ),
        ("netns_route", {"netns": "red", "destination": "default", "gateway": "10.8.0.2"}),
        ("veth", {"name": "new", "peer": {"name": "inner", "netns": "red"}}),
        ("netns_link", {"name": "eth0", "mtu": 1500}),
        ("netns", {"name": "red", "state": "present"}),
    ):
        result, _log = run_process(module, raw, **how)
        assert not result.get("failed"), result
    arguments = process_arguments("netns_link", {"name": "eth0", "mtu": 1400}, **how)
    done = subprocess.run(**arguments, capture_output=True, check=False)
    assert done.returncode and "path_guard" in done.stderr


def test_a_path_that_is_lost_all_the_same_is_rolled_back(uplink: None) -> None:
    """Another program takes the route while the task is at work."""
    ip(address("eth0"))
    before = take_snapshot()
    host = InterruptedHost(1, "ip route add blackhole 192.0.2.254")
    try:
        with pytest.raises(Failed, match="the host reaches 192.0.2.254 by no interface and not"):
            run_on(host, "topology", **LAB)
    finally:
        host.close()
    sh("ip route del blackhole 192.0.2.254")
    assert differences(before, take_snapshot()) == {}
