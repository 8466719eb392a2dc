# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the processes in network namespaces."""

from __future__ import annotations

import os

from .._model.current_state import Process
from .._model.text import escape_text
from .files import raise_shortage
from .netns import NetnsIdentity, file_identity


def find_processes(names: dict[NetnsIdentity, str]) -> dict[str, list[Process]]:
    """The processes in these namespaces except the calling one, sorted, by the namespace's name."""
    found: dict[str, list[Process]] = {name: [] for name in names.values()}
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        name = _find_netns_name(entry, names)
        process = None if name is None else _read_process(entry)
        if name is not None and process is not None:
            found[name].append(process)
    for processes in found.values():
        processes.sort(key=lambda process: process.pid)
    return found


def _find_netns_name(pid: str, names: dict[NetnsIdentity, str]) -> str | None:
    try:
        return names.get(file_identity(os.stat(f"/proc/{pid}/ns/net")))
    except OSError as error:
        raise_shortage(error)
        return None


def _read_process(pid: str) -> Process | None:
    """Its name, and its id in its own PID namespace (the last of NSpid); None if it has ended."""
    try:
        with open(
            f"/proc/{pid}/status", encoding="utf-8", errors="surrogateescape", newline="\n"
        ) as lines:
            fields = dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)
        inner = int(fields.get("NSpid", pid).split("\t")[-1])
    except OSError as error:
        raise_shortage(error)
        return None
    except ValueError:
        return None
    return Process(int(pid), inner, escape_text(fields.get("Name", "?")))
