# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the roles: defaults, argument specifications and READMEs say the same."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
import yaml
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.dnat import DNAT_ITEM
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_probe_info import (
    PROBE,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._bridge_lab.variables import BRIDGE_LAB

ROLES = pathlib.Path(__file__).parents[3] / "roles"


def read(role: str, name: str) -> Any:
    return yaml.safe_load((ROLES / role / name).read_text())


def specified(role: str) -> dict[str, dict[str, Any]]:
    specs = read(role, "meta/argument_specs.yml")["argument_specs"]
    options: dict[str, dict[str, Any]] = specs["main"]["options"]
    return options


@pytest.mark.parametrize("role", sorted(path.name for path in ROLES.iterdir()))
def test_argument_specs_equal_defaults(role: str) -> None:
    assert {name: option.get("default") for name, option in specified(role).items()} == read(
        role, "defaults/main.yml"
    )
    readme = (ROLES / role / "README.md").read_text()
    assert [name for name in specified(role) if f"`{name}`" not in readme] == []


def test_variables_of_both_roles_are_the_same() -> None:
    lab, verify = (
        read("bridge_lab", "defaults/main.yml"),
        read("bridge_lab_verify", "defaults/main.yml"),
    )
    shared = [name for name in verify if not name.startswith("bridge_lab_verify_")]
    assert {name: verify[name] for name in shared} == {name: lab[name] for name in shared}
    assert [
        name
        for name in shared
        if specified("bridge_lab")[name]["type"] != specified("bridge_lab_verify")[name]["type"]
    ] == []


def test_the_filter_knows_the_variables_of_both_roles() -> None:
    roles = ("bridge_lab", "bridge_lab_verify")
    names = {name for role in roles for name in read(role, "defaults/main.yml")}
    assert {BRIDGE_LAB.prefix + option for option in BRIDGE_LAB.options} == names


def outline(options: dict[str, Any]) -> dict[str, Any]:
    """The types, choices and inner options of options."""
    kept = ("type", "elements", "choices", "required")
    return {
        name: {
            **{key: option[key] for key in kept if key in option},
            "options": outline(option.get("options", {})),
        }
        for name, option in options.items()
    }


FORWARD = {**DNAT_ITEM.options, "namespace": {"type": "str"}, "to_port": {"type": "str"}}
PROBES = {name: option for name, option in PROBE.options.items() if name != "expect"}
# An older form of listen_at is a dictionary.
PROBES["listen"] = {"type": "raw"}


@pytest.mark.parametrize(
    ("role", "variable", "options"),
    [
        ("bridge_lab", "bridge_lab_forwards", FORWARD),
        ("bridge_lab_verify", "bridge_lab_forwards", FORWARD),
        ("bridge_lab_verify", "bridge_lab_verify_reach", PROBES),
        ("bridge_lab_verify", "bridge_lab_verify_no_reach", PROBES),
    ],
)
def test_argument_specs_reach_into_dictionaries(
    role: str, variable: str, options: dict[str, Any]
) -> None:
    assert outline(specified(role)[variable]["options"]) == outline(options)
