# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks container engines for the first process of a container. What they answer is only data."""

from __future__ import annotations

import json
from typing import Any

from .._model.errors import Failed
from .._model.fast_typing import NamedTuple
from .._model.netns import ANY_ENGINE, ENGINES, MAX_PID
from .files import raise_shortage
from .pids import read_parent
from .programs import find, run
from .systemd import first_value, has_manager, show_units

_NO_CONTAINER = "no such container"
"""In the message of each engine, with different capitals and quotes."""
_SOCKETS = {"docker": ("docker.socket", "docker.service")}
"""The unit of an engine's socket, and of the service that it starts."""


class ContainerState(NamedTuple):
    """What an engine says about a container."""

    engine: str | None = None
    pid: int = 0
    """0: it does not run, or there is none."""
    fault: str = ""
    """Why it has no process, as the end of a sentence about the container."""
    is_known: bool = True
    """Whether that is certain. An engine that does not answer proves nothing."""
    is_proved: bool = True
    """Whether the process is certainly that of the container."""


def inspect_container(name: str, engine: str, former: str | None = None) -> ContainerState:
    """Ask for a container.

    :param name: one that is valid; it is an argument of the engine's program.
    :param engine: one of ``ENGINES``, or ``auto`` for those that are installed.
    :param former: the one that had it before. If no other one runs it, its answer counts.
    """
    engines = ENGINES if engine == ANY_ENGINE else (engine,)
    installed = [each for each in engines if find(each)]
    if not installed:
        missing = " nor ".join(engines)
        what = (
            f"neither {missing} is installed" if len(engines) > 1 else f"{engine} is not installed"
        )
        return ContainerState(fault=f"cannot be looked up: {what}", is_known=False)
    states = [_inspect(name, each) for each in installed]
    running = [state for state in states if state.pid]
    if len(running) > 1:
        listed = " and ".join(str(state.engine) for state in running)
        fault = f"runs by {listed}; set engine to one of them"
        return ContainerState(fault=fault, is_known=False)
    # Of those that do not run, the message of an engine that has one says more.
    others = [state for state, each in zip(states, installed) if each == former] or states
    others.sort(key=lambda state: (state.is_known, state.engine is None))
    return running[0] if running else others[0]


def _waits_for_start(engine: str) -> bool:
    """Whether there is only the socket of an engine, and who asks there has it started.

    That is so at boot, and the unit of a topology must not wait for what is started after it.
    """
    units = _SOCKETS.get(engine)
    if units is None or not has_manager():
        return False
    socket, service = (
        first_value(shown, "ActiveState") for shown in show_units(units, ["ActiveState"])
    )
    return socket == "active" and service not in ("active", "reloading")


def _inspect(name: str, engine: str) -> ContainerState:
    try:
        if _waits_for_start(engine):
            fault = f"cannot be looked up: {engine} is not started"
            return ContainerState(fault=fault, is_known=False)
        answer = run(engine, ["container", "inspect", name])
    except Failed as error:
        return ContainerState(fault=f"cannot be looked up: {error}", is_known=False)
    if answer.code:
        if _NO_CONTAINER in answer.complaint.lower():
            return ContainerState(fault=f"does not exist, says {engine}")
        fault = f"cannot be looked up: {engine} says: {answer.complaint}"
        return ContainerState(fault=fault, is_known=False)
    return _interpret(engine, answer.output)


def _interpret(engine: str, text: str) -> ContainerState:
    """What an engine says about a container that it has."""
    try:
        (described,) = json.loads(text)
        state = _read_state(described["State"])
    except (ValueError, TypeError, KeyError):
        state = None
    if state is None:
        fault = f"cannot be looked up: {engine} gave an answer that is not understood"
        return ContainerState(fault=fault, is_known=False)
    pid, status = state
    if not pid:
        return ContainerState(engine, fault=f"does not run ({engine} says: {status}); start it")
    return ContainerState(engine, pid, is_proved=_is_proved(described, pid))


def _is_proved(described: dict[str, Any], pid: int) -> bool:
    """Whether a process is certainly of a container. Docker notices the end of each.

    Each container of Podman has a monitor, which is the parent of its first process. If the monitor
    was killed, nobody notes the end of the container, and its process ID may be used again.
    """
    monitor = described["State"].get("ConmonPid")
    if monitor is None or read_parent(pid) == monitor:
        return True
    try:
        with open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="replace") as file:
            return f"libpod-{described.get('Id')}" in file.read()
    except OSError as error:
        raise_shortage(error)
        return False


def _read_state(state: dict[str, Any]) -> tuple[int, str] | None:
    """The process ID, 0 if it does not run, and a word for its state; None if it is not known."""
    is_running, pid, status = state["Running"], state["Pid"], state["Status"]
    if not isinstance(is_running, bool) or not isinstance(pid, int) or isinstance(pid, bool):
        return None
    if not 0 <= pid <= MAX_PID:
        return None
    word = status if isinstance(status, str) and status.isalpha() else "not running"
    return (pid if is_running else 0), word
