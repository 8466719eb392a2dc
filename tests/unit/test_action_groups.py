# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of an action group have options in common, and other names lead to modules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.redblue.netns.tests.unit.support.specifications import MODULES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8")
RUNTIME: Any = yaml.safe_load(TEXT)
GROUPS: dict[str, list[str]] = RUNTIME["action_groups"]


@pytest.mark.parametrize("group", GROUPS)
def test_the_common_options_of_a_group_are_documented(group: str) -> None:
    common = set.intersection(*(set(MODULES[module].options) for module in GROUPS[group]))
    comment = re.search(rf"Common options: ([\w, ]+)\.\n  {group}:", TEXT)
    assert comment and set(comment[1].split(", ")) == common


def test_every_module_that_changes_a_host_is_in_the_group_all() -> None:
    changing = {module for module, spec in MODULES.items() if "state" in spec.options}
    assert set(GROUPS["all"]) == changing
    assert all(set(members) <= changing for members in GROUPS.values())


@pytest.mark.parametrize("module", MODULES)
def test_the_documentation_of_a_module_names_its_groups(module: str) -> None:
    text = (ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8")
    groups = [group for group, members in GROUPS.items() if module in members]
    fragments = re.findall(r"_attributes\.(all|links|nat)\n", text)
    assert fragments == groups[-1:]


def test_modules_that_change_nothing_are_named_info() -> None:
    # netns_confirm lets a change stay, and has no state of its own. netns_capture writes a file on
    # the controller.
    assert {module for module, spec in MODULES.items() if "state" not in spec.options} == {
        "netns_capture",
        "netns_confirm",
        *(module for module in MODULES if module.endswith("_info")),
    }


def test_each_other_name_leads_to_a_module() -> None:
    for name, routing in RUNTIME["plugin_routing"]["modules"].items():
        target = routing.get("redirect", f"redblue.netns.{name}")
        assert target.removeprefix("redblue.netns.") in MODULES


def test_each_action_plugin_exists() -> None:
    actions = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")}
    routes = RUNTIME["plugin_routing"]["modules"].values()
    named = {route["action_plugin"] for route in routes if "action_plugin" in route}
    assert {name.removeprefix("redblue.netns.") for name in named} <= actions
    assert actions <= MODULES.keys()
