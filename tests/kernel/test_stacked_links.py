# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links on a parent that is deleted or moved: an interrupted run is rolled back."""

from __future__ import annotations

import re
from typing import Any

from support.failing_host import INTERRUPT, fail_at_change
from support.links import RED_AND_BLUE, link_in_each
from support.snapshot import take_snapshot
from support.tasks import run


def _in_any_order(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Return the snapshot in an order that does not depend on when a link was added."""
    return {
        place: sorted(lines) if isinstance(lines, list) else lines
        for place, lines in snapshot.items()
    }


def _without_promiscuity(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Leave out promiscuity: a moved link loses its count, and a veth link receives all
    packets anyway.
    """
    compared = {
        place: [re.sub(r"promiscuity \d", "", line) for line in lines]
        if isinstance(lines, list)
        else lines
        for place, lines in snapshot.items()
    }
    return _in_any_order(compared)


def test_children_of_a_deleted_link_are_restored_with_it(host: None) -> None:
    trunk = {"name": "trunk", "peer": {"name": "trunk-far"}}
    lab = {
        **RED_AND_BLUE,
        "veth": [trunk],
        "netns_link": link_in_each(type="macvlan", link="trunk", mode="private"),
    }
    run("topology", **lab)
    before = _in_any_order(take_snapshot())
    steps = len(run("topology", check=True, name="lab", state="absent")["actions"])
    for number in range(steps + 6):
        message = fail_at_change(number, INTERRUPT, name="lab", state="absent")
        assert "could not be undone" not in message
        assert _in_any_order(take_snapshot()) == before, number
    assert not run("topology", **lab)["changed"]
    assert run("topology", name="lab", state="absent")["changed"]


def test_a_child_deleted_while_its_parent_moves_is_restored(host: None) -> None:
    trunk = {"name": "trunk", "netns": "red", "peer": {"name": "trunk-far"}}
    leg = {
        "name": "leg",
        "netns": "blue",
        "type": "macvlan",
        "link": "trunk",
        "link_netns": "red",
        "addresses": ["10.3.0.1/24", "fd00:3::1/64"],
    }
    lab = {**RED_AND_BLUE, "veth": [trunk], "netns_link": [leg]}
    moved = {**RED_AND_BLUE, "veth": [{**trunk, "netns": "blue"}], "purge": True}
    run("topology", **lab)
    before = _without_promiscuity(take_snapshot())
    actions = run("topology", check=True, **moved)["actions"]
    assert (
        "move trunk from namespace red to namespace blue" in actions
        and actions[-1] == "delete macvlan leg in namespace blue"
    )
    for number in range(len(actions) + 2):
        assert "could not be undone" not in fail_at_change(number, INTERRUPT, **moved)
        assert _without_promiscuity(take_snapshot()) == before, number
    assert not run("topology", **lab)["changed"] and run("topology", **moved)["changed"]


def test_a_port_of_a_bridge_that_goes_gets_a_macvlan(host: None) -> None:
    """The kernel allows none on a port, and releases the port when it deletes the bridge."""
    end = {"name": "c-b", "netns": "blue", "bridge": "br1"}
    lab: dict[str, Any] = {
        **RED_AND_BLUE,
        "linux_bridge": [{"name": "br1", "netns": "blue"}],
        "veth": [{"name": "c-a", "netns": "red", "peer": end}],
    }
    run("topology", **lab)
    child = {"name": "leg", "netns": "red", "type": "macvlan", "link": "c-b", "link_netns": "blue"}
    other = {**lab, "linux_bridge": [], "netns_link": [child], "purge": True}
    other["veth"] = [{"name": "c-a", "netns": "red", "peer": {"name": "c-b", "netns": "blue"}}]
    before = take_snapshot()
    fail_at_change(4, INTERRUPT, **other)
    assert _without_promiscuity(take_snapshot()) == _without_promiscuity(before)
    run("topology", **other)
    assert not run("topology", **other)["changed"]


def test_parameters_of_a_link_that_comes_back_late_are_restored(host: None) -> None:
    """The kernel allows no macvlan with a higher MTU than its parent has at that moment."""
    bridge = {"name": "br0", "netns": "red", "addresses": ["10.9.0.1/24"]}
    child = {"name": "leg", "netns": "red", "type": "macvlan", "link": "br0", "link_netns": "red"}
    lab: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "red"}],
        "isolate": False,
        "linux_bridge": [bridge],
        "netns_link": [{**child, "addresses": ["10.9.101.1/24"]}],
        "masquerade": [{"netns": "red", "source": "10.9.0.0/24", "translate": False}],
    }
    run("topology", **lab)
    other = {
        "name": "lab",
        "netns": [{"name": "red"}],
        "isolate": False,
        "linux_bridge": [{**bridge, "mtu": 1400}],
        "purge": True,
    }
    last = 1000  # The run is interrupted when all has been changed.
    assert "delete macvlan leg" in fail_at_change(last, INTERRUPT, **other)
    assert run("topology", check=True, **lab)["actions"] == []
