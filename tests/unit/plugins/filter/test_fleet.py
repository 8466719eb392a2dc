# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter fleet: hosts with problems first, and no host is missing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.fleet import fleet

SOUND = {"reached": [], "complete": True, "summary": "no problems found"}
WARNED = {"reached": ["warning", "info"], "complete": True, "summary": "1 warning. First: odd"}
BROKEN = {"reached": ["error", "warning", "info"], "complete": True, "summary": "1 error. First: x"}


def test_hosts_with_problems_come_first_then_those_not_reached_then_the_number_of_all() -> None:
    results = {"a": SOUND, "web10": None, "c": BROKEN, "d": WARNED, "e": {"unreachable": True}}
    assert fleet(results).splitlines() == [
        "HOST   STATE        SUMMARY",
        "c      not ok       1 error. First: x",
        "web10  unreachable",
        "e      unreachable",
        "5 hosts: 2 ok, 1 not ok, 2 unreachable",
    ]


@pytest.mark.parametrize(
    "fails_at, not_ok",
    [("error", "c"), ("warning", "cd"), ("info", "cd"), ("never", "")],
)
def test_the_severity_decides_which_findings_count(fails_at: str, not_ok: str) -> None:
    lines = fleet({"a": SOUND, "c": BROKEN, "d": WARNED}, fails_at).splitlines()
    assert "".join(line[0] for line in lines[1:-1]) == not_ok


def test_a_host_that_could_not_be_checked_completely_is_not_ok() -> None:
    partly = {**SOUND, "complete": False, "summary": "no problems found (not everything ...)"}
    assert "1 not ok" in fleet({"a": partly})
    assert fleet({"a": partly}, "never") == "1 host: 1 ok\n"


@pytest.mark.parametrize(
    "result, text",
    [
        ({"ok": False, "summary": "3 of 9 probes failed\nmore"}, "3 of 9 probes failed"),
        ({"failed": True, "msg": "sudo: a password is required"}, "sudo: a password is required"),
        ({"failed": True, "msg": "\x1b[2J{{ x }}" + "y" * 400}, "\\x1b[2J{{ x }}" + "y" * 145),
        ({"failed": True, "msg": "\n"}, "no result"),
        ({"failed": True}, "no result"),
    ],
)
def test_a_failed_host_says_why_in_one_short_printable_line(result: Any, text: str) -> None:
    line = fleet({"a": result, "b": {"ok": True}}).splitlines()[1]
    assert line.startswith(f"a     not ok  {text}") and len(line) < 200


@pytest.mark.parametrize("results, fails_at", [([], "error"), (None, "error"), ({}, "errors")])
def test_wrong_input_is_refused_in_one_line(results: Any, fails_at: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^fleet: [^\n]+$"):
        fleet(results, fails_at)
