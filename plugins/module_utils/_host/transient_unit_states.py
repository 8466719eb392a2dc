# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd says of the transient units that run processes. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.fast_typing import NamedTuple
from .systemd import Properties, first_value, runs_systemd, show_units

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = (
    "Description",
    "ActiveState",
    "Result",
    "ExecMainStatus",
    "NRestarts",
    "ControlGroup",
    "MainPID",
)


class Unit(NamedTuple):
    """What systemd says of a unit."""

    description: str
    state: str
    result: str
    status: str
    restarts: int
    cgroup: str
    main_pid: int
    """0 if none runs."""


def read_units(units: Iterable[str]) -> dict[str, Unit]:
    """What systemd says of units that it knows.

    :raises Failed: it does not answer.
    """
    names = list(units)
    if not runs_systemd():
        return {}
    return {name: _read_unit(shown) for name, shown in zip(names, show_units(names, _SHOWN))}


def _read_unit(shown: Properties) -> Unit:
    description, state, result, status, restarts, cgroup, main_pid = (
        first_value(shown, name) for name in _SHOWN
    )
    numbers = [int(text) if text.isdecimal() else 0 for text in (restarts, main_pid)]
    return Unit(description, state, result, status, numbers[0], cgroup, numbers[1])
