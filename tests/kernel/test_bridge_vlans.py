# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs of bridge ports: which port receives a frame, with which tag; errors on a kernel
without.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.failing_host import INTERRUPT, fail_at_change
from support.info import gather_info
from support.shell import output, replay
from support.snapshot import differences, take_snapshot
from support.tasks import predicted_part, run
from support.vlans import list_vlans, receive_tags, with_vlans

PLACES = ("red", "blue", "green", "trunk")


def lab(**ports: dict[str, Any]) -> dict[str, Any]:
    """Four namespaces on a bridge that filters VLANs, with these options of their ports."""
    legs = [
        {
            "name": "eth0",
            "netns": name,
            "link_local": False,
            "peer": {"name": f"{name}0", "bridge": "sw", **ports.get(name, {})},
        }
        for name in PLACES
    ]
    return {
        "name": "lab",
        "netns": [{"name": name} for name in PLACES],
        "linux_bridge": [{"name": "sw", "vlan_filtering": True}],
        "veth": legs,
    }


OFFICE = lab(
    red={"vlan": 10},
    blue={"vlan": 10},
    green={"vlan": 20},
    trunk={"vlan": 0, "vlans": ["10-12", 20]},
)


@with_vlans
def test_frames_stay_in_their_vlan_and_are_tagged_on_a_trunk(host: None) -> None:
    before = take_snapshot()
    checked, done = run("topology", check=True, **OFFICE), run("topology", **OFFICE)
    assert predicted_part(checked) == predicted_part(done)
    assert not run("topology", **OFFICE)["changed"]
    assert receive_tags(PLACES, "red", None) == {"blue": None, "trunk": 10}
    assert receive_tags(PLACES, "green", None) == {"trunk": 20}
    assert receive_tags(PLACES, "trunk", 10) == {"red": None, "blue": None}
    assert receive_tags(PLACES, "trunk", 20) == {"green": None}
    assert (
        receive_tags(PLACES, "trunk", None)
        == receive_tags(PLACES, "trunk", 30)
        == receive_tags(PLACES, "trunk", 11)
        == receive_tags(PLACES, "red", 20)
        == {}
    )
    built = take_snapshot()
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}
    replay(done["commands"])
    assert differences(built, take_snapshot()) == {}


@with_vlans
def test_given_vlans_replace_all_others_and_omitted_ones_are_kept(host: None) -> None:
    run("topology", **OFFICE)
    moved = lab(red={"vlan": 20}, trunk={"vlans": [20, 30]})
    done = run("topology", **moved)
    assert done["actions"] == [
        "set VLANs of port red0 on the host: vlan 20; vlans none",
        "set VLANs of port trunk0 on the host: vlan none; vlans 20, 30",
    ]
    assert done["commands"] == [
        "bridge vlan add dev red0 vid 20 pvid untagged",
        "bridge vlan del dev red0 vid 10",
        "bridge vlan add dev trunk0 vid 30",
        "bridge vlan del dev trunk0 vid 10-12",
    ]
    assert "VLANs of port red0 on the host: vlan 10; vlans none" in done["diff"]["before"]
    assert receive_tags(PLACES, "red", None) == {"green": None, "trunk": 20}
    assert receive_tags(PLACES, "blue", None) == {}
    assert not run("topology", **moved)["changed"]
    replay(
        [
            "bridge vlan add dev red0 vid 99 untagged",
            "bridge vlan add dev trunk0 vid 20 pvid",
            "bridge vlan del dev trunk0 vid 30",
        ]
    )
    again = run("topology", check=True, **moved), run("topology", **moved)
    assert predicted_part(again[0]) == predicted_part(again[1]) and len(again[1]["actions"]) == 2
    assert not run("topology", **moved)["changed"]
    assert receive_tags(PLACES, "trunk", None) == {} and receive_tags(PLACES, "red", None) == {
        "green": None,
        "trunk": 20,
    }


@with_vlans
def test_a_port_has_its_vlan_before_it_is_up(host: None) -> None:
    commands = run("topology", check=True, **OFFICE)["commands"]
    assert commands.index("bridge vlan del dev red0 vid 1") < commands.index(
        "ip link set dev red0 up"
    )


