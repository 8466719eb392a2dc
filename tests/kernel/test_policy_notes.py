# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run notes of the tables of policies that it verified, and what makes a note worthless."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy import verified
from ansible_collections.redblue.netns.plugins.module_utils._host import programs
from ansible_collections.redblue.netns.plugins.module_utils._netlink.nft_comments import (
    list_comments,
)

from support.policy_flows import policy_lab
from support.shell import sh
from support.tasks import run

TABLE = "inet redblue_netns_policy"
POLICY: dict[str, Any] = {
    "name": "web",
    "netns": ["red"],
    "ingress": [{"from": [{"netns": "blue"}], "protocol": "tcp", "ports": ["80"]}],
    "egress": [{"to": [{"network": "192.0.2.0/24"}, {"network": "198.51.100.7"}]}],
}
COMMENTS = """\
table bridge lab {
    chain a { return comment "one two"; return; }
    chain b { return comment "x"; accept comment "y"; }
    chain c { counter return; }
    chain d { jump a; }
    chain e { }
}
"""
RECORDER = """\
#!/bin/sh
echo "$@" >>{log}
exec /usr/sbin/nft "$@"
"""


def find_note() -> Path | None:
    return next(iter(Path("/run/redblue-netns").glob("policies-*")), None)


@pytest.fixture
def calls(host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the arguments of each nft that is started."""
    log, program = tmp_path / "calls", tmp_path / "nft"
    program.write_text(RECORDER.format(log=log), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(programs, "DIRECTORIES", (str(tmp_path), *programs.DIRECTORIES))
    return log


def test_a_verified_table_is_not_listed_again(calls: Path) -> None:
    lab = policy_lab(policy=[POLICY, {"name": "none", "netns": ["green"], "ingress": []}])
    run("topology", **lab)
    # What was just written is read back as text, which nft lists in less time.
    assert f"-j --numeric-protocol list table {TABLE}" not in calls.read_text(encoding="utf-8")
    calls.write_text("", encoding="utf-8")
    assert not run("topology", **lab)["changed"]
    assert TABLE not in calls.read_text(encoding="utf-8")
    lab["policy"][0] = {**POLICY, "ingress": [{**POLICY["ingress"][0], "ports": ["81"]}]}
    assert run("topology", **lab)["changed"]
    lines = calls.read_text(encoding="utf-8").splitlines()
    listed = [line.split()[3] for line in lines if TABLE in line]
    # The chain of the rule. The record of the policy is read without a program.
    assert listed == ["chain"], lines
    assert not run("topology", **lab)["changed"]
    assert "tcp dport 81" in sh(f"nft list table {TABLE}")
    run("topology", name="lab", state="absent")
    assert find_note() is None


@pytest.mark.parametrize(
    "command",
    [
        f"nft flush chain {TABLE} check",
        f"nft add rule {TABLE} forward accept",
        f"nft 'add element {TABLE} ingress4 {{ 192.0.2.1 : accept }}'",
        "nft flush table arp redblue_netns_policy",
        "nft flush chain bridge redblue_netns_policy forward",
        "ip neigh flush proxy",
    ],
)
@pytest.mark.usefixtures("host")
def test_a_change_of_others_is_seen_in_spite_of_the_note(command: str) -> None:
    lab = policy_lab(policy=[POLICY])
    run("topology", **lab)
    assert find_note() is not None
    sh(command)
    assert run("topology", check=True, **lab)["changed"]
    assert run("topology", **lab)["changed"] and not run("topology", **lab)["changed"]


def replace_lines(note: Path, head: dict[str, Any], lines: list[bytes]) -> None:
    note.write_bytes(b"\n".join([json.dumps(head).encode(), *lines]))


@pytest.mark.usefixtures("host")
def test_a_note_that_does_not_fit_is_not_used() -> None:
    lab = policy_lab(policy=[POLICY])
    run("topology", **lab)
    note = find_note()
    assert note is not None
    first, *lines = note.read_bytes().split(b"\n")
    head = json.loads(first)
    changes: list[tuple[dict[str, Any], list[bytes]]] = [
        ({}, []),
        ({}, [b'["NetworkPolicy"]']),
        ({}, [b"1"]),
        ({"digest": "0"}, [line for line in lines if b'"web"' not in line]),
        ({"host": []}, lines),
        ({"generation": head["generation"] + 1}, lines),
    ]
    for wrong, parts in changes:
        replace_lines(note, {**head, **wrong}, parts)
        assert not run("topology", **lab)["changed"], wrong
    for text in ("", "[]", "{", "1", "\n\n"):
        note.write_text(text, encoding="utf-8")
        assert not run("topology", **lab)["changed"], text


@pytest.mark.usefixtures("host")
def test_a_note_says_the_same_whichever_process_wrote_it() -> None:
    lab = policy_lab(policy=[POLICY, {"name": "none", "netns": ["green"], "ingress": []}])
    run("topology", **lab)
    note = find_note()
    assert note is not None
    lab["policy"][0] = {**POLICY, "ingress": [{**POLICY["ingress"][0], "ports": ["81"]}]}
    run("topology", **lab)
    changed = note.read_bytes().split(b"\n")
    verified._lines.clear()
    verified._notes.clear()
    note.unlink()
    run("topology", **policy_lab(policy=[POLICY]))
    run("topology", **lab)
    assert note.read_bytes().split(b"\n")[1:] == changed[1:]


@pytest.mark.usefixtures("host")
def test_comments_of_rules_that_only_return_are_read_without_nft() -> None:
    sh(f"nft -f - <<'EOF'\n{COMMENTS}EOF")
    read = partial(list_comments, "bridge", "lab")
    assert read("a") == ["one two", ""]
    assert [read(name) for name in "bcd"] == [None] * 3
    assert read("e") == read("none") == list_comments("inet", "lab", "a") == []
