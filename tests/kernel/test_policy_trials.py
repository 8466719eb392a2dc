# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Large tables of policies that only the run itself changed are verified by a sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine import transaction
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy import trial
from ansible_collections.redblue.netns.plugins.module_utils._host import programs
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.policy_flows import policy_lab
from support.shell import sh
from support.tasks import run

TABLE = "inet redblue_netns_policy"
HEAD = '#!/bin/sh\necho "$@ $(stat -Lc %i /proc/self/ns/net)" >>{log}\n'
RECORDER = f'{HEAD}exec /usr/sbin/nft "$@"\n'
FORGER = f"""\
{HEAD}[ "$1" = -f ] || exec /usr/sbin/nft "$@"
sed 's/dport 443/dport 444/' | /usr/sbin/nft "$@"
"""
INTRUDER = f"""\
{HEAD}/usr/sbin/nft "$@" || exit
[ "$1" != -f ] || /usr/sbin/nft add rule {TABLE} forward accept || true
"""


def make_policy(number: int, port: int = 443) -> dict[str, Any]:
    peers = [{"network": f"192.0.2.{number}"}]
    return {
        "name": f"p{number}",
        "netns": ["red"],
        "ingress": [
            {"from": peers, "protocol": "tcp", "ports": [str(port)]},
            {"from": [{"netns": "blue"}], "protocol": "udp", "ports": [str(1000 + number)]},
        ],
    }


def make_lab(port: int = 443) -> dict[str, Any]:
    policies = [make_policy(number) for number in range(1, 60)]
    return policy_lab(policy=[*policies, make_policy(60, port)])


@pytest.fixture
def nft(host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program nft of the tasks, and a file beside it with its arguments and namespaces."""
    program = tmp_path / "nft"
    monkeypatch.setattr(programs, "DIRECTORIES", (str(tmp_path), *programs.DIRECTORIES))
    write(program, RECORDER)
    return program


def write(program: Path, script: str) -> None:
    program.write_text(script.format(log=program.with_name("calls")), encoding="utf-8")
    program.chmod(0o755)


def list_calls(program: Path) -> list[str]:
    """The arguments of what was called in the namespace of the host."""
    own = sh("stat -Lc %i /proc/self/ns/net").strip()
    log = program.with_name("calls")
    lines = log.read_text(encoding="utf-8").splitlines()
    log.unlink()
    return [line.rpartition(" ")[0] for line in lines if line.endswith(f" {own}")]


def is_noted() -> bool:
    return any(Path("/run/redblue-netns").glob("policies-*"))


def test_a_large_table_is_not_listed(nft: Path) -> None:
    for lab in (make_lab(), make_lab(445)):
        assert run("topology", **lab)["changed"]
        assert not [call for call in list_calls(nft) if f"list table {TABLE}" in call]
        assert is_noted()
    assert "tcp dport 445" in sh(f"nft list table {TABLE}")
    sh("rm /run/redblue-netns/policies-*")
    assert not run("topology", **make_lab(445))["changed"]


@pytest.mark.parametrize("program", [FORGER, INTRUDER])
@pytest.mark.parametrize("is_first", [True, False])
def test_what_else_is_in_the_tables_is_found(
    nft: Path, program: str, is_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "VERIFY_PATIENCE", 0.1)
    before = make_lab(446)
    if not is_first:
        run("topology", **before)
    write(nft, program)
    with pytest.raises(Failed, match="undone"):
        run("topology", **make_lab())
    write(nft, RECORDER)
    # The program has written the undo, too.
    assert run("topology", **before)["changed"] and not run("topology", **before)["changed"]
    assert "dport 444" not in sh(f"nft list table {TABLE}")


def test_without_a_namespace_for_the_sample_the_table_is_listed(
    nft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OSError("no namespace")

    monkeypatch.setattr(trial, "inside_new_netns", refuse)
    run("topology", **make_lab())
    assert [call for call in list_calls(nft) if f"list table {TABLE}" in call]
    assert is_noted()
