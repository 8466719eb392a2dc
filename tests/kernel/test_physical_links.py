# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Physical links moved into a namespace and back; the end of a foreign veth pair stands for
hardware.
"""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict

from support.failing_host import INTERRUPT, fail_at_change
from support.info import gather_info
from support.physical import PHYSICAL_LAB, WAN, WAN_ABSENT, show_link
from support.pings import reaches
from support.shell import ip, sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

pytestmark = pytest.mark.usefixtures("uplinks")


def test_a_link_is_moved_and_returned_with_all_its_settings() -> None:
    run("netns", name="red")
    before = take_snapshot()
    run_as_predicted(
        "netns_link",
        **WAN,
        addresses=["10.3.0.1/24"],
        mtu=1400,
        mac="02:00:00:00:00:77",
        txqueuelen=5,
        promisc=True,
    )
    assert reaches("red", "10.3.0.9")
    current = show_link("wan", "red")
    assert (current["mtu"], current["address"], current["txqlen"]) == (1400, "02:00:00:00:00:77", 5)
    assert (
        run_as_predicted("netns_link", **WAN_ABSENT)["actions"][0]
        == "move wan from namespace red to the host as eth1"
    )
    assert differences(before, take_snapshot()) == {}


def test_the_returned_commands_move_a_link_and_return_it() -> None:
    run("netns", name="red")
    on_host = take_snapshot()
    moved = run("netns_link", **WAN, addresses=["10.3.0.1/24"], mtu=1400)
    in_namespace = take_snapshot()
    returned = run("netns_link", **WAN_ABSENT)
    for commands, wanted in ((moved["commands"], in_namespace), (returned["commands"], on_host)):
        subprocess.run(["bash", "-eu"], input="\n".join(commands), text=True, check=True)
        assert differences(wanted, take_snapshot()) == {}


def test_a_topology_takes_a_link_and_returns_it_on_removal() -> None:
    before = take_snapshot()
    run_as_predicted("topology", **PHYSICAL_LAB)
    assert reaches("red", "10.3.0.9")
    ip("link set wan mtu 1300\naddr flush dev wan", "-n", "red")
    assert run("topology", **PHYSICAL_LAB)["actions"] == [
        "add address 10.3.0.1/24 of wan in namespace red"
    ]
    run_as_predicted("topology", **{**PHYSICAL_LAB, "netns_link": []}, purge=True)
    assert show_link("eth1")["mtu"] == 1450
    run_as_predicted("topology", **PHYSICAL_LAB)
    assert (
        "move wan from namespace red to the host as eth1"
        in run_as_predicted("topology", name="lab", state="absent")["actions"]
    )
    assert differences(before, take_snapshot()) == {}


def test_the_topology_of_netns_info_changes_nothing() -> None:
    ip("link set lo up", "-n", "lan")
    before = take_snapshot()
    run("topology", **PHYSICAL_LAB)
    info = gather_info()["topology"]
    assert [item["device"] for item in info["netns_link"] if item["type"] == "physical"] == ["eth1"]
    assert run("topology", **info)["actions"] == []
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_a_link_with_many_addresses_is_returned_with_all_of_them() -> None:
    addresses = [f"2001:db8:1234:5678:9abc:def0:1234:{number:x}/64" for number in range(1, 40)]
    ip("\n".join(f"addr add {address} dev eth1 nodad" for address in addresses))
    run("netns", name="red")
    before = take_snapshot()
    run_as_predicted("netns_link", **WAN)
    assert show_link("wan", "red")["ifalias"] == "redblue.netns was eth1"
    run_as_predicted("netns_link", **WAN_ABSENT)
    assert differences(before, take_snapshot()) == {}


def test_a_link_is_returned_before_its_namespace_is_removed() -> None:
    before = take_snapshot()
    run("netns", name="red")
    run("netns_link", **WAN, addresses=["10.3.0.1/24"])
    run_as_predicted("netns", name="red", state="absent")
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("with_netns", [True, False], ids=["with its namespace", "alone"])
def test_a_link_is_returned_beside_nat_by_all_interfaces(with_netns: bool) -> None:
    before = take_snapshot()
    nat: Raw = {
        "name": "lab",
        "purge": True,
        "linux_bridge": [{"name": "br0", "addresses": ["10.4.0.1/24"]}],
        "masquerade": [{"source": "10.4.0.0/24"}],
    }
    netns: Raw = {} if with_netns else {"netns": PHYSICAL_LAB["netns"]}
    run("topology", **{**PHYSICAL_LAB, **nat})
    run_as_predicted("topology", **nat, **netns)
    assert sh("cat /proc/sys/net/ipv4/conf/eth1/forwarding").strip() == "2"
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_a_link_is_moved_to_another_namespace() -> None:
    before = take_snapshot()
    run("topology", **PHYSICAL_LAB)
    blue = {
        **PHYSICAL_LAB,
        "netns": [{"name": "blue"}],
        "netns_link": [{**WAN, "netns": "blue", "name": "up0", "addresses": ["10.3.0.2/24"]}],
    }
    run_as_predicted("topology", **blue, purge=True)
    assert reaches("blue", "10.3.0.9") and show_link("up0", "blue")["ifname"] == "up0"
    run_as_predicted(
        "topology", **{**PHYSICAL_LAB, "netns": [*PHYSICAL_LAB["netns"], *blue["netns"]]}
    )
    assert reaches("red", "10.3.0.9")
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_a_single_task_moves_a_link_but_not_one_of_a_topology() -> None:
    before = take_snapshot()
    run("netns", name="red")
    run("netns", name="blue")
    run("netns_link", **WAN, addresses=["10.3.0.1/24"])
    run_as_predicted("netns_link", **{**WAN, "netns": "blue"}, addresses=["10.3.0.2/24"])
    assert reaches("blue", "10.3.0.9")
    run("netns_link", name="wan", netns="blue", state="absent")
    run("topology", **PHYSICAL_LAB)
    for check in (True, False):
        with pytest.raises(
            Conflict,
            match=(
                "device: 'eth1': is interface wan in namespace red now, of topology lab; return "
                "it to the host first"
            ),
        ):
            run("netns_link", check=check, **{**WAN, "netns": "blue"})
        with pytest.raises(Conflict, match="of topology lab; return it to the host first"):
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
        **PHYSICAL_LAB,
        "netns_link": [{**WAN, "addresses": addresses, "mtu": 1400}],
        "netns_route": routes,
    }
    run("topology", **lab)
    built = take_snapshot()
    renamed = {**lab, "netns_link": [{**lab["netns_link"][0], "name": "wan2"}]}
    for number in range(6):
        assert "could not be undone" not in fail_at_change(number, INTERRUPT, **renamed)
        assert differences(built, take_snapshot()) == {}, number
    done = run_as_predicted("topology", **renamed)
    assert "add address 10.3.0.1/24 of wan2 in namespace red" not in done["actions"] and reaches(
        "red", "10.3.0.9"
    )
    run_as_predicted("topology", **{**lab, "netns_link": [{**WAN, "up": False}], "netns_route": []})
    run_as_predicted(
        "topology",
        **{**PHYSICAL_LAB, "netns_link": [{**WAN, "name": "up0", "addresses": addresses[:1]}]},
    )
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_a_moved_link_can_be_a_bridge_port() -> None:
    before = take_snapshot()
    ports = {
        "linux_bridge": [{"name": "br0", "netns": "red", "addresses": ["10.3.0.1/24"]}],
        "netns_link": [{**WAN, "bridge": "br0"}],
    }
    run_as_predicted("topology", **{**PHYSICAL_LAB, **ports})
    assert reaches("red", "10.3.0.9")
    run_as_predicted(
        "topology",
        **{**PHYSICAL_LAB, **ports, "netns_link": [{**WAN, "name": "wan2", "bridge": "br0"}]},
    )
    assert reaches("red", "10.3.0.9")
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("first", [{**PHYSICAL_LAB, "netns_link": []}, PHYSICAL_LAB])
def test_a_failure_at_any_change_restores_the_link(first: dict[str, Any]) -> None:
    second = (
        {"name": "lab", "state": "absent"}
        if first is PHYSICAL_LAB
        else {**PHYSICAL_LAB, "netns_link": [{**WAN, "addresses": ["10.3.0.1/24"], "mtu": 1400}]}
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
    done = run_as_predicted("netns_link", **WAN)
    assert done["warnings"] == [
        "routes through eth1 are removed with it, until it returns to the host: 10.77.0.0/16 via "
        "192.0.2.9 dev eth1"
    ]
    assert "route 10.77.0.0/16 via 192.0.2.9 dev eth1 on the host" in done["diff"]["before"]


def test_a_link_moved_by_hand_returns_without_settings() -> None:
    run("netns", name="red")
    ip("link set eth1 netns red name wan")
    assert run("netns_link", **{**WAN, "device": None}, addresses=["10.3.0.1/24"])["changed"]
    assert run_as_predicted("netns_link", **WAN_ABSENT, type="physical")["actions"] == [
        "move wan from namespace red to the host"
    ]
    assert show_link("wan")["addr_info"] == []


@pytest.mark.parametrize("next_task", ["present", "absent", "topology"])
def test_the_next_run_repairs_a_link_whose_namespace_was_deleted(next_task: str) -> None:
    before = take_snapshot()
    run("topology", **PHYSICAL_LAB)
    # The kernel returns hardware of a deleted namespace to the host: down, without addresses, with
    # its last name and its alias.
    subprocess.run(
        ["bash", "-euc", "ip -n red link set wan netns $$; ip netns del red"], check=True
    )
    if next_task == "present":
        run_as_predicted("topology", **PHYSICAL_LAB)
        assert reaches("red", "10.3.0.9")
        run("topology", name="lab", state="absent")
    elif next_task == "absent":
        done = run_as_predicted("netns_link", **WAN_ABSENT, type="physical", device="eth1")
        assert done["actions"][0] == "rename wan to eth1"
    else:
        run_as_predicted("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}
