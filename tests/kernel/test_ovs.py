# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab of the guides on a bridge of Open vSwitch, by packets, and what its runs leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.info import gather_info
from support.ovs import OVS_LAB, built_differences, dump, vsctl
from support.patience import await_equal
from support.pings import reaches
from support.playbooks import LOCALHOST, play
from support.shell import ip, output, replay
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, predicted_part, run, run_as_predicted

pytestmark = pytest.mark.usefixtures("vswitch")


PACKETS = [
    ("red", "192.168.15.2"),
    ("red", "fd00:15::2"),
    ("blue", "192.168.15.1"),
    ("red", "192.168.15.5"),
    ("blue", "fd00:15::5"),
    (None, "192.168.15.1"),
    (None, "fd00:15::2"),
]


def lost_packets() -> list[tuple[str | None, str]]:
    return [each for each in PACKETS if not reaches(*each)]


def test_red_and_blue_reach_each_other_and_the_host() -> None:
    run_as_predicted("topology", **OVS_LAB)
    assert lost_packets() == []


def test_check_mode_writes_nothing_into_the_database() -> None:
    rows, before = dump(), take_snapshot()
    assert run("topology", check=True, **OVS_LAB)["changed"]
    assert dump() == rows and differences(before, take_snapshot()) == {}


def test_the_lab_is_removed_without_a_trace() -> None:
    rows, before = dump(), take_snapshot()
    run("topology", **OVS_LAB)
    run_as_predicted("topology", **LAB_ABSENT)
    assert dump() == rows and differences(before, take_snapshot()) == {}


def test_the_commands_build_the_same_lab_and_remove_it() -> None:
    run("topology", **OVS_LAB)
    rows, built = dump(), take_snapshot()
    removal = run("topology", check=True, **LAB_ABSENT)["commands"]
    run("topology", **LAB_ABSENT)
    empty = take_snapshot()
    replay(run("topology", check=True, **OVS_LAB)["commands"])
    assert dump() == rows and built_differences(built) == {}
    replay(removal)
    nothing: dict[str, list[str]] = {}
    assert await_equal(lambda: differences(empty, take_snapshot()), nothing) == {}
    assert dump() == []


UNREACHABLE: dict[str, Any] = {
    "probes": [{"netns": "red", "to": "192.168.15.2", "expect": "unreachable"}]
}


def test_a_failed_run_leaves_nothing() -> None:
    rows, before = dump(), take_snapshot()
    with pytest.raises(Failed, match="undone: .*create Open vSwitch bridge v-net-0"):
        run("topology", **OVS_LAB, **UNREACHABLE)
    assert dump() == rows and differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("mtu", [None, 1450])
def test_a_failed_run_gives_back_the_mtu_of_a_bridge(mtu: int | None) -> None:
    (bridge,) = OVS_LAB["ovs_bridge"]
    run("topology", **{**OVS_LAB, "ovs_bridge": [{**bridge, "mtu": mtu}]})
    rows, before = dump(), take_snapshot()
    smaller = {**OVS_LAB, "ovs_bridge": [{**bridge, "mtu": 1400}]}
    with pytest.raises(Failed, match="undone: set mtu 1400 of Open vSwitch"):
        run("topology", **smaller, **UNREACHABLE)
    assert f"mtu {mtu or 1500} " in output("ip", "link", "show", "v-net-0")
    assert dump() == rows and built_differences(before) == {}
    run_as_predicted("topology", **smaller)
    assert "mtu 1400 " in output("ip", "link", "show", "v-net-0")
    assert not run("topology", **smaller)["changed"]


def test_a_failed_run_gives_back_a_bridge_that_it_had_removed() -> None:
    run("topology", **OVS_LAB)
    vsctl("set", "Bridge", "v-net-0", "other_config:mac-aging-time=77", "external_ids:who=they")
    run("topology", **OVS_LAB)
    rows, before = dump(), take_snapshot()
    other: dict[str, Any] = {
        **OVS_LAB,
        "ovs_bridge": [],
        "veth": [{**each, "peer": {"name": each["peer"]["name"]}} for each in OVS_LAB["veth"]],
        "netns_route": [],
        "masquerade": [],
        "dnat": [],
        "purge": True,
        "probes": [{"netns": "red", "to": "192.168.15.2"}],
    }
    with pytest.raises(Failed, match="undone: .*delete Open vSwitch bridge v-net-0"):
        run("topology", **other)
    assert dump() == rows and built_differences(before) == {} and lost_packets() == []


def test_a_port_that_goes_with_its_namespace_leaves_the_bridge() -> None:
    run("topology", **OVS_LAB)
    less = {name: value for name, value in OVS_LAB.items() if name != "dnat"}
    less["netns"], less["veth"] = less["netns"][:1], less["veth"][:1]
    less["netns_route"] = [each for each in less["netns_route"] if each["netns"] == "red"]
    run_as_predicted("topology", **less, purge=True)
    assert vsctl("list-ports", "v-net-0").split() == ["veth-red-br"]


def test_an_interface_that_was_deleted_by_hand_is_switched_again() -> None:
    run("topology", **OVS_LAB)
    ip("link del veth-red-br")
    run_as_predicted("topology", **OVS_LAB)
    assert lost_packets() == []
    ip("netns del blue")
    run("topology", **OVS_LAB)
    assert lost_packets() == [] and not run("topology", **OVS_LAB)["changed"]


