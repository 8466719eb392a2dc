# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the programs of iptables, in the network namespace of the calling thread."""

from __future__ import annotations

import os

from ..._host.programs import run
from ..._model.errors import Failed

_LOCKED = 4
"""The exit status of iptables if it does not get its lock (RESOURCE_PROBLEM in xtables.h)."""
_LOCK = "/run/xtables.lock"
WAIT = ["-w", "10"]
"""Wait 10 seconds for the lock."""


def _describe_lock_holder() -> str:
    """Name the processes that hold the lock, by /proc/locks; empty if the kernel lists none."""
    try:
        inode = str(os.stat(_LOCK).st_ino)
        with open("/proc/locks", encoding="ascii") as lines:
            locks = [line.split() for line in lines]
    except OSError:
        return ""
    pids = [
        words[4]
        for words in locks
        if len(words) > 5 and words[1] != "->" and words[5].rpartition(":")[2] == inode
    ]
    return f" (held by process {', '.join(pids)})" if pids else ""


def _fail(action: str, code: int, complaint: str) -> Failed:
    if code == _LOCKED and "lock" in complaint:
        holder = _describe_lock_holder()
        return Failed(f"{action}: the lock of iptables, {_LOCK}, is taken{holder}: {complaint}")
    return Failed(f"{action}: {complaint}")


def save(command: str) -> str:
    """Return what ``iptables-save`` lists; ``command`` is ``iptables``, ``ip6tables`` or the like.

    :return: empty for ip6tables if the kernel has no IPv6.
    :raises Failed: the program failed.
    """
    program = f"{command}-save"
    answer = run(program, [])
    if not answer.code:
        return answer.output
    if command.startswith("ip6") and not os.path.exists("/proc/thread-self/net/if_inet6"):
        return ""
    raise _fail(f"{program} failed", answer.code, answer.complaint)


def restore(command: str, script: str, *options: str) -> None:
    """Run a script by ``iptables-restore``; ``command`` is as for ``save``.

    :raises Failed: the program refused the rules.
    """
    program = f"{command}-restore"
    answer = run(program, [*WAIT, "--noflush", *options], script)
    if answer.code:
        raise _fail(f"{program} refused the rules", answer.code, answer.complaint)
