# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Physical links moved into a namespace and back; the end of a foreign veth pair stands for
hardware.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused

from support.failing_host import INTERRUPT, fail_at_change
from support.info import gather_info
from support.module_process import run_process
from support.pings import reaches
from support.shell import ip
from support.snapshot import differences, take_snapshot
from support.tasks import Result, run

WAN: dict[str, Any] = {"name": "wan", "netns": "red", "type": "physical", "device": "eth1"}
LAB: dict[str, Any] = {
    "name": "lab",
    "netns": [{"name": "red"}],
    "netns_link": [{**WAN, "addresses": ["10.3.0.1/24"]}],
}
GONE: dict[str, Any] = {"name": "wan", "netns": "red", "state": "absent"}


@pytest.fixture(autouse=True)
def uplinks(host: None) -> None:
    """eth1 of this host leads to the namespace lan, and eth0 has the default route."""
    ip(
        "netns add lan\nlink add eth1 address 02:00:00:00:00:01 type veth peer name wire "
        "netns lan\nlink add eth0 type veth peer name far"
    )
    ip(
        (
            "link set wire up\naddr add 10.3.0.9/24 dev wire\n"
            "addr add 192.0.2.9/24 dev wire\naddr add fd00:2::9/64 dev wire nodad"
        ),
        "-n",
        "lan",
    )
    ip(
        "link set eth1 mtu 1450 txqueuelen 77 up\nlink set far up\nlink set eth0 up\n"
        "addr add 198.51.100.2/24 dev eth0\nroute add default via 198.51.100.1"
    )
    ip(
        "addr add 192.0.2.1/24 dev eth1\naddr add 192.0.2.2/24 dev eth1\n"
        "addr add fd00:2::1/64 dev eth1 nodad"
    )
    subprocess.run(["ip", "link", "set", "dev", "eth1", "alias", 'to "lan"; $(id) %'], check=True)


def link(name: str, netns: str | None = None) -> Any:
    """Return a link as iproute2 shows it."""
    words = ["ip", *(["-n", netns] if netns else []), "-j", "-d", "addr", "show", "dev", name]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)[0]


def both(module: str, **raw: Any) -> Result:
    """Run a task as check mode predicts it, after which nothing is left to do."""
    checked = run(module, check=True, **raw)
    done = run(module, **raw)
    assert {name: checked[name] for name in ("actions", "commands", "diff", "warnings")} == {
        name: done[name] for name in ("actions", "commands", "diff", "warnings")
    }
    assert not run(module, **raw)["changed"]
    return done


def test_a_link_is_moved_and_returned_with_all_its_settings() -> None:
    run("netns", name="red")
    before = take_snapshot()
    both(
        "netns_link",
        **WAN,
        addresses=["10.3.0.1/24"],
        mtu=1400,
        mac="02:00:00:00:00:77",
        txqueuelen=5,
        promisc=True,
    )
    assert reaches("red", "10.3.0.9")
    current = link("wan", "red")
    assert (current["mtu"], current["address"], current["txqlen"]) == (1400, "02:00:00:00:00:77", 5)
    assert (
        both("netns_link", **GONE)["actions"][0]
        == "move wan from namespace red to the host as eth1"
    )
    assert differences(before, take_snapshot()) == {}


def test_the_returned_commands_move_a_link_and_return_it() -> None:
    run("netns", name="red")
    home = take_snapshot()
    taken = run("netns_link", **WAN, addresses=["10.3.0.1/24"], mtu=1400)
    away = take_snapshot()
    given = run("netns_link", **GONE)
    for commands, wanted in ((taken["commands"], away), (given["commands"], home)):
        subprocess.run(["bash", "-eu"], input="\n".join(commands), text=True, check=True)
        assert differences(wanted, take_snapshot()) == {}


def test_a_topology_takes_a_link_and_returns_it_on_removal() -> None:
    before = take_snapshot()
    both("topology", **LAB)
    assert reaches("red", "10.3.0.9")
    ip("link set wan mtu 1300\naddr flush dev wan", "-n", "red")
    assert run("topology", **LAB)["actions"] == ["add address 10.3.0.1/24 of wan in namespace red"]
    both("topology", **{**LAB, "netns_link": []}, purge=True)
    assert link("eth1")["mtu"] == 1450
    both("topology", **LAB)
    assert (
        "move wan from namespace red to the host as eth1"
        in both("topology", name="lab", state="absent")["actions"]
    )
    assert differences(before, take_snapshot()) == {}


