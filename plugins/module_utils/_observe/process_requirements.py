# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what the wanted processes of a topology need on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.accounts import explain_unusable
from .._host.systemd import runs_systemd

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.scope import Scope


def observe_process_requirements(scope: Scope, current: CurrentState) -> None:
    """Read what runs processes, which users can run some, and whether dnsmasq is installed."""
    current.runs_systemd = runs_systemd()
    users = [user for user in scope.process_users if user is not None]
    reasons = {user: explain_unusable(user) for user in users}
    current.unusable_users = {user: reason for user, reason in reasons.items() if reason}
    if scope.serves_names:
        from .._host.programs import find
        from .._host.requirements import describe_missing_program
        from .._model.name_servers import PROGRAM

        current.missing_dnsmasq = "" if find(PROGRAM) else describe_missing_program(PROGRAM)
        if scope.feeds_sets and not current.missing_dnsmasq:
            current.nftset_fault = _explain_missing_nftset(PROGRAM)


def _explain_missing_nftset(program: str) -> str:
    """Why dnsmasq cannot add addresses to sets of nftables; empty if it can."""
    from .._host.programs import run

    lines = run(program, ["--version"]).output.splitlines()
    if any("nftset" in line.split() for line in lines):
        return ""
    version = lines[0].partition("  ")[0] if lines else program
    return (
        "needs a dnsmasq that adds addresses to sets of nftables (2.87 or later, with nftset in "
        f"dnsmasq --version), and {version} does not"
    )