def test_a_lab_moves_from_a_linux_bridge_to_open_vswitch_and_back() -> None:
    other = {**LAB, "linux_bridge": [{**LAB["linux_bridge"][0], "name": "v-net-1"}]}
    other["veth"] = [
        {**each, "peer": {**each["peer"], "bridge": "v-net-1"}} for each in LAB["veth"]
    ]
    run("topology", **other)
    run("topology", **OVS_LAB, purge=True)
    assert lost_packets() == [] and not run("topology", **OVS_LAB, purge=True)["changed"]
    run("topology", **other, purge=True)
    assert lost_packets() == [] and vsctl("list-br") == ""


def test_a_bridge_of_others_is_used_as_it_is() -> None:
    vsctl("add-br", "theirs", "--", "set", "Bridge", "theirs", "datapath_type=netdev")
    vsctl("add-port", "theirs", "nobody", "--", "set", "Interface", "nobody", "type=internal")
    rows, before = dump(), take_snapshot()
    veth = {"name": "one", "bridge": "theirs", "peer": {"name": "two"}}
    lab = {"name": "lab", "veth": [veth]}
    run_as_predicted("topology", **lab)
    assert vsctl("list-ports", "theirs").split() == ["nobody", "one"]
    run_as_predicted("topology", **LAB_ABSENT)
    assert dump() == rows and differences(before, take_snapshot()) == {}
    for options in ({"fail_mode": "secure"}, {"addresses": ["192.0.2.1/24"]}, {"up": True}):
        with pytest.raises(Refused, match="did not make the bridge theirs"):
            run("ovs_bridge", name="theirs", **options)
    with pytest.raises(Refused, match="remove it yourself"):
        run("ovs_bridge", name="theirs", state="absent")
    assert not run("ovs_bridge", name="theirs", up=False)["changed"]
    assert dump() == rows


def test_a_bridge_with_ports_of_others_stays_unless_forced() -> None:
    run("topology", **OVS_LAB)
    vsctl("add-port", "v-net-0", "theirs", "--", "set", "Interface", "theirs", "type=internal")
    rows = dump()
    assert not run("topology", **OVS_LAB, purge=True)["changed"]
    with pytest.raises(Refused, match="has ports that this collection did not make.*: theirs"):
        run("topology", **LAB_ABSENT)
    assert dump() == rows and lost_packets() == []
    assert run("topology", **LAB_ABSENT, force=True)["changed"] and vsctl("list-br") == ""


def test_two_topologies_share_a_bridge() -> None:
    run("topology", **OVS_LAB)
    rows = dump()
    other = {"name": "other", "veth": [{"name": "a", "bridge": "v-net-0", "peer": {"name": "b"}}]}
    run_as_predicted("topology", **other)
    assert not run("topology", **OVS_LAB, purge=True)["changed"]
    run("topology", name="other", state="absent")
    assert dump() == rows


def test_a_link_that_exists_becomes_a_port_and_keeps_its_addresses() -> None:
    ip("link add name one type veth peer name two\naddr add 192.0.2.1/24 dev one")
    run("ovs_bridge", name="v-net-0", datapath_type="netdev")
    with pytest.raises(Refused, match="carries 192.0.2.1/24, and would lose them as a port"):
        run("netns_link", name="one", bridge="v-net-0")
    ip("addr flush dev one")
    assert run("netns_link", name="one", bridge="v-net-0", vlan=7)["changed"]
    assert vsctl("get", "Port", "one", "tag") == "7"


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ({"isolated": True}, "isolated: True: is an option of Linux bridges"),
        ({"spoofchk": True}, "spoofchk: True: needs a Linux bridge"),
    ],
)
def test_what_only_a_linux_bridge_can_do_is_refused(end: dict[str, Any], message: str) -> None:
    run("ovs_bridge", name="v-net-0", datapath_type="netdev")
    rows = dump()
    with pytest.raises(Refused, match=message):
        run("veth", name="one", bridge="v-net-0", peer={"name": "two"}, **end)
    assert dump() == rows


def test_an_interface_of_another_type_is_in_the_way() -> None:
    ip("link add name v-net-0 type veth peer name two")
    with pytest.raises(Refused, match="the host has an end of a veth pair of this name"):
        run("ovs_bridge", name="v-net-0", datapath_type="netdev")
    assert predicted_part(run("ovs_bridge", name="v-net-0", state="absent"))["changed"] is False


def test_what_netns_info_returns_changes_nothing() -> None:
    vsctl("add-br", "theirs", "--", "set", "Bridge", "theirs", "datapath_type=netdev")
    run("topology", **OVS_LAB)
    topology = gather_info()["topology"]
    assert [each["name"] for each in topology["ovs_bridge"]] == ["theirs", "v-net-0"]
    assert not run("topology", **topology)["changed"]
    assert not run("topology", **topology, purge=True)["changed"]


def test_the_role_builds_and_verifies_a_lab_on_open_vswitch(tmp_path: Path) -> None:
    roles = [{"role": f"redblue.netns.{name}"} for name in ("bridge_lab", "bridge_lab_verify")]
    variables = {
        "bridge_lab_network": "192.168.15.0/24,fd00:15::/64",
        "bridge_lab_switch": "ovs",
        "bridge_lab_switch_options": {"datapath_type": "netdev"},
    }
    common = {"hosts": "all", "gather_facts": False, "vars": variables}
    results = play(tmp_path, LOCALHOST, [{**common, "roles": roles}])["here"]
    failed = {name for name, result in results.items() if result["ended"] != "ok"}
    assert failed <= {name for name in failed if results[name]["ended"] == "skipped"}
    assert vsctl("list-br") == "v-net-0"
    absent = {**common, "roles": roles[:1], "vars": {**variables, "bridge_lab_state": "absent"}}
    play(tmp_path, LOCALHOST, [absent])
    assert vsctl("list-br") == ""
