# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs of iptables: what they list, and how they are told, in the network namespace of the calling thread."""

from __future__ import annotations

import os

from ..._host.programs import run
from ..._model.errors import Failed

_LOCKED = 4
_LOCK = "/run/xtables.lock"
WAIT = ["-w", "10"]


def _holder() -> str:
    """Who holds the lock of iptables, as far as the kernel tells."""
    try:
        inode = str(os.stat(_LOCK).st_ino)
        with open("/proc/locks", encoding="ascii") as locks:
            lines = [line.split() for line in locks]
        pids = [
            words[4]
            for words in lines
            if len(words) > 5 and words[1] != "->" and words[5].rpartition(":")[2] == inode
        ]
        return f" (held by process {', '.join(pids)})" if pids else ""
    except OSError:
        return ""


def _failed(what: str, code: int, complaint: str) -> Failed:
    if code == _LOCKED and "lock" in complaint:
        return Failed(f"{what}: the lock of iptables, {_LOCK}, is taken{_holder()}: {complaint}")
    return Failed(f"{what}: {complaint}")


def save(command: str) -> str:
    """What ``iptables-save`` or the like lists; nothing of IPv6 where the kernel has none."""
    program = f"{command}-save"
    answer = run(program, [])
    if not answer.code:
        return answer.output
    if command.startswith("ip6") and not os.path.exists("/proc/thread-self/net/if_inet6"):
        return ""
    raise _failed(f"{program} failed", answer.code, answer.complaint)


def restore(command: str, script: str, *options: str) -> None:
    """Run a script by ``iptables-restore`` or the like."""
    program = f"{command}-restore"
    answer = run(program, [*WAIT, "--noflush", *options], script)
    if answer.code:
        raise _failed(f"{program} refused the rules", answer.code, answer.complaint)
