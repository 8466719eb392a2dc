# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of a topology, from options to refusals, commands and differences."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._desired.topology import parse_topology
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.processes import (
    Environment,
    LabProcess,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

WEB: dict[str, Any] = {"name": "web", "netns": "red", "command": ["python3", "-m", "http.server"]}
SECRET = "a-secret-word"


def parse(*processes: dict[str, Any], **options: Any) -> list[LabProcess]:
    raw = {"name": "lab", "processes": list(processes), **options}
    desired = parse_topology(validate(raw, TOPOLOGY_SPEC))
    return [each for each in desired.present if isinstance(each, LabProcess)]


def test_the_options_of_a_process_are_parsed() -> None:
    (process,) = parse({**WEB, "environment": {"B": 1, "A": "x"}, "user": "root"})
    assert process.key == ("process", "lab", "web") and process.user is None
    assert process.environment == Environment([("A", "x"), ("B", "1")])
    assert process.restart == "no" and process.ready is None


def test_an_omitted_environment_is_left_as_it_is() -> None:
    (process,) = parse(WEB)
    assert process.environment is None


@pytest.mark.parametrize(
    ("options", "parameter", "rule"),
    [
        ({"name": "a/b"}, "name", "has only letters"),
        ({"name": "a" * 33}, "name", "at most 32"),
        ({"netns": "../red"}, "netns", "has only letters"),
        ({"command": []}, "command", "is empty"),
        ({"command": ["python3 -m http.server"]}, "command[0]", "write the command as a list"),
        ({"command": "sleep 5"}, "command[0]", "write the command as a list"),
        ({"command": ["bin/web"]}, "command[0]", "is a relative path"),
        ({"command": ["web", "a\0b"]}, "command[1]", "null character"),
        ({"user": "a b"}, "user", "is not the name of a user"),
        ({"environment": {"a b": "x"}}, "environment", "is not a name"),
        ({"environment": {"A": ["x"]}}, "environment.A", "quote the value"),
        ({"environment": {"A": True}}, "environment.A", "quote the value"),
        ({"log": "web.log"}, "log", "absolute path"),
        ({"log": "/var/log/"}, "log", "absolute path"),
        ({"ready": {}}, "ready", "port"),
        ({"ready": {"port": 0}}, "ready.port", "between 1 and 65535"),
        ({"ready": {"port": 80, "output": "x"}}, "ready", "output"),
        ({"ready": {"port": 80, "timeout": 0}}, "ready.timeout", "between 1 and 3600"),
        ({"ready": {"output": "started"}}, "ready.output", "needs log"),
        ({"restart": "sometimes"}, "restart", "is not one of"),
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, Any], parameter: str, rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse({**WEB, **options})
    assert f"processes[0].{parameter}" in str(refusal.value), refusal.value
    assert rule in str(refusal.value)


def test_a_name_is_listed_once() -> None:
    with pytest.raises(Refused, match=r"processes\[1\].name: 'web': is listed twice"):
        parse(WEB, WEB)


@pytest.mark.parametrize(
    "environment",
    [{"A": [SECRET]}, SECRET, [SECRET], {SECRET: SECRET}, {"A": f"{SECRET}\0"}],
)
def test_a_refusal_shows_no_value_of_the_environment(environment: Any) -> None:
    with pytest.raises(Refused) as refusal:
        parse({**WEB, "environment": environment})
    assert SECRET not in str(refusal.value)


def test_an_environment_is_not_copied_into_a_persistent_file() -> None:
    with pytest.raises(Refused, match="would be copied into a file") as refusal:
        parse({**WEB, "environment": {"A": SECRET}}, persist=True)
    assert SECRET not in str(refusal.value)


def test_no_text_of_a_process_has_values_of_its_environment() -> None:
    (process,) = parse({**WEB, "environment": {"A": SECRET}})
    assert SECRET not in repr(process)


def test_processes_are_counted_in_ranges() -> None:
    entry = {"count": 2, "processes": [{**WEB, "name": "web{n}", "netns": "red{n}"}]}
    raw = {"name": "lab", "range": [entry]}
    desired = parse_topology(validate(raw, TOPOLOGY_SPEC))
    found = [each for each in desired.present if isinstance(each, LabProcess)]
    assert [(each.name, each.netns) for each in found] == [("web1", "red1"), ("web2", "red2")]
