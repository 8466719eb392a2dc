# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks run by ansible-playbook, and the result of every task on every host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

LOCALHOST = {
    "all": {
        "hosts": {
            "here": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        }
    }
}
"""An inventory of the host in which a test runs."""
Result = dict[str, Any]
Results = dict[str, dict[str, Result]]
"""Results by host and by the name of the task."""

_NOT_ON_MACHINES = ("ANSIBLE_REMOTE_TMP", "TMPDIR")  # directories of the real root
_CALLBACKS = (str(Path(__file__).parent / "callbacks"), os.environ["ANSIBLE_CALLBACK_PLUGINS"])


def write_inventory(at: Path, inventory: Any, namespaces: Any = None) -> list[str]:
    """Write the inventory; return its options of the command line.

    :param namespaces: the configuration of the inventory plugin, if it is used.
    """
    sources = {
        "hosts.yml": inventory,
        **(
            {"fleet.netns.yml": {"plugin": "redblue.netns.netns", **namespaces}}
            if namespaces is not None
            else {}
        ),
    }
    for name, content in sources.items():
        (at / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return [word for name in sources for word in ("-i", str(at / name))]


def ansible_environment(**environment: str) -> dict[str, str]:
    """The environment of a command of Ansible with the default configuration."""
    message = {"ANSIBLE_HOST_KEY_CHECKING": "false", "ANSIBLE_FORKS": "10", **environment}
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_ON_MACHINES}
    return {**inherited, **message}


def run_ansible(command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Ansible with the default configuration."""
    return subprocess.run(
        command,
        env=ansible_environment(**environment),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def play(
    at: Path,
    inventory: Any,
    plays: list[Any],
    before: Sequence[str] = (),
    namespaces: Any = None,
    **environment: str,
) -> Results:
    """Run plays. A task that fails is in the results.

    :param before: a command line in front of ansible-playbook, which runs it elsewhere or as
        another user.
    """
    sources = write_inventory(at, inventory, namespaces)
    (at / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    record = at / "record"
    record.write_text("")
    record.chmod(0o666)
    message = {
        "ANSIBLE_CALLBACK_PLUGINS": os.pathsep.join(_CALLBACKS),
        "RECORD": str(record),
        **environment,
    }
    done = run_ansible([*before, "ansible-playbook", *sources, str(at / "play.yml")], **message)
    results: Results = {}
    for line in record.read_text(encoding="utf-8").splitlines():
        result = json.loads(line)
        results.setdefault(result["host"], {})[result["task"]] = result
    assert results, done.stdout + done.stderr
    return results


def stdout_lines(result: Result) -> list[str]:
    """Return the lines of standard output without surrounding empty lines.

    If sudo asks for a password on a terminal, an empty line comes first, as with Ansible's own sudo
    plugin.
    """
    return str(result["stdout"]).strip().splitlines()
