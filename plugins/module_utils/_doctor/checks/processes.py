# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the processes that topologies started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._describe.resources import describe_resource
from ..._model.processes import ENDED, ORPHANED, RESTARTING, STRANDED
from ..findings import ERROR, WARNING, Finding
from ..resources import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts


def check_processes(facts: HostFacts) -> Iterator[Finding]:
    """Processes that have ended, end again and again, or are left in a lost namespace."""
    for process in facts.current.lab_processes.values():
        what = f"{describe_resource(process)} of topology {process.owner}"
        status = f" ({process.status})" if process.status else ""
        messages = {
            ENDED: f"{what} has ended{status}",
            ORPHANED: f"what kept {what} running was killed, and some of it is left",
            STRANDED: f"{what} runs in a namespace that has lost its name",
            RESTARTING: f"{what} ended{status}, and is about to be started again",
        }
        message = messages.get(process.state)
        if message is None:
            continue
        is_restarting = process.state == RESTARTING
        yield Finding(
            "process_restarting" if is_restarting else "process_missing",
            WARNING if is_restarting else ERROR,
            kinds.describe_subject(process),
            message,
            kinds.show_command(process, facts.current)
            + (f"; its log is {process.log}" if process.log else ""),
            "run module topology again"
            if process.state in (ORPHANED, STRANDED)
            else "find out why it ends, then run module topology again",
        )
