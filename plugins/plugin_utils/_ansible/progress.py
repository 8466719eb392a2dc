# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows how far a task is, while its module runs.

An action plugin waits in one call until the module ends, and Ansible has no interface for what a
module wants to say before. So a thread reads the file in which the module notes its progress, with
a copy of the action plugin and its connection: those of the task are in use. Only the connections
of ansible-core that are known to work in parallel are copied. With others, such as Mitogen's, the
thread shows the elapsed time alone.
"""

from __future__ import annotations

import copy
import json
import secrets
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ansible.utils.display import Display
from ansible_collections.redblue.netns.plugins.module_utils._model.text import escape_text

if TYPE_CHECKING:
    from collections.abc import Iterator

PAUSES = (2.0, 3.0, 5.0, 10.0)
"""Seconds until each line. The last is that between all further ones."""
_COPIED = ("ansible.plugins.connection.local", "ansible.plugins.connection.ssh")
_DIRECTORY = "/run/redblue-netns"
_MAX_LENGTH = 2000
_LONGEST_REASON = 200
_PATIENCE = 10.0
"""Seconds that the thread may take to end, after the module has ended."""
_STAGES = {
    "lock": "waits for another task on this host to end",
    "observe": "reads the current state",
    "apply": "applies changes",
    "verify": "verifies the result",
    "capture": "captures packets",
    "probe": "sends packets of probes",
    "roll back": "rolls back",
}


def create_token() -> str:
    """A name for one run of a module, by which its progress is found."""
    return secrets.token_hex(8)


def describe_progress(text: str) -> str | None:
    """What the file of a module says; None if it is not such a file."""
    try:
        content = json.loads(text[:_MAX_LENGTH])
        stage = _STAGES[content["stage"]]
        done, total = int(content["done"]), int(content["total"])
        reason = escape_text(str(content.get("reason", ""))[:_LONGEST_REASON])
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return None
    if total > 0:
        return f"{stage}, {min(done, total):,} of {total:,}"
    return f"{stage}: {reason}" if reason else stage


@contextmanager
def showing_progress(action: Any, label: str, contents: str, token: str) -> Iterator[None]:
    """Show how far the module is, every few seconds from the second one on.

    :param label: the host and the task.
    :param contents: what the task is about, in few words, where no more is known.
    """
    ended = threading.Event()
    thread = threading.Thread(
        target=_show, args=(_copy_action(action), label, contents, token, ended), daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_PATIENCE)


def _copy_action(action: Any) -> Any | None:
    """An action plugin with a connection of its own, if there can be one."""
    if type(action._connection).__module__ not in _COPIED:
        return None
    duplicate = copy.copy(action)
    duplicate._connection = copy.copy(action._connection)
    duplicate._connection.become = copy.copy(action._connection.become)
    return duplicate


def _show(
    action: Any | None, label: str, contents: str, token: str, ended: threading.Event
) -> None:
    start, pauses = time.monotonic(), list(PAUSES)
    while not ended.wait(pauses.pop(0) if len(pauses) > 1 else pauses[0]):
        progress = _read(action, token) if action is not None else None
        if not ended.is_set():
            seconds = time.monotonic() - start
            Display().display(f"{label}: {seconds:.0f} s: {progress or contents}", stderr=True)


def _read(action: Any, token: str) -> str | None:
    try:
        result = action._low_level_execute_command(f"cat {_DIRECTORY}/progress-{token}")
    except Exception:
        return None  # The task itself says why its host cannot be reached.
    return describe_progress(str(result.get("stdout", "")).strip())
