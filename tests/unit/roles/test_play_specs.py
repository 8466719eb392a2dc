# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The specifications of the playbooks' variables: complete, and true to the playbooks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.redblue.netns.plugins.plugin_utils._drift.formats import FORMATS

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
NAMES = ("lab", "verify", "teardown", "doctor", "diagram", "drift")
_OF_DRIFT = "checked checks command compared comparisons json listed lists results".split()
OWN = {
    "lab_targets",
    "verify_results",
    "doctor_limit",
    "doctor_seen",
    "doctor_results",
    "doctor_fleet",
    *(f"diagram_{name}" for name in "endings chosen path seen fleet files written".split()),
    *(f"drift_{name}" for name in _OF_DRIFT),
}
"""What the playbooks set themselves."""


def read_options(name: str) -> dict[str, Any]:
    content = yaml.safe_load((PLAYBOOKS / f"{name}.meta.yml").read_text(encoding="utf-8"))
    options: dict[str, Any] = content["argument_specs"][name]["options"]
    return options


@pytest.mark.parametrize("name", NAMES)
def test_each_variable_of_a_playbook_is_specified(name: str) -> None:
    text = (PLAYBOOKS / f"{name}.yml").read_text(encoding="utf-8")
    used = set(re.findall(rf"\b{name}_[a-z_]+", text)) - OWN
    assert used | {"lab_hosts"} == read_options(name).keys()


def test_the_formats_are_those_with_an_ending() -> None:
    (play,) = yaml.safe_load((PLAYBOOKS / "diagram.yml").read_text(encoding="utf-8"))
    assert read_options("diagram")["diagram_formats"]["choices"] == [
        *play["vars"]["diagram_endings"]
    ]


def test_the_formats_of_drift_are_those_of_its_filter() -> None:
    assert read_options("drift")["drift_format"]["choices"] == [*FORMATS]
