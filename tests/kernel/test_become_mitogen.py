# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mitogen runs the modules. It cannot run the become plugin, and the error says what can."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from support.playbooks import LOCALHOST, play
from support.tasks import LAB

MITOGEN = Path(os.environ.get("MITOGEN", "/nonexistent"))
SHOW: dict[str, Any] = {
    "ansible.builtin.command": {"argv": ["ip", "-brief", "link"]},
    "become": True,
    "become_method": "redblue.netns.netns",
}
INSIDE = {"ansible_netns": "red"}
TASKS: list[dict[str, Any]] = [
    {"name": "build", "redblue.netns.topology": LAB},
    {"name": "build again", "redblue.netns.topology": LAB},
    {"name": "look", "redblue.netns.netns_info": {}},
    {"name": "refused", **SHOW, "vars": INSIDE, "ignore_errors": True},
    {
        "name": "inside",
        **SHOW,
        "vars": {**INSIDE, "ansible_connection": "ansible.builtin.local"},
    },
]


def test_modules_run_with_mitogen_and_become_says_what_to_set(host: None, tmp_path: Path) -> None:
    if not MITOGEN.is_dir():
        pytest.skip("MITOGEN names no directory with Mitogen")
    strategies = MITOGEN / "ansible_mitogen/plugins/strategy"
    environment = {"PYTHONPATH": str(MITOGEN), "ANSIBLE_STRATEGY_PLUGINS": str(strategies)}
    book = {"hosts": "all", "gather_facts": False, "strategy": "mitogen_linear", "tasks": TASKS}
    results = play(tmp_path, LOCALHOST, [book], **environment)["here"]
    assert results["build"]["changed"] and not results["build again"]["changed"]
    assert set(results["look"]["links"]) == {"host", "red", "blue"}
    assert "stdout" not in results["refused"]
    assert "Set ansible_connection for this task" in results["refused"]["msg"]
    assert "veth-red" in results["inside"]["stdout"]
