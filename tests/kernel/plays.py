# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks that are run by ansible-playbook itself, and what every task returned on every host."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

Result = dict[str, Any]
Results = dict[str, dict[str, Result]]
"""By host, and by the name of the task."""

_NOT_HERE = ("ANSIBLE_REMOTE_TMP", "TMPDIR")  # those are the real root's alone


def play(at: Path, inventory: Any, plays: list[Any], before: Sequence[str] = (), **environment: str) -> Results:
    """Run them; a task that fails is for the caller to find among the results.

    :param before: what the command is put behind, to run it elsewhere or as somebody else.
    """
    (at / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    (at / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    record = at / "record"
    record.write_text("")
    record.chmod(0o666)
    words = {
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callbacks"), "ANSIBLE_HOST_KEY_CHECKING": "false", "ANSIBLE_FORKS": "10",
        "ANSIBLE_INJECT_FACT_VARS": "false", "RECORD": str(record), **environment,
    }
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_HERE}
    command = [*before, "ansible-playbook", "-i", str(at / "hosts.yml"), str(at / "play.yml")]
    done = subprocess.run(command, env={**kept, **words}, cwd="/", capture_output=True, text=True, check=False)
    results: Results = {}
    for line in record.read_text(encoding="utf-8").splitlines():
        result = json.loads(line)
        results.setdefault(result["host"], {})[result["task"]] = result
    assert results, done.stdout + done.stderr
    return results


def say(result: Result) -> list[str]:
    """Where ssh gives a terminal, and sudo asked there for the password, an empty line comes first; as it does with Ansible's own plugin for sudo."""
    return str(result["stdout"]).strip().splitlines()
