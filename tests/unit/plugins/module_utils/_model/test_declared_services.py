# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with units in namespaces, by what systemd says of them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.declared_services import (
    DeclaredService,
    find_fault,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.services import (
    ELSEWHERE,
    NOWHERE,
    UNKNOWN,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.unit_states import UnitState

SOUND = UnitState(
    "web.service", load="loaded", is_active=True, place="blue", configured="/run/netns/blue"
)
SOCKET = UnitState("redblue-netns-publish-127.0.0.1-80.socket", load="loaded", is_active=True)


def find(service: DeclaredService) -> tuple[str, str] | None:
    fault = find_fault(service)
    return None if fault is None else (fault.kind, fault.text)


@pytest.mark.parametrize(
    ("changes", "kind", "text"),
    [
        ({"load": "not-found", "configured": ""}, "service_missing", "does not exist"),
        ({"load": "masked", "configured": ""}, "service_missing", "it is masked"),
        ({"configured": "", "needs_reload": True}, "service_altered", "has not read its files"),
        ({"configured": "/run/netns/red"}, "service_altered", "=/run/netns/red"),
        ({"is_active": False, "has_failed": True, "place": NOWHERE}, "service_failed", "failed"),
        ({"has_failed": True, "lost_netns": True}, "service_failed", "not enter namespace blue"),
        ({"place": None}, "service_misplaced", "on the host, not in namespace blue"),
        ({"place": "red"}, "service_misplaced", "in namespace red, not in blue"),
        ({"place": ELSEWHERE}, "service_misplaced", "in another namespace than blue"),
        ({"sees_other_files": True}, "service_outdated", "/etc/netns/blue"),
        ({"joined": (("a.service", ""),)}, "service_altered", "JoinsNamespaceOf="),
        ({"lost_settings": ("BindReadOnlyPaths",)}, "service_altered", "take back BindReadOnly"),
    ],
)
def test_a_unit_that_is_not_in_its_namespace_has_a_fault(
    changes: dict[str, Any], kind: str, text: str
) -> None:
    found = find(DeclaredService("web.service", "blue", {}, SOUND._replace(**changes)))
    assert found is not None and found[0] == kind and text in found[1]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"is_active": False, "place": NOWHERE},
        {"place": UNKNOWN},
        {"joined": (("a.service", "/run/netns/blue"),)},
        # Other files of the unit are what systemd has not read.
        {"needs_reload": True},
        {"load": "", "place": UNKNOWN, "configured": "", "is_active": False},
    ],
)
def test_a_unit_that_is_in_its_namespace_or_does_not_run_has_none(changes: dict[str, Any]) -> None:
    service = DeclaredService("web.service", "blue", {}, SOUND._replace(**changes), (SOCKET,))
    assert find_fault(service) is None


def test_a_cause_comes_before_its_effects() -> None:
    failed = SOUND._replace(is_active=False, has_failed=True, lost_netns=True, place=NOWHERE)
    closed = (SOCKET._replace(is_active=False),)
    service = DeclaredService("web.service", "blue", {}, failed, closed, is_altered=True)
    assert find(service._replace(has_netns=False)) == (
        "service_without_netns",
        "cannot start: namespace blue does not exist",
    )
    faults = [
        find_fault(each)
        for each in (service, service._replace(is_altered=False), service._replace(state=SOUND))
    ]
    assert [fault and fault.kind for fault in faults] == [
        "service_altered", "service_failed", "service_altered",
    ]  # fmt: skip
    last = find_fault(service._replace(state=SOUND, is_altered=False))
    assert last is not None and (last.kind, last.subject) == ("service_failed", SOCKET.name)
