# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the files by which network managers leave links alone."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._desired.topology import parse_topology
from ansible_collections.redblue.netns.plugins.module_utils._kinds.all import ALL_KINDS
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict
from ansible_collections.redblue.netns.plugins.module_utils._model.kinds import carry
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link
from ansible_collections.redblue.netns.plugins.module_utils._model.network_managers import (
    DIRECTORIES,
    NETWORK_MANAGER,
    NETWORKD,
    path_of,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import HostFile
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.plugins.module_utils._plan.plan import plan

carry(*ALL_KINDS)
BOTH = frozenset(DIRECTORIES)
LAB: dict[str, Any] = {
    "name": "lab",
    "linux_bridge": [{"name": "br0"}],
    "veth": [{"name": "a", "netns": "red", "peer": {"name": "to-red", "bridge": "br0"}}],
    "netns": [{"name": "red"}],
    "netns_link": [{"name": "eth1", "type": "physical"}],
}


def plan_files(current: CurrentState, **options: Any) -> tuple[dict[str, str], list[str]]:
    """The contents of the files that a plan writes for network managers, and those it removes."""
    desired = parse_topology(validate({**LAB, "persist": True, **options}, TOPOLOGY_SPEC))
    current.links[None, "eth1"] = Link(None, "eth1", kind="")
    written, removed = dict[str, str](), list[str]()
    for change in plan(desired, current).changes:
        file = change.resource
        if isinstance(file, HostFile) and file.path in {path_of(name, "lab") for name in BOTH}:
            if change.after is None:
                removed.append(file.path)
            else:
                written[file.path] = file.content.decode()
    return written, removed


def test_the_links_of_the_host_that_are_created_are_named() -> None:
    written, _removed = plan_files(CurrentState(network_managers=BOTH))
    assert "[Match]\nName=br0 to-red\n" in written[path_of(NETWORKD, "lab")]
    line = "unmanaged-devices+=interface-name:br0;interface-name:to-red\n"
    assert line in written[path_of(NETWORK_MANAGER, "lab")]


def test_only_network_managers_that_are_installed_have_a_file() -> None:
    assert plan_files(CurrentState())[0] == {}
    written, _removed = plan_files(CurrentState(network_managers=frozenset({NETWORKD})))
    assert list(written) == [path_of(NETWORKD, "lab")]


@pytest.mark.parametrize(
    "options", [{"persist": False}, {"state": "absent"}, {"veth": [], "linux_bridge": []}]
)
def test_a_file_that_is_not_needed_is_removed(options: dict[str, Any]) -> None:
    path = path_of(NETWORKD, "lab")
    current = CurrentState(network_managers=BOTH, files={path: HostFile(path, b"x")})
    assert plan_files(current, **options) == ({}, [path])


def test_a_file_of_others_is_refused_and_never_removed() -> None:
    path = path_of(NETWORKD, "lab")
    theirs = {path: HostFile(path, b"x", is_ours=False)}
    with pytest.raises(Conflict, match="was not written by this collection"):
        plan_files(CurrentState(network_managers=BOTH, files=theirs))
    assert plan_files(CurrentState(files=theirs), state="absent") == ({}, [])
