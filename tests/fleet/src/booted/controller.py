# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-playbook, ansible and other commands on the controller of the fleet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.playbooks import run_ansible, write_inventory

_RECAP = re.compile(r"^(\S+) +: (ok=.*)$", re.MULTILINE)
Recap = dict[str, dict[str, int]]
"""The last lines of ansible-playbook: by host, how many tasks were ok, changed, failed ..."""


class Controller:
    """Where Ansible runs, with one inventory."""

    def __init__(self, at: Path, inventory: dict[str, Any]) -> None:
        self._sources = write_inventory(at, inventory)

    def attempt(self, *arguments: str, **environment: str) -> tuple[Recap, str]:
        """Run playbooks, of which hosts may fail; return the recap and all output."""
        command = ["ansible-playbook", *self._sources, *arguments]
        done = run_ansible(command, **environment)
        output = done.stdout + done.stderr
        recap = {
            host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", counts)}
            for host, counts in _RECAP.findall(output)
        }
        assert recap, output
        return recap, output

    def play(self, *arguments: str, **environment: str) -> Recap:
        """Run playbooks, which must succeed on all hosts."""
        recap, output = self.attempt(*arguments, **environment)
        assert not find_failed(recap), output
        return recap


def find_failed(recap: Recap) -> list[str]:
    """The hosts that failed or could not be reached."""
    return [host for host, counts in recap.items() if counts["failed"] or counts["unreachable"]]


def find_changed(recap: Recap) -> list[str]:
    """The hosts that were changed."""
    return [host for host, counts in recap.items() if counts["changed"]]


def names(count: int) -> Sequence[str]:
    """The names of so many machines."""
    return [f"node{number}" for number in range(1, count + 1)]
