# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter drift: the answers of hosts in one report."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.drift import drift


def answer(**content: Any) -> dict[str, Any]:
    return {"stdout": json.dumps(content), "rc": 1}


def lab(status: str, *actions: str, **more: Any) -> dict[str, Any]:
    return {"name": "lab", "status": status, "actions": list(actions), **more}


ACTION = "netns red: create route default via 192.168.15.5"
SKIPPED = {"stdout": "skipped, since /usr/local/bin/redblue-netns does not exist", "rc": 0}
CHECKED: dict[str, Any] = {
    "a": answer(topologies=[lab("as declared")]),
    "b": answer(topologies=[lab("differs", ACTION, "netns red: set lo up")]),
    "c": {"unreachable": True, "msg": "Failed to connect"},
    "d": SKIPPED,
    "e": answer(topologies=[lab("failed", error="no such device: eth9")]),
    "f": {"rc": 1, "stdout": "", "stderr": "Traceback\nredblue-netns: no file", "msg": "non-zero"},
    "g": {},
}
LISTED = {
    "b": {"stdout": json.dumps([{"name": "lab", "by": "ann", "at": "2026-11-29T15:00:00Z"}])},
    "e": {"stdout": "", "rc": 2},
}


def report(**arguments: Any) -> Any:
    return json.loads(drift(CHECKED, LISTED, format="json", **arguments))


def test_each_host_has_its_state_and_the_worst_come_first() -> None:
    assert [(host["host"], host["state"]) for host in report()["hosts"]] == [
        ("e", "failed"),
        ("f", "failed"),
        ("b", "differs"),
        ("c", "unreachable"),
        ("g", "unreachable"),
        ("a", "as declared"),
        ("d", "nothing declared"),
    ]
    assert report()["counts"]["unreachable"] == 2 and report()["ok"] is False


def test_a_difference_has_the_sentences_and_who_applied_the_topology_and_when() -> None:
    (topology,) = report()["hosts"][2]["topologies"]
    assert topology["differences"] == [ACTION, "netns red: set lo up"]
    assert (topology["applied_by"], topology["applied_at"]) == ("ann", "2026-11-29T15:00:00Z")


def test_an_error_is_told_where_it_arose() -> None:
    e, f = report()["hosts"][:2]
    assert e["topologies"][0]["differences"] == ["no such device: eth9"]
    assert f["error"] == "redblue-netns: no file"


def test_text_lists_what_is_not_as_declared_and_counts_all() -> None:
    lines = drift(CHECKED, LISTED).splitlines()
    assert lines[0].split() == ["HOST", "TOPOLOGY", "STATE", "APPLIED", "DIFFERENCE"]
    assert [line.split()[0] for line in lines[1:-1]] == ["e", "f", "b", "b", "c", "g"]
    assert "lab" in lines[3] and lines[3].endswith(ACTION) and "15:00:00Z by ann" in lines[3]
    assert lines[-1] == (
        "7 hosts: 2 failed, 1 differs, 2 unreachable, 1 as declared, 1 nothing declared"
    )


def test_text_is_one_line_if_all_is_well() -> None:
    assert drift({"a": CHECKED["a"]}) == "1 host: 1 as declared\n"
    assert drift({}) == "0 hosts: none\n"


@pytest.mark.parametrize(
    ("hosts", "ok"), [("ad", True), ("a", True), ("", True), ("ab", False), ("ac", False)]
)
def test_a_monitor_is_alarmed_by_what_differs_or_was_not_reached(hosts: str, ok: bool) -> None:
    checked = {host: CHECKED[host] for host in hosts}
    assert json.loads(drift(checked, format="json"))["ok"] is ok


def test_topologies_of_a_playbook_are_named_after_their_files() -> None:
    results = [
        {"item": "labs/one.yml", "changed": True, "actions": [ACTION]},
        {"item": "labs/two.yml", "changed": False, "actions": []},
        {"item": "labs/three.yml", "failed": True, "msg": "netns: 'x y': has a space"},
    ]
    skipped = {"skipped": True, "msg": "conditional result was False"}
    (host,) = json.loads(drift({"a": skipped}, {}, {"a": {"results": results}}, "json"))["hosts"]
    assert [(item["name"], item["state"]) for item in host["topologies"]] == [
        ("one.yml", "differs"),
        ("two.yml", "as declared"),
        ("three.yml", "failed"),
    ]
    gone = {"results": [{"item": "labs/one.yml", "unreachable": True}]}
    assert json.loads(drift({}, {}, {"a": gone}, "json"))["hosts"][0]["state"] == "unreachable"


def test_markdown_has_all_hosts_and_no_markup_of_theirs() -> None:
    evil = {"a": answer(topologies=[lab("differs", "x | <b>y</b> [z](http://q) `w` \x1b[0m")])}
    lines = drift({**CHECKED, **evil}, LISTED, format="markdown").splitlines()
    assert (
        lines[0] == "# Drift" and lines[4] == "| Host | Topology | State | Applied | Difference |"
    )
    assert lines[5] == "| --- | --- | --- | --- | --- |" and len(lines) == 6 + 8
    (line,) = [line for line in lines if line.startswith("| a ")]
    assert line.endswith("x \\| \\<b\\>y\\</b\\> \\[z\\](http://q) \\`w\\` \\\\x1b\\[0m |")
    assert len(line.replace("\\|", "").split("|")) == 7


@pytest.mark.parametrize(
    "checked",
    [
        {"a": answer(topologies=None)},
        {"a": answer(topologies=[{}])},
        {"a": {"stdout": "[]"}},
        {"a": {"stdout": "{"}},
        {"a": {"msg": "timeout"}},
    ],
)
def test_an_answer_that_is_not_understood_is_a_failed_host(checked: Any) -> None:
    assert json.loads(drift(checked, format="json"))["hosts"][0]["state"] == "failed"


def test_a_state_that_is_not_known_is_a_failed_host() -> None:
    checked = {"a": answer(topologies=[lab("splendid")])}
    assert json.loads(drift(checked, format="json"))["ok"] is False


@pytest.mark.parametrize("wrong", [("x",), ({}, "x"), ({}, {}, ["x"]), ({}, {}, {}, "xml")])
def test_wrong_inputs_are_refused(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(AnsibleFilterError, match="drift: "):
        drift(*wrong)
