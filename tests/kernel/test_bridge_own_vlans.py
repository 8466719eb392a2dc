# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VLANs of a bridge itself: what the host sends and receives by it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.doctor import diagnose_host
from support.info import gather_info
from support.shell import output, replay
from support.snapshot import differences, take_snapshot
from support.tasks import predicted_part, run
from support.vlans import list_vlans, with_vlans


def lab_of_vlan_20(**bridge: Any) -> dict[str, Any]:
    """A host with an address in VLAN 20 of its bridge, and one in the VLAN of untagged frames."""
    return {
        "name": "lab",
        "netns": [{"name": "tagged"}, {"name": "plain"}],
        "linux_bridge": [
            {
                "name": "sw",
                "vlan_filtering": True,
                "addresses": ["10.1.0.1/24", "fd00:1::1/64"],
                **bridge,
            }
        ],
        "veth": [
            {
                "name": "eth0",
                "netns": "tagged",
                "addresses": ["10.20.0.2/24", "fd00:20::2/64"],
                "peer": {"name": "p20", "bridge": "sw", "vlan": 20},
            },
            {
                "name": "eth0",
                "netns": "plain",
                "addresses": ["10.1.0.2/24", "fd00:1::2/64"],
                "peer": {"name": "p1", "bridge": "sw"},
            },
        ],
        "netns_link": [
            {
                "name": "sw.20",
                "type": "vlan",
                "link": "sw",
                "id": 20,
                "addresses": ["10.20.0.1/24", "fd00:20::1/64"],
            }
        ],
    }


def answers(netns: str, *addresses: str) -> list[bool]:
    """Whether each address answers to a namespace."""
    return [
        subprocess.run(
            ["ip", "netns", "exec", netns, "ping", "-c1", "-w3", address],
            check=False,
            capture_output=True,
        ).returncode
        == 0
        for address in addresses
    ]


@with_vlans
def test_a_bridge_is_in_vlans_itself(host: None) -> None:
    before = take_snapshot()
    task = lab_of_vlan_20(vlans=["20", "30-31"])
    checked, done = run("topology", check=True, **task), run("topology", **task)
    assert predicted_part(checked) == predicted_part(done) and not done["warnings"]
    assert "bridge vlan add dev sw vid 20 self" in done["commands"]
    assert "set VLANs of bridge sw on the host: vlan 1; vlans 20, 30-31" in done["actions"]
    assert not run("topology", **task)["changed"]
    assert answers("tagged", "10.20.0.1", "fd00:20::1") == [True, True]
    assert answers("plain", "10.1.0.1", "fd00:1::1") == [True, True]
    (bridge,) = gather_info()["topology"]["linux_bridge"]
    assert (bridge["vlan"], bridge["vlans"]) == (1, ["20", "30-31"])
    assert not run("topology", **gather_info()["topology"])["changed"]
    built = list_vlans()
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}
    replay(done["commands"])
    assert list_vlans() == built


@with_vlans
def test_without_its_vlan_an_interface_on_a_bridge_receives_nothing(host: None) -> None:
    done = run("topology", **lab_of_vlan_20())
    (warning,) = done["warnings"]
    assert "sw.20 on the host receives nothing" in warning and "add 20 to its vlans" in warning
    assert answers("tagged", "10.20.0.1") == [False]
    findings = {finding.check: finding for finding in diagnose_host()}
    replay([findings["vlan_missing"].remedy])
    assert answers("tagged", "10.20.0.1") == [True]
    run("topology", **lab_of_vlan_20(vlans=[20]))
    assert "vlan_missing" not in {finding.check for finding in diagnose_host()}
    # The bridge's own addresses move to another VLAN.
    run("topology", **lab_of_vlan_20(vlan=5, vlans=[20]))
    assert answers("plain", "10.1.0.1") == [False]
    run("topology", **lab_of_vlan_20(vlan=1, vlans=[]))
    assert answers("plain", "10.1.0.1") == [True]
    assert answers("tagged", "10.20.0.1") == [False]


@with_vlans
def test_the_vlans_of_a_bridge_are_rolled_back(host: None) -> None:
    run("topology", **lab_of_vlan_20(vlans=["20", "30-40"]))
    before = take_snapshot()
    with pytest.raises(Failed, match="undone: set VLANs of bridge sw on the host"):
        run(
            "topology",
            **lab_of_vlan_20(vlan=7, vlans=[35]),
            probes=[{"netns": "plain", "to": "192.0.2.1"}],
        )
    assert differences(before, take_snapshot()) == {}


@with_vlans
def test_a_single_module_sets_the_vlans_of_a_bridge(host: None) -> None:
    task: dict[str, Any] = {"name": "sw", "vlan_filtering": True, "vlan": 0, "vlans": ["2-4"]}
    assert run("linux_bridge", **task)["changed"] and not run("linux_bridge", **task)["changed"]
    listed = json.loads(output("bridge", "-j", "vlan", "show", "dev", "sw"))
    numbers = {(entry["vlan"], entry.get("vlanEnd", entry["vlan"])) for entry in listed[0]["vlans"]}
    assert numbers in ({(2, 4)}, {(2, 2), (3, 3), (4, 4)})
    with pytest.raises(Refused, match="does not filter VLANs, so this would have no effect"):
        run("linux_bridge", name="plain", vlans=[5])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vlan": 4095}, "vlan: 4095: is not a VLAN between 1 and 4094, or 0 for none"),
        ({"vlans": ["20-10"]}, "or a range of VLANs such as 10-19"),
        ({"vlan": 3, "vlans": ["1-5"]}, "contains VLAN 3, which vlan declares as untagged"),
    ],
)
def test_vlans_of_a_bridge_that_are_none(options: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        run("linux_bridge", name="sw", vlan_filtering=True, **options)
