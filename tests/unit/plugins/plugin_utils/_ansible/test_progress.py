# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host says of its progress is checked, and long results are shown in a short form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.module_action import (
    abridge,
    describe_contents,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.progress import (
    describe_progress,
)


@pytest.mark.parametrize(
    "content, text",
    [
        (
            {"stage": "apply", "done": 1520, "total": 4003},
            "applies changes, 1,520 of 4,003",
        ),
        ({"stage": "apply", "done": 9, "total": 7}, "applies changes, 7 of 7"),
        ({"stage": "verify", "done": 0, "total": 0}, "verifies the result"),
        (
            {"stage": "lock", "done": 0, "total": 0, "reason": "process 7 (\x1b[2J)"},
            "waits for another task on this host to end: process 7 (\\x1b[2J)",
        ),
    ],
)
def test_progress_is_told_in_words(content: dict[str, Any], text: str) -> None:
    assert describe_progress(json.dumps(content)) == text


@pytest.mark.parametrize(
    "content",
    [
        "",
        "cat: /run: no such file",
        "[]",
        "7",
        '{"stage": "\\u001b[2J", "done": 0, "total": 0}',
        '{"stage": ["apply"], "done": 0, "total": 0}',
        '{"stage": "apply", "done": "many", "total": 7}',
        '{"stage": "apply", "done": NaN, "total": 7}',
        '{"stage": "apply", "done": Infinity, "total": 7}',
        '{"stage": "apply", "total": 7}',
        '{"stage": "apply", "done": ' + "1" * 300,
        "[" * 199,
    ],
)
def test_what_is_no_progress_is_not_shown(content: str) -> None:
    assert describe_progress(content) is None


def test_a_short_form_is_short_whatever_the_result() -> None:
    commands = [f"ip netns add n{number}" for number in range(1000)]
    result = {
        "changed": True,
        "commands": commands,
        "links": {name: [{"name": name}] for name in commands},
        "report": "x" * 1000,
    }
    short = abridge(result)
    assert short["changed"] is True
    assert short["commands"] == [*commands[:5], "... 1,000 items"]
    assert len(short["links"]) == 6 and short["links"]["..."] == "1,000 keys"
    assert short["report"] == "x" * 300 + " ..."


def test_a_short_result_stays_as_it_is() -> None:
    result = {"changed": False, "actions": ["a"], "summary": {"made": 3}, "diff": None}
    assert abridge(result) == result


def test_the_contents_of_a_task_are_counted_with_its_ranges() -> None:
    options = {
        "name": "lab",
        "linux_bridge": [{"name": "br0"}],
        "dnat": [],
        "range": [{"count": "1000", "netns": [{}], "veth": [{}, {}]}, {"netns": [{}]}],
    }
    assert describe_contents(options) == "1 linux_bridge, 1,001 netns, 2,000 veth"
    assert describe_contents({"range": "many", "src": "lab.yml"}) == "no result yet"
