# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs of ports and impairments: their plan, and their netlink messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._apply.rollback import inverses
from ansible_collections.redblue.netns.plugins.module_utils._model.bridge_vlans import (
    PortVlans,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.impairments import (
    Impairment,
    with_tbf_sizes,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import BridgeOptions
from ansible_collections.redblue.netns.plugins.module_utils._render.commands import render_commands
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    BR,
    END,
    FAR,
    RED_LO,
    actions_of,
    host,
    lab,
    plan_of,
)

PAIR = {"name": "end", "netns": "red", "peer": {"name": "far"}}


def impaired() -> CurrentState:
    current = lab()
    current.impairments[("red", "end")] = with_tbf_sizes(
        Impairment("red", "end", rate=1250000), 1500
    )
    return current


def test_a_rate_alone_is_a_tbf_and_other_options_are_netem() -> None:
    assert actions_of(lab(), "veth", {**PAIR, "impairment": {"rate": "10mbit"}}) == [
        "add impairment of end in namespace red: rate 10mbit"
    ]
    assert actions_of(impaired(), "veth", {**PAIR, "impairment": {"rate": "10mbit"}}) == []
    drawn = plan_of(
        impaired(), "veth", {**PAIR, "impairment": {"rate": "10mbit", "loss": 0.5, "limit": 20}}
    )
    assert render_commands(drawn.changes, impaired(), None) == [
        "tc -n red qdisc replace dev end root handle 7262: netem loss 0.5% rate 10mbit limit 20"
    ]


def test_an_omitted_impairment_is_kept_and_an_empty_one_removed() -> None:
    assert actions_of(impaired(), "veth", PAIR) == []
    assert actions_of(impaired(), "veth", {**PAIR, "impairment": {}}) == [
        "remove impairment of end in namespace red"
    ]
    assert actions_of(impaired(), "veth", {**PAIR, "impairment": {"loss": "0%"}}) == [
        "remove impairment of end in namespace red"
    ]
    assert actions_of(lab(), "veth", {**PAIR, "impairment": {}}) == []


def test_an_impairment_is_restored_after_its_link() -> None:
    changes = plan_of(impaired(), "veth", {**PAIR, "state": "absent"}).changes
    assert changes[0].implied and isinstance(changes[0].before, Impairment)
    (back,) = inverses(changes[0], impaired())
    assert back.before is None and back.after == impaired().impairments[("red", "end")]


def test_a_foreign_discipline_is_a_conflict_unless_none_is_wanted() -> None:
    current = lab()
    current.foreign_qdiscs[("red", "end")] = "htb 1:"
    with pytest.raises(
        Conflict, match=r"did not set \(htb 1:\); to remove it: tc -n red qdisc del dev end root"
    ):
        plan_of(current, "veth", {**PAIR, "impairment": {"rate": "1mbit"}})
    assert actions_of(current, "veth", {**PAIR, "impairment": {}}) == []


def test_a_kernel_without_the_feature_is_refused() -> None:
    current = replace(lab(), missing_features=frozenset({"netem", "bridge_vlan"}))
    with pytest.raises(
        Refused,
        match=(
            "no netem, which end needs: it was built without CONFIG_NET_SCH_NETEM, or the "
            "module sch_netem is not installed"
        ),
    ):
        plan_of(current, "veth", {**PAIR, "impairment": {"delay": "1ms"}})
    with pytest.raises(
        Refused,
        match=(
            "no VLANs in bridges, which br1 needs: "
            "it was built without CONFIG_BRIDGE_VLAN_FILTERING$"
        ),
    ):
        plan_of(current, "linux_bridge", {"name": "br1", "vlan_filtering": True})


FILTERING = BridgeOptions(vlan_filtering=True, vlan_default_pvid=1)
PORT: dict[str, Any] = {"name": "end", "netns": "red", "peer": {"name": "far", "bridge": "br0"}}


def switch(vlans: PortVlans | None = None, **options: Any) -> CurrentState:
    """A lab whose bridge filters VLANs, and the VLANs of its port."""
    current = host(replace(BR, options=replace(FILTERING, **options)), RED_LO, END, FAR)
    current.vlans[(None, "far")] = (
        PortVlans(None, "far", 1, frozenset()) if vlans is None else vlans
    )
    return current


def port(**options: Any) -> dict[str, Any]:
    return {**PORT, "peer": {**PORT["peer"], **options}}


@pytest.mark.parametrize(
    ("current", "options", "commands"),
    [
        ((1, ()), {"vlan": 10}, ["add dev far vid 10 pvid untagged", "del dev far vid 1"]),
        ((1, ()), {"vlan": 1}, []),
        (
            (1, ()),
            {"vlan": 0, "vlans": ["10-12", 20]},
            ["add dev far vid 10-12", "add dev far vid 20", "del dev far vid 1"],
        ),
        ((1, ()), {"vlans": [1, 2]}, ["add dev far vid 1-2"]),
        ((10, (20, 21)), {"vlan": 20}, ["add dev far vid 20 pvid untagged", "del dev far vid 10"]),
        ((10, (20, 21)), {"vlans": [21, 22]}, ["add dev far vid 22", "del dev far vid 20"]),
        ((10, (20, 21)), {"vlans": []}, ["del dev far vid 20-21"]),
        ((10, (20,), (30,)), {"vlan": 10}, ["del dev far vid 30"]),
        ((10, (20,), (30,)), {"vlans": [20, 30]}, ["add dev far vid 30"]),
    ],
)
def test_vlans_of_a_port_are_changed(
    current: tuple[Any, ...], options: dict[str, Any], commands: list[str]
) -> None:
    vlan, *sets = current
    tagged: frozenset[int] = frozenset(sets[0])
    mixed: frozenset[int] = frozenset(*sets[1:])
    known = switch(PortVlans(None, "far", vlan, tagged, mixed))
    drawn = plan_of(known, "veth", port(**options))
    assert render_commands(drawn.changes, known, None) == [
        f"bridge vlan {command}" for command in commands
    ]


def test_a_new_default_vlan_is_applied_to_ports() -> None:
    current = switch(vlan_default_pvid=5)
    topology = {
        "name": "lab",
        "netns": [{"name": "red"}],
        "linux_bridge": [{"name": "br0", "addresses": ["10.0.0.1/24"], "vlan_default_pvid": 7}],
    }
    current.vlans[(None, "far")] = PortVlans(None, "far", 5, frozenset())
    actions = actions_of(current, "topology", {**topology, "veth": [port(vlan=7)]})
    assert actions == ["br0: set vlan_default_pvid 7"]


def test_vlans_need_a_bridge_that_filters_or_an_assumed_one() -> None:
    with pytest.raises(
        Refused,
        match=(
            "vlan: 10: bridge br0 on the host does not filter VLANs, so this would have "
            "no effect; set its vlan_filtering"
        ),
    ):
        plan_of(switch(vlan_filtering=False), "veth", port(vlan=10))
    assert "set VLANs of port new on the host: vlan 10; vlans none" in actions_of(
        host(),
        "veth",
        {"name": "x", "peer": {"name": "new", "bridge": "br9", "vlan": 10}},
        assume=True,
    )


def test_a_rollback_restores_the_vlans_of_a_removed_port() -> None:
    current = switch(PortVlans(None, "far", 10, frozenset({20})))
    changes = plan_of(current, "linux_bridge", {"name": "br0", "ports": []}).changes
    assert changes[0].implied
    (back,) = inverses(changes[0], current)
    assert (back.before, back.after) == (
        PortVlans(None, "far", 1, frozenset()),
        current.vlans[(None, "far")],
    )
