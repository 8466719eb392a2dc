# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads from the running systemd what units do, and restarts them."""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._model.host_units import is_lab_unit
from .._model.netns_files import ETC_NETNS
from .._model.service_units import BOUND_FILES, RESOLVER_DIRECTORIES, path_of_drop_in
from .._model.services import ELSEWHERE, NOWHERE, UNKNOWN
from .._model.unit_states import UnitState
from .files import raise_shortage
from .netns import NetnsIdentity, file_identity
from .programs import find, run
from .systemd import BOOTED, Properties, first_value, has_manager, show_units
from .unit_sockets import locate_sockets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .netns_handles import NetnsHandle

    Handles = Mapping["str | None", NetnsHandle]

_FIRST_VERSION = 242
"""The first one that knows NetworkNamespacePath=. An older one would ignore it."""
_PROXIES = ("/usr/lib/systemd/systemd-socket-proxyd", "/lib/systemd/systemd-socket-proxyd")
_PROPERTIES = (
    "Id",
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "MainPID",
    "ControlPID",
    "ExecMainStatus",
    "Triggers",
    "Listen",
    "NetworkNamespacePath",
    "PrivateNetwork",
    "NeedDaemonReload",
    "DropInPaths",
    "BindsTo",
    "JoinsNamespaceOf",
    "BindPaths",
    "BindReadOnlyPaths",
    "InaccessiblePaths",
    "TemporaryFileSystem",
    "ControlGroup",
)
_ACTIVE = ("active", "activating", "reloading", "refreshing")
_NO_NETWORK = "225"
"""EXIT_NETWORK of systemd.exec(5): the namespace could not be entered."""
_LAB_PATIENCE = 90.0
"""Seconds that the unit of a topology may take to start: it may wait for an interface."""
_START_PATIENCE = 5.0
"""Seconds after which a process that was started has entered its namespace."""
_PAUSE = 0.05
_CGROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd")
"""The control groups of systemd: version 2, and version 1."""


def explain_no_units() -> str | None:
    """Why no unit of this host can be put into a namespace; None if it can."""
    if not os.path.isdir(BOOTED):
        return "this host was not booted by systemd, whose units are put into namespaces"
    if not has_manager():
        return None
    match = re.match(r"systemd (\d+)", run("systemctl", ("--version",)).output)
    if match is None or int(match[1]) >= _FIRST_VERSION:
        return None
    return f"systemd {match[1]} of this host ignores NetworkNamespacePath=; {_FIRST_VERSION} has it"


def find_proxy() -> str | None:
    """The path of systemd-socket-proxyd; None if it is not installed."""
    return next((path for path in _PROXIES if os.access(path, os.X_OK)), None)


def read_units(units: Mapping[str, str | None], handles: Handles) -> dict[str, UnitState]:
    """The states of units by name. Without a running systemd, nothing is known of them.

    :param units: for each unit the namespace whose files its processes should see.
    :param handles: those of the namespaces in which a unit may be, the host among them.
    """
    if not has_manager():
        return {name: UnitState(name) for name in units}
    places = {handle.identity: place for place, handle in handles.items()}
    states = {}
    for (name, netns), properties in zip(units.items(), _show(list(units))):
        state = _read_state(name, properties)
        if state.is_active and name.endswith(".socket"):
            state = state._replace(place=locate_sockets(properties["Listen"], handles))
        elif state.is_active:
            state = _locate_process(state, properties, places, netns)
        states[name] = _with_other_files(state, name, properties, netns)
    return states


def _show(names: Sequence[str]) -> list[Properties]:
    return show_units(names, _PROPERTIES)


def _read_state(name: str, properties: Properties) -> UnitState:
    failed = first_value(properties, "ActiveState") == "failed" or _is_waiting(properties)
    is_socket = name.endswith(".socket")
    is_active = first_value(properties, "ActiveState") in _ACTIVE and not _is_waiting(properties)
    return UnitState(
        first_value(properties, "Id") or name,
        load=first_value(properties, "LoadState"),
        is_active=is_active,
        is_enabled=first_value(properties, "UnitFileState") in ("enabled", "enabled-runtime"),
        has_failed=failed,
        lost_netns=failed
        and (is_socket or first_value(properties, "ExecMainStatus") == _NO_NETWORK),
        needs_reload=first_value(properties, "NeedDaemonReload") == "yes",
        has_loaded=path_of_drop_in(name) in first_value(properties, "DropInPaths").split(),
        bound_to_lab=next(filter(is_lab_unit, first_value(properties, "BindsTo").split()), ""),
        configured=first_value(properties, "NetworkNamespacePath"),
        has_private_network=first_value(properties, "PrivateNetwork") == "yes",
        place=UNKNOWN if is_active else NOWHERE,
    )


def _is_waiting(properties: Properties) -> bool:
    """Whether it failed and systemd is going to start it again."""
    return first_value(properties, "SubState").startswith("auto-restart")


