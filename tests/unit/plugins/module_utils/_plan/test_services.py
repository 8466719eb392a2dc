# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When units in namespaces are restarted, and when they are refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import Netns
from ansible_collections.redblue.netns.plugins.module_utils._model.service_units import (
    compose_drop_in,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.services import (
    ELSEWHERE,
    NOWHERE,
    UNKNOWN,
    Service,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.unit_states import UnitState
from ansible_collections.redblue.netns.plugins.module_utils._plan.plan import Plan, plan
from ansible_collections.redblue.netns.plugins.module_utils._render.actions import describe_change
from ansible_collections.redblue.netns.tests.unit.support.hosts import desired_state_of, host

WEB = "web.service"
LAB_UNIT = "redblue-netns@lab.service"
CONFIGURED = "/run/netns/blue"
RESTART = f"restart {WEB} in namespace blue"


def state(**changes: Any) -> UnitState:
    """A service that runs in its namespace."""
    known: dict[str, Any] = {"load": "loaded", "is_active": True, "place": "blue"}
    return UnitState(WEB, **{"configured": CONFIGURED, **known, **changes})


def machine(unit: UnitState, has_drop_in: bool = True, lab: str | None = None) -> CurrentState:
    """A host with the namespace and the unit, and with its drop-in or without it."""
    current = host(units={WEB: unit})
    current.namespaces["blue"] = Netns("blue", lab or "")
    if lab is not None:
        current.persistent_labs = frozenset({lab})
    if has_drop_in:
        file = compose_drop_in(Service(WEB, "blue"), lab)
        current.files[file.path] = file
    return current


def plan_task(current: CurrentState, assume: bool = False, **options: Any) -> Plan:
    raw = {"name": WEB, "restart": True, **options}
    if raw.get("state") != "absent":
        raw.setdefault("netns", "blue")
    return plan(desired_state_of("netns_service", raw), current, assume)


def actions_of(planned: Plan) -> list[str]:
    return [describe_change(change) for change in planned.changes]


IN_PLACE = [
    state(),
    state(place=UNKNOWN),
    state(is_active=False, place=NOWHERE),
    state(is_active=False, place=NOWHERE, configured=CONFIGURED, is_enabled=True),
    UnitState(WEB),
]


@pytest.mark.parametrize("unit", IN_PLACE)
def test_a_unit_that_is_in_place_or_does_not_run_is_left_alone(unit: UnitState) -> None:
    planned = plan_task(machine(unit))
    assert actions_of(planned) == [] and planned.warnings == ()


OUT_OF_PLACE = [
    state(place=None),
    state(place=ELSEWHERE),
    state(sees_other_files=True),
    state(is_active=False, place=NOWHERE, lost_netns=True),
]


@pytest.mark.parametrize("unit", OUT_OF_PLACE)
def test_a_unit_that_is_out_of_place_is_restarted_if_the_task_permits_it(unit: UnitState) -> None:
    verb = "start" if unit.place == NOWHERE else "restart"
    assert actions_of(plan_task(machine(unit))) == [f"{verb} {WEB} in namespace blue"]
    planned = plan_task(machine(unit), restart=False)
    assert actions_of(planned) == []
    assert any("has to be restarted" in text for text in planned.warnings)


def test_a_unit_is_restarted_after_its_drop_in_is_written() -> None:
    planned = plan_task(machine(state(place=None, configured=""), has_drop_in=False))
    assert [action.split()[0] for action in actions_of(planned)] == ["write", "restart"]


def test_a_unit_returns_to_the_host() -> None:
    planned = plan_task(machine(state()), state="absent")
    assert actions_of(planned)[1:] == [f"restart {WEB} on the host"]
    # An earlier task took the drop-in away without a restart.
    left = state(configured="", place=ELSEWHERE)
    planned = plan_task(machine(left, has_drop_in=False), state="absent")
    assert actions_of(planned) == [f"restart {WEB} on the host"]
    # A namespace of its own is none of ours.
    for own in ({"has_private_network": True, "configured": ""}, {"configured": "/run/netns/red"}):
        unit = state(**{"place": ELSEWHERE, **own})
        assert actions_of(plan_task(machine(unit, has_drop_in=False), state="absent")) == []


REFUSED = [
    (state(load="masked"), "it is masked"),
    (state(load="bad-setting"), "it is bad-setting"),
    (state()._replace(name="httpd.service"), "is an alias; write httpd.service"),
    (state(load="not-found"), "there is no such unit"),
    (state(configured="/run/netns/red"), "another file of web.service sets NetworkNamespacePath="),
    (state(configured=""), "another file of web.service sets NetworkNamespacePath="),
]


@pytest.mark.parametrize(("unit", "rule"), REFUSED)
def test_what_systemd_would_not_do_is_refused(unit: UnitState, rule: str) -> None:
    with pytest.raises(Refused, match=rule):
        plan_task(machine(unit))


def test_check_mode_assumes_a_unit_that_is_missing() -> None:
    planned = plan_task(machine(state(load="not-found", is_active=False)), assume=True)
    assert planned.notes == (f"assume unit {WEB}, which does not exist yet",)


def test_a_file_that_systemd_has_not_read_is_written_again() -> None:
    planned = plan_task(machine(state(configured="", needs_reload=True, place=None)))
    assert [action.split()[0] for action in actions_of(planned)] == ["replace", "restart"]


LEFT_UNREAD = [
    {"state": "absent", "place": "blue"},
    {"state": "absent", "place": NOWHERE, "is_active": False},
]


@pytest.mark.parametrize("unread", LEFT_UNREAD)
def test_a_drop_in_that_systemd_has_read_and_that_is_gone_is_forgotten(
    unread: dict[str, Any],
) -> None:
    wanted = unread.pop("state")
    unit = state(has_loaded=True, needs_reload=True, **unread)
    actions = actions_of(plan_task(machine(unit, has_drop_in=False), state=wanted))
    assert actions[0].startswith("remove /etc/systemd/system/web.service.d/")
    assert actions[1:] == ([f"restart {WEB} on the host"] if unit.is_active else [])


def test_other_files_that_systemd_has_not_read_are_read() -> None:
    """After a run that was killed: dependencies on a topology, and published ports."""
    unread = state(needs_reload=True)
    assert actions_of(plan_task(machine(unread))) == []
    for unit, lab in ((unread, "lab"), (unread._replace(bound_to_lab=LAB_UNIT), None)):
        (action,) = actions_of(plan_task(machine(unit, lab=lab)))
        assert action.startswith("replace /etc/systemd/system/web.service.d/")
    bound = machine(state(bound_to_lab=LAB_UNIT), lab="lab")
    assert actions_of(plan_task(bound)) == []
    bound.units[LAB_UNIT] = UnitState(LAB_UNIT, load="loaded", is_active=True, needs_reload=True)
    assert len(actions_of(plan_task(bound))) == 1


def test_a_restart_needs_the_unit_of_the_topology() -> None:
    current = machine(state(place=ELSEWHERE), lab="lab")
    current.units[LAB_UNIT] = UnitState(LAB_UNIT, load="loaded", is_active=False)
    with pytest.raises(Refused, match=f"{LAB_UNIT}, without which .* is not active"):
        plan_task(current)
    current.units[LAB_UNIT] = UnitState(LAB_UNIT, load="loaded", is_active=True)
    assert actions_of(plan_task(current)) == [RESTART]


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        (state(joined=(("a.service", CONFIGURED), ("b.service", ""))), "namespaces with b.service"),
        (state(lost_settings=("TemporaryFileSystem",)), "takes back TemporaryFileSystem of"),
        (state(sees_other_files=True, covered=("/etc/hosts",)), "in the place of /etc/hosts"),
    ],
)
def test_what_other_files_of_a_unit_set_against_it_is_refused(
    unit: UnitState, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        plan_task(machine(unit))


def test_what_other_files_set_does_not_matter_where_it_does_no_harm() -> None:
    unit = state(joined=(("a.service", CONFIGURED),), covered=("/etc/hosts",))
    assert actions_of(plan_task(machine(unit))) == []


@pytest.mark.parametrize("wanted", ["present", "absent"])
def test_an_alias_is_refused(wanted: str) -> None:
    unit = state()._replace(name="httpd.service")
    with pytest.raises(Refused, match=r"is an alias; write httpd\.service"):
        plan_task(machine(unit), state=wanted)
