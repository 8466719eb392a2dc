# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the roles: defaults, argument specifications and READMEs say the same."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
import yaml

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
