# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds processes that were left in a namespace which was removed and created again.

The kernel keeps the old namespace for them. The name leads to the new one, so that nobody reaches
them any more.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
from typing import TYPE_CHECKING

from ..._host.netns import NetnsIdentity, file_identity, inside_netns
from ..._host.processes import find_processes
from ..._model.fast_typing import NamedTuple
from ..._model.lazy_pattern import compile_lazily
from .files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..._model.current_state import Process
    from ..._model.links import LinkRef

_UNIT_DIRECTORIES = ("etc/systemd/system", "run/systemd/system", "usr/lib/systemd/system")
_NETNS_FILE = compile_lazily(r" \S*/netns/([^/\s]+)/\S+ /etc/")
"""In mountinfo: a file of /etc/netns/NAME over one of /etc, as ``ip netns exec`` mounts it."""
_SYSFS = compile_lazily(r" / /sys .* - sysfs (\S+) ")
"""In mountinfo: ``ip netns exec NAME`` mounts sysfs anew, with the name as its source."""
_NETNS_OF_UNIT = compile_lazily(
    r"^\s*(?:NetworkNamespacePath=(?:/var)?/run/netns/(\S+)|Exec\w+=.*\bip netns exec (\S+))",
    re.MULTILINE,
)
_UNIT_OF_CGROUP = compile_lazily(r"/([^/\n]+\.service)$", re.MULTILINE)


class StrandedProcess(NamedTuple):
    """A process in the former namespace of a name. ``unit`` is its systemd service, or empty."""

    netns: str
    pid: int
    command: str
    unit: str


def find_stranded_processes(
    named: Mapping[NetnsIdentity, str | None], links: Mapping[LinkRef, object], root: str = "/"
) -> list[StrandedProcess]:
    """The first process of each service in a former namespace of a name that exists again.

    Of processes without a service, the first in that namespace.

    :param named: the name of each namespace that has one; None of the host.
    :param links: the links of the namespaces, as keys.
    """
    names = {name for name in named.values() if name is not None}
    pids = _first_pids(named)
    processes = find_processes({identity: str(pid) for identity, pid in pids.items()})
    found = []
    for pid, inside in sorted(processes.items(), key=lambda item: int(item[0])):
        by_unit: dict[str, Process] = {}
        for process in inside:
            unit = _find(_UNIT_OF_CGROUP, f"/proc/{process.pid}/cgroup")
            by_unit.setdefault(unit, process)
        hints = [
            *_mounted_names(pid),
            *(name for unit in by_unit for name in _names_of_unit(unit, root)),
            *_names_by_links(pid, links),
        ]
        name = next((hint for hint in hints if hint in names), None)
        if name is not None:
            found += [
                StrandedProcess(name, process.pid, process.command, unit)
                for unit, process in by_unit.items()
            ]
    return found


def _first_pids(named: Mapping[NetnsIdentity, str | None]) -> dict[NetnsIdentity, int]:
    """One process of each network namespace that has no name."""
    found: dict[NetnsIdentity, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                identity = file_identity(os.stat(f"/proc/{entry}/ns/net"))
                if identity not in named:
                    found.setdefault(identity, int(entry))
    return found


def _find(pattern: re.Pattern[str], path: str) -> str:
    match = pattern.search(read_text(path))
    return match[1] if match else ""


def _mounted_names(pid: str) -> list[str]:
    mounts = read_text(f"/proc/{pid}/mountinfo")
    return [*_SYSFS.findall(mounts), *_NETNS_FILE.findall(mounts)]


def _names_of_unit(unit: str, root: str) -> Iterator[str]:
    """The namespaces that the files of a systemd service name."""
    if not unit or "/" in unit:
        return
    for directory in _UNIT_DIRECTORIES:
        path = os.path.join(root, directory, unit)
        drop_ins = []
        with contextlib.suppress(OSError):
            drop_ins = [os.path.join(f"{path}.d", name) for name in os.listdir(f"{path}.d")]
        for file in (path, *drop_ins):
            for path_name, command_name in _NETNS_OF_UNIT.findall(read_text(file)):
                yield path_name or command_name


def _names_by_links(pid: str, links: Mapping[LinkRef, object]) -> list[str]:
    """The namespaces that have links of the same names as the namespace of a process.

    A container has files of its own, and links of any name.
    """
    inside: set[str] = set()
    with contextlib.suppress(OSError):
        if not os.path.samefile(f"/proc/{pid}/root", "/"):
            return []
        descriptor = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            with inside_netns(descriptor):
                inside = {name for _index, name in socket.if_nameindex()} - {"lo"}
        finally:
            os.close(descriptor)
    return sorted({netns for netns, name in links if netns is not None and name in inside})