def _with_other_files(
    state: UnitState, name: str, properties: Properties, netns: str | None
) -> UnitState:
    """Add what other files of a unit say against its namespace."""
    joined = first_value(properties, "JoinsNamespaceOf").split()
    if joined:
        paths = (first_value(shown, "NetworkNamespacePath") for shown in _show(joined))
        state = state._replace(joined=tuple(zip(joined, paths)))
    if netns is None or not state.has_loaded or state.needs_reload or name.endswith(".socket"):
        return state
    wanted = {
        "BindReadOnlyPaths": [f"{ETC_NETNS}/{netns}/{name}:/etc/{name}" for name in BOUND_FILES],
        "TemporaryFileSystem": RESOLVER_DIRECTORIES,
    }
    lost = (
        setting
        for setting, values in wanted.items()
        if not all(value in first_value(properties, setting) for value in values)
    )
    return state._replace(
        lost_settings=tuple(lost), covered=tuple(_list_covered(properties, netns))
    )


def _list_covered(properties: Properties, netns: str) -> Iterator[str]:
    """The files of BOUND_FILES that settings other than ours cover."""
    bound = [
        text.lstrip("-").split(":")
        for setting in ("BindPaths", "BindReadOnlyPaths", "InaccessiblePaths")
        for text in first_value(properties, setting).split()
    ]
    for name in BOUND_FILES:
        ours, target = f"{ETC_NETNS}/{netns}/{name}", f"/etc/{name}"
        if any(target in words[:2] and words[0] != ours for words in bound):
            yield target


def _locate_process(
    state: UnitState,
    properties: Properties,
    places: Mapping[NetnsIdentity, str | None],
    netns: str | None,
) -> UnitState:
    """Add where the main process of a service is.

    Without a main process, as with some that start others and end, it is where any of them is.
    """
    found: dict[str | None, int] = {}
    for pid in _list_processes(properties):
        try:
            place = places.get(file_identity(os.stat(f"/proc/{pid}/ns/net")), ELSEWHERE)
        except OSError as error:
            raise_shortage(error)
            continue  # It has ended.
        found.setdefault(place, pid)
    if not found:
        return state
    place = netns if netns in found else next(iter(found), None)
    return state._replace(
        place=place,
        sees_other_files=place is not None
        and place == netns
        and _sees_other_files(found[place], place),
    )


def _list_processes(properties: Properties) -> list[int]:
    """The main process of a service, or else all that it has."""
    for name in ("MainPID", "ControlPID"):
        pid = int(first_value(properties, name) or 0)
        if pid:
            return [pid]
    group = first_value(properties, "ControlGroup")
    for root in _CGROUPS if group else ():
        with (
            contextlib.suppress(FileNotFoundError),
            open(f"{root}{group}/cgroup.procs", encoding="ascii") as lines,
        ):
            return [int(line) for line in lines]
    return []


def _sees_other_files(pid: int, netns: str) -> bool:
    """Whether files of /etc/netns/NAME are not mounted, or such that have been replaced.

    A file that was replaced while it was mounted is shown as NAME//deleted.
    """
    try:
        with open(f"/proc/{pid}/mountinfo", encoding="utf-8", errors="replace") as lines:
            roots = [line.split(" ")[3] for line in lines]
    except OSError:
        return False  # It has ended.
    for name in BOUND_FILES:
        exists = os.path.exists(f"{ETC_NETNS}/{netns}/{name}")
        is_mounted = any(root.endswith(f"/netns/{netns}/{name}") for root in roots)
        if exists != is_mounted:
            return True
    return False


def await_lab_units() -> None:
    """Wait until no unit of a topology is being started: it may need the lock of this host."""
    end = time.monotonic() + _LAB_PATIENCE
    arguments = ("list-units", "--no-legend", "--plain", "--state=activating", "redblue-netns@*")
    while has_manager() and find("systemctl") and time.monotonic() < end:
        if not run("systemctl", arguments).output.strip():
            return
        time.sleep(_PAUSE)


def restart_unit(name: str, netns: NetnsIdentity | None) -> None:
    """Restart a unit, with the service that a socket triggers.

    :param netns: the namespace in which its main process has to be then; None if it may be in any.
    :raises Failed: it did not start.
    """
    if not has_manager():
        return
    restarted = [name]
    if name.endswith(".socket"):
        # A socket cannot be opened while its service is running.
        triggered = first_value(_show([name])[0], "Triggers").split()
        restarted += [
            service
            for service, shown in zip(triggered, _show(triggered))
            if first_value(shown, "ActiveState") in _ACTIVE
        ]
    answer = run("systemctl", ("restart", "--", *restarted))
    if answer.code:
        raise Failed(f"{name} could not be restarted: {answer.complaint}")
    _await_start(name, netns)


def _await_start(name: str, netns: NetnsIdentity | None) -> None:
    """Wait until the process of a simple service is in its namespace, or has failed to be.

    :raises Failed: it has failed.
    """
    end = time.monotonic() + _START_PATIENCE
    while True:
        shown = _show([name])[0]
        if first_value(shown, "ActiveState") == "failed" or _is_waiting(shown):
            status = first_value(shown, "ExecMainStatus")
            raise Failed(
                f"{name} failed when it was started (status {status}); journalctl -u {name}"
            )
        pid = first_value(shown, "MainPID") or "0"
        if pid == "0" or netns is None or time.monotonic() > end:
            return
        with contextlib.suppress(OSError):
            if file_identity(os.stat(f"/proc/{pid}/ns/net")) == netns:
                return
        time.sleep(_PAUSE)
