# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The projection: a step and what it alters are one act, for every kind of resource."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import Address
from ansible_collections.redblue.netns.plugins.module_utils._model.changes import Change
from ansible_collections.redblue.netns.plugins.module_utils._model.desired_state import DesiredState
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link, Veth
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import (
    Netns,
    Sysctl,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import Route
from ansible_collections.redblue.netns.plugins.module_utils._plan.host_state import KINDS
from ansible_collections.redblue.netns.plugins.module_utils._plan.kinds import (
    find_planner,
    find_removal_planner,
)
from ansible_collections.redblue.netns.plugins.module_utils._plan.link_effects import (
    move_to_netns,
    remove_link,
)
from ansible_collections.redblue.netns.plugins.module_utils._plan.phases import Phase
from ansible_collections.redblue.netns.plugins.module_utils._plan.projection import Projection
from ansible_collections.redblue.netns.plugins.module_utils._plan.request import Request
from ansible_collections.redblue.netns.tests.unit.support.hosts import BR, END, FAR, RED_LO, host
from ansible_collections.redblue.netns.tests.unit.support.kinds import NOT_IN_TASKS, RESOURCES


def project(*links: Link) -> Projection:
    return Projection(Request(DesiredState()), host(*links))


def steps(projection: Projection) -> list[tuple[Phase, Change]]:
    return projection.builder.steps


def test_every_kind_of_resource_is_kept_in_the_state_of_a_host() -> None:
    assert set(KINDS) == RESOURCES


@pytest.mark.parametrize("kind", sorted(RESOURCES - NOT_IN_TASKS, key=str))
def test_every_kind_that_a_task_can_ask_for_is_planned(kind: type) -> None:
    for function in (find_planner, find_removal_planner):
        assert function.dispatch(kind) is not function.dispatch(object)


@pytest.mark.parametrize("function", [find_planner, find_removal_planner])
def test_no_task_can_ask_for_the_other_kinds(function: Callable[[Address], object]) -> None:
    with pytest.raises(TypeError, match="Address"):
        function(Address("red", "end", "10.0.0.2/24"))


def test_a_change_is_recorded_without_the_addresses_that_the_link_keeps() -> None:
    projection = project(END, FAR)
    changed = projection.change(END, Phase.ALTER, mtu=1400)
    bare = replace(END, addresses=None)
    assert steps(projection) == [(Phase.ALTER, Change(bare, replace(bare, mtu=1400)))]
    assert changed == projection.links[END.ref] == replace(END, mtu=1400)


def test_addresses_routes_and_sysctls_follow_their_steps() -> None:
    projection = project(END, FAR)
    route = Route("red", "10.9.0.0/16", gateway="10.0.0.1")
    before, after = (
        Sysctl("red", "net/core/somaxconn", "1"),
        Sysctl("red", "net/core/somaxconn", "2"),
    )
    projection.add_addresses(END, ["10.0.1.2/24"], Phase.ADDRESS)
    projection.remove_addresses(END, ["10.0.0.2/24"], Phase.REMOVE_ADDRESS)
    projection.add(route, Phase.ROUTE)
    projection.replace(before, after, Phase.SYSCTL)
    assert projection.links[END.ref].addresses == ("10.0.1.2/24",)
    assert projection.routes["red"] == [route]
    assert projection.sysctls["red", "net/core/somaxconn"] == "2"
    assert projection.builder.changes() == [
        Change(before, after),
        Change(None, Address("red", "end", "10.0.1.2/24")),
        Change(None, route),
        Change(Address("red", "end", "10.0.0.2/24"), None),
    ]


def test_a_new_namespace_has_a_loopback_that_is_down() -> None:
    projection = project()
    projection.add(Netns("blue", "lab"), Phase.NETNS)
    assert projection.links["blue", "lo"] == Link("blue", "lo", kind="", up=False, owner="lab")
    assert "blue" in projection.unobserved_namespaces


def test_the_peer_of_a_link_that_moves_follows_it() -> None:
    projection = project(BR, RED_LO, END, FAR)
    moved = move_to_netns(projection, FAR, ("red", "near"), Phase.MOVE)
    assert projection.links[END.ref].peer == moved.ref == ("red", "near")
    assert FAR.ref not in projection.links and not moved.up and moved.bridge == ""


def test_a_veth_pair_is_removed_with_its_addresses_and_its_routes() -> None:
    projection = project(BR, RED_LO, END, FAR)
    route = Route("red", "10.9.0.0/16", device="end")
    projection.routes["red"] = [route]
    remove_link(projection, FAR)
    bare = replace(END, addresses=None)
    assert [change for _phase, change in steps(projection)] == [
        Change(route, None, implied=True),
        Change(Address("red", "end", "10.0.0.2/24"), None, implied=True),
        Change(Veth(replace(FAR, addresses=None), bare), None),
    ]
    assert END.ref not in projection.links and projection.routes["red"] == []


def test_the_current_state_stays_as_it_was_observed() -> None:
    current = host(BR, RED_LO, END, FAR)
    projection = Projection(Request(DesiredState()), current)
    remove_link(projection, END)
    projection.change(BR, Phase.ALTER, up=False)
    assert current == host(BR, RED_LO, END, FAR)