def test_the_topology_of_netns_info_changes_nothing() -> None:
    ip("link set lo up", "-n", "lan")
    before = take_snapshot()
    run("topology", **LAB)
    told = gather_info()["topology"]
    assert [item["device"] for item in told["netns_link"] if item["type"] == "physical"] == ["eth1"]
    assert run("topology", **told)["actions"] == []
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_a_link_is_returned_before_its_namespace_is_removed() -> None:
    before = take_snapshot()
    run("netns", name="red")
    run("netns_link", **WAN, addresses=["10.3.0.1/24"])
    both("netns", name="red", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_a_link_is_moved_to_another_namespace() -> None:
    before = take_snapshot()
    run("topology", **LAB)
    blue = {
        **LAB,
        "netns": [{"name": "blue"}],
        "netns_link": [{**WAN, "netns": "blue", "name": "up0", "addresses": ["10.3.0.2/24"]}],
    }
    both("topology", **blue, purge=True)
    assert reaches("blue", "10.3.0.9") and link("up0", "blue")["ifname"] == "up0"
    both("topology", **{**LAB, "netns": [*LAB["netns"], *blue["netns"]]})
    assert reaches("red", "10.3.0.9")
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_a_single_task_moves_a_link_but_not_one_of_a_topology() -> None:
    before = take_snapshot()
    run("netns", name="red")
    run("netns", name="blue")
    run("netns_link", **WAN, addresses=["10.3.0.1/24"])
    both("netns_link", **{**WAN, "netns": "blue"}, addresses=["10.3.0.2/24"])
    assert reaches("blue", "10.3.0.9")
    run("netns_link", name="wan", netns="blue", state="absent")
    run("topology", **LAB)
    for check in (True, False):
        with pytest.raises(
            Conflict,
            match=(
                "device: 'eth1': is interface wan in namespace red now, of topology lab; "
                "give that back first"
            ),
        ):
            run("netns_link", check=check, **{**WAN, "netns": "blue"})
        with pytest.raises(Conflict, match="of topology lab; give that back first"):
            run("topology", check=check, name="other", netns_link=[{**WAN, "netns": "blue"}])
    run("topology", name="lab", state="absent")
    run("netns", name="blue", state="absent")
    run("netns", name="red", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_a_renamed_link_keeps_its_settings() -> None:
    before = take_snapshot()
    addresses = ["10.3.0.1/24", "fd00:3::1/64"]
    routes = [
        {"netns": "red", "destination": "198.51.100.0/24", "gateway": "10.3.0.9"},
        {"netns": "red", "destination": "fd00:9::/64", "gateway": "fd00:3::9"},
    ]
    lab = {
        **LAB,
        "netns_link": [{**WAN, "addresses": addresses, "mtu": 1400}],
        "netns_route": routes,
    }
    run("topology", **lab)
    built = take_snapshot()
    renamed = {**lab, "netns_link": [{**lab["netns_link"][0], "name": "wan2"}]}
    for number in range(6):
        assert "could not be undone" not in fail_at_change(number, INTERRUPT, **renamed)
        assert differences(built, take_snapshot()) == {}, number
    done = both("topology", **renamed)
    assert "add address 10.3.0.1/24 of wan2 in namespace red" not in done["actions"] and reaches(
        "red", "10.3.0.9"
    )
    both("topology", **{**lab, "netns_link": [{**WAN, "up": False}], "netns_route": []})
    both("topology", **{**LAB, "netns_link": [{**WAN, "name": "up0", "addresses": addresses[:1]}]})
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_a_moved_link_can_be_a_bridge_port() -> None:
    before = take_snapshot()
    ports = {
        "linux_bridge": [{"name": "br0", "netns": "red", "addresses": ["10.3.0.1/24"]}],
        "netns_link": [{**WAN, "bridge": "br0"}],
    }
    both("topology", **{**LAB, **ports})
    assert reaches("red", "10.3.0.9")
    both("topology", **{**LAB, **ports, "netns_link": [{**WAN, "name": "wan2", "bridge": "br0"}]})
    assert reaches("red", "10.3.0.9")
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("first", [{**LAB, "netns_link": []}, LAB])
def test_a_failure_at_any_change_restores_the_link(first: dict[str, Any]) -> None:
    second = (
        {"name": "lab", "state": "absent"}
        if first is LAB
        else {**LAB, "netns_link": [{**WAN, "addresses": ["10.3.0.1/24"], "mtu": 1400}]}
    )
    ip("route add 10.77.0.0/16 via 192.0.2.9 dev eth1\nroute add 10.78.0.0/16 dev eth1 table 9")
    run("topology", **first)
    before = take_snapshot()
    steps = len(run("topology", check=True, **second)["actions"])
    for number in range(steps + 8):
        message = fail_at_change(number, INTERRUPT, **second)
        assert "could not be undone" not in message
        assert differences(before, take_snapshot()) == {}, number


def test_routes_that_the_move_deletes_are_named_in_a_warning() -> None:
    ip("route add 10.77.0.0/16 via 192.0.2.9")
    run("netns", name="red")
    done = both("netns_link", **WAN)
    assert done["warnings"] == [
        "routes through eth1 go with it and are not given back: 10.77.0.0/16 via 192.0.2.9 dev eth1"
    ]
    assert "route 10.77.0.0/16 via 192.0.2.9 dev eth1 on the host" in done["diff"]["before"]


CARRIERS: list[tuple[str, str, str]] = [
    ("", "eth0", "name: 'eth0': carries the default route; force would do it all the same"),
    ("", "far", "name: 'far': carries the default route"),
    (
        (
            "link add br0 type bridge\nlink set br0 up\nlink set eth1 master br0\n"
            "route replace default dev br0"
        ),
        "eth1",
        "name: 'eth1': carries the default route",
    ),
    (
        "link add link eth1 name up0 type macvlan\nlink set up0 up\nroute replace default dev up0",
        "eth1",
        "name: 'eth1': carries the default route",
    ),
    (
        "link add br0 type bridge\nlink set eth1 master br0",
        "eth1",
        "name: 'eth1': is a port of br0",
    ),
    (
        "link add link eth1 name up0 type macvlan",
        "eth1",
        "name: 'eth1': carries interface up0 on the host",
    ),
    ("link add br0 type bridge", "br0", "device: 'br0': a bridge, which is bound to its namespace"),
]


@pytest.mark.parametrize(("script", "device", "rule"), CARRIERS)
def test_a_link_that_the_host_needs_is_not_moved(script: str, device: str, rule: str) -> None:
    ip(script)
    run("netns", name="red")
    before = take_snapshot()
    raw = {**WAN, "device": device}
    for check in (True, False):
        with pytest.raises(Refused, match=rule):
            run("netns_link", check=check, **raw)
    assert differences(before, take_snapshot()) == {}
    if device != "br0":
        assert run("netns_link", **raw, force=True)["changed"]
        assert run("netns_link", **GONE)["changed"] and link(device)["ifname"] == device


def test_the_link_of_the_ssh_connection_is_not_moved() -> None:
    run("netns", name="red")
    before = take_snapshot()
    for raw, rule in (
        (WAN, "carries the SSH connection of this very task"),
        ({"name": "eth1", "up": False}, "carries the SSH connection of this very task"),
        (
            {"name": "eth1", "addresses": ["192.0.2.1/24"]},
            "has 192.0.2.2, by which the SSH connection of this very task came",
        ),
    ):
        result, _log = run_process("netns_link", raw, ssh="192.0.2.2")
        assert result["msg"] == f"name: 'eth1': {rule}; force would do it all the same"
    assert differences(before, take_snapshot()) == {}


MANY = "\n".join(
    f"addr add 2001:db8:1234:5678:9abc:def0:1234:{number:x}/64 dev eth1 nodad"
    for number in range(1, 7)
)
OTHERS: list[tuple[str, dict[str, Any], str]] = [
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
    (
        MANY,
        {},
        (
            r"device: 'eth1': what it is on the host, with its 9 addresses and its alias, "
            r"takes \d+ bytes to note beside it, where the kernel keeps 255"
        ),
    ),
]


@pytest.mark.parametrize(("script", "more", "rule"), OTHERS)
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
            "collection made"
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
        run("netns_link", **GONE)


def test_a_link_moved_by_hand_returns_without_settings() -> None:
    run("netns", name="red")
    ip("link set eth1 netns red name wan")
    assert run("netns_link", **{**WAN, "device": None}, addresses=["10.3.0.1/24"])["changed"]
    assert both("netns_link", **GONE, type="physical")["actions"] == [
        "move wan from namespace red to the host"
    ]
    assert link("wan")["addr_info"] == []


def test_the_alias_of_a_run_killed_before_the_move_is_removed() -> None:
    run("netns", name="red")
    before = take_snapshot()
    alias = run("netns_link", check=True, **WAN)["commands"][0]
    subprocess.run(["bash", "-euc", alias], check=True)
    assert both("netns_link", **GONE, type="physical", device="eth1")["actions"] == [
        "eth1: forget what was noted beside it"
    ]
    assert differences(before, take_snapshot()) == {}
    subprocess.run(["bash", "-euc", alias], check=True)
    assert (
        both("netns_link", **WAN)["actions"][0] == "move eth1 from the host to namespace red as wan"
    )


@pytest.mark.parametrize("mend", ["present", "absent", "topology"])
def test_the_next_run_repairs_a_link_whose_namespace_was_deleted(mend: str) -> None:
    before = take_snapshot()
    run("topology", **LAB)
    # The kernel returns hardware of a deleted namespace to the host: down, without addresses, with
    # its last name and its alias.
    subprocess.run(
        ["bash", "-euc", "ip -n red link set wan netns $$; ip netns del red"], check=True
    )
    if mend == "present":
        both("topology", **LAB)
        assert reaches("red", "10.3.0.9")
        run("topology", name="lab", state="absent")
    elif mend == "absent":
        done = both("netns_link", **GONE, type="physical", device="eth1")
        assert done["actions"][0] == "rename wan to eth1"
    else:
        both("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}