@with_vlans
def test_a_bridge_gives_its_default_vlan_to_new_ports(host: None) -> None:
    options = {"vlan_filtering": True, "vlan_default_pvid": 7}
    topology = lab(red={}, blue={"vlan": 7}, green={"vlans": [7]}, trunk={"vlan": 8})
    topology["linux_bridge"] = [{"name": "sw", **options}]
    run("topology", **topology)
    assert not run("topology", **topology)["changed"]
    assert receive_tags(PLACES, "red", None) == {"blue": None, "green": 7}
    assert receive_tags(PLACES, "trunk", None) == {}
    topology["linux_bridge"][0]["vlan_default_pvid"] = 8
    topology["veth"][1]["peer"].pop("vlan")
    checked, done = run("topology", check=True, **topology), run("topology", **topology)
    assert predicted_part(checked) == predicted_part(done)
    assert not run("topology", **topology)["changed"]
    assert receive_tags(PLACES, "red", None) == {"blue": None, "trunk": None}
    topology["linux_bridge"][0]["vlan_filtering"] = False
    topology["veth"] = lab()["veth"]
    run("topology", **topology)
    assert set(receive_tags(PLACES, "red", None)) == {"blue", "green", "trunk"}


@with_vlans
@pytest.mark.parametrize("number", range(0, 20, 3))
def test_an_interrupted_change_of_vlans_is_rolled_back(host: None, number: int) -> None:
    run("topology", **OFFICE)
    before = list_vlans()
    other = lab(red={"vlan": 20}, blue={"bridge": "sw2"}, trunk={"vlan": 1, "vlans": ["100-200"]})
    other["linux_bridge"].append({"name": "sw2"})
    del other["veth"][2]
    assert run("topology", check=True, purge=True, **other)["changed"]
    assert "could not be undone" not in fail_at_change(number, INTERRUPT, purge=True, **other)
    assert list_vlans() == before
    assert not run("topology", **OFFICE)["changed"]


@with_vlans
def test_the_topology_of_netns_info_changes_nothing(host: None) -> None:
    run("topology", **OFFICE)
    info = gather_info()["topology"]
    trunk = next(
        item
        for item in info["veth"]
        if item["peer"]["name"] == "trunk0" or item["name"] == "trunk0"
    )
    port = trunk if trunk["name"] == "trunk0" else trunk["peer"]
    assert port["vlan"] == 0 and port["vlans"] == ["10-12", "20"]
    assert not run("topology", **info)["changed"]


def test_vlans_of_a_bridge_without_filtering_are_refused(host: None) -> None:
    run("linux_bridge", name="sw")
    for check in (True, False):
        with pytest.raises(
            Refused,
            match=(
                "sw on the host does not filter VLANs|this kernel has no VLANs in bridges, "
                "which a needs"
            ),
        ):
            run("veth", check=check, name="a", bridge="sw", vlan=10, peer={"name": "b"})
    assert "a@b" not in output("ip", "link")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"vlan": 4095, "bridge": "sw"},
            "vlan: 4095: is not a VLAN between 1 and 4094, or 0 for none",
        ),
        ({"vlan": 5}, "vlan: 5: needs bridge"),
        ({"vlans": [5]}, r"vlans: \['5'\]: needs bridge"),
        (
            {"vlans": ["19-10"], "bridge": "sw"},
            r"vlans\[0\]: '19-10': is not a VLAN between 1 and 4094, or a range of VLANs such",
        ),
        ({"vlans": ["1-10", "x"], "bridge": "sw"}, r"vlans\[1\]: 'x': is not a VLAN between"),
        (
            {"vlans": ["1-10", 5], "bridge": "sw"},
            r"vlans\[1\]: '5': VLAN 5 is already listed at vlans\[0\]",
        ),
        (
            {"vlan": 5, "vlans": ["1-10"], "bridge": "sw"},
            r"vlans\[0\]: '1-10': contains VLAN 5, which vlan",
        ),
        ({"vlans": {"5": 1}, "bridge": "sw"}, "vlans: .*: is a dictionary, not a list"),
    ],
)
def test_invalid_vlan_ids_are_refused(host: None, options: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        run("veth", name="a", **options, peer={"name": "b"})
