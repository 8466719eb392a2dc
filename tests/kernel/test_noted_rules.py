# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run notes what nft listed on the host; until a table changes nft is not started again."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables import backend
from ansible_collections.redblue.netns.plugins.module_utils._host import programs

from support.tasks import LAB, LAB_ABSENT, run

STATE = Path("/run/redblue-netns")


def list_notes() -> list[Path]:
    return [*STATE.glob("rules-*")]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The command lines of nft that list the table, of which the real ones are run."""
    commands: list[tuple[str, ...]] = []
    run_program = programs.run

    def note_command(name: str, arguments: list[str], *more: Any) -> Any:
        if "list" in arguments:
            commands.append(tuple(arguments))
        return run_program(name, arguments, *more)

    monkeypatch.setattr(backend, "run", note_command)
    return commands


def test_a_table_is_listed_once(host: None, started: list[Any]) -> None:
    run("topology", **LAB)
    (note,) = list_notes()
    assert note.stat().st_mode & 0o777 == 0o600 and started
    started.clear()
    for check in (True, False):
        assert not run("topology", check, **LAB)["changed"]
    assert started == []


def test_a_change_by_hand_is_seen(host: None, started: list[Any]) -> None:
    run("topology", **LAB)
    started.clear()
    subprocess.run(["nft", "flush", "chain", "inet", "redblue_netns", "postrouting"], check=True)
    assert run("topology", check=True, **LAB)["changed"] and started
    assert run("topology", **LAB)["changed"] and not run("topology", **LAB)["changed"]


def test_a_change_of_others_is_looked_into(host: None, started: list[Any]) -> None:
    run("topology", **LAB)
    started.clear()
    subprocess.run(["nft", "add", "table", "ip", "theirs"], check=True)
    assert not run("topology", check=True, **LAB)["changed"] and len(started) == 1
    # Check mode notes nothing, and a run does.
    assert not run("topology", **LAB)["changed"] and len(started) == 2
    assert not run("topology", **LAB)["changed"] and len(started) == 2


@pytest.mark.parametrize("content", [b"", b"[]\n", b"\xff\n{}", b"("])
def test_a_note_of_something_else_is_ignored(host: None, content: bytes) -> None:
    run("topology", **LAB)
    (note,) = list_notes()
    note.write_bytes(content)
    assert not run("topology", check=True, **LAB)["changed"]


def test_check_mode_makes_no_note_and_a_removal_leaves_none(host: None) -> None:
    run("topology", check=True, **LAB)
    assert list_notes() == []
    run("topology", **LAB)
    assert list_notes()
    run("topology", **LAB_ABSENT)
    assert list_notes() == []
