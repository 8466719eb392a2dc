# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells the running systemd about changed units. Without a running systemd, nothing is done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._model.errors import Failed
from .programs import run

if TYPE_CHECKING:
    from collections.abc import Sequence

BOOTED = "/run/systemd/system"
"""Exists if systemd manages this host, see sd_booted(3)."""
_MANAGER = "/run/systemd/private"
"""The socket by which systemctl of root reaches the running systemd."""
_INACTIVE, _NOT_LOADED, _MISSING = 3, 4, 5
"""Exit statuses of systemctl."""

Properties = dict[str, list[str]]
"""The values of each property of a unit. One that is repeated has several."""


def has_manager() -> bool:
    """Whether a systemd is running that can be reached."""
    return os.path.exists(_MANAGER)


def runs_systemd() -> bool:
    """Whether systemd manages this host, and answers."""
    return has_manager() and os.path.isdir(BOOTED)


def _call(*arguments: str, accepted: tuple[int, ...] = (0,)) -> int:
    """Run systemctl; without a running systemd there is nothing to do.

    :returns: its exit status.
    :raises Failed: it ends with another status than those that are accepted.
    """
    if not has_manager():
        return 0
    answer = run("systemctl", arguments)
    if answer.code not in accepted:
        raise Failed(f"systemctl {' '.join(arguments)}: {answer.complaint}")
    return answer.code


def show_units(names: Sequence[str], properties: Sequence[str]) -> list[Properties]:
    """The properties of each unit. Also a unit that does not exist has some.

    :raises Failed: systemd does not answer.
    """
    if not names:
        return []  # Without a name, systemctl shows systemd itself.
    answer = run("systemctl", ("show", f"--property={','.join(properties)}", "--", *names))
    if answer.code:
        raise Failed(f"systemctl show: {answer.complaint}")
    blocks = answer.output.strip("\n").split("\n\n")
    if len(blocks) != len(names):
        raise Failed(f"systemctl show: {len(blocks)} answers for {len(names)} units")
    found = []
    for block in blocks:
        shown: Properties = {}
        for line in block.splitlines():
            name, _equals, value = line.partition("=")
            shown.setdefault(name, []).append(value)
        found.append(shown)
    return found


def first_value(properties: Properties, name: str) -> str:
    """The value of a property; empty if the unit does not have it."""
    return properties.get(name, [""])[0]


def reload_units() -> None:
    """Have systemd read its units again.

    :raises Failed: it did not.
    """
    _call("daemon-reload")


def is_active(unit: str) -> bool:
    """Whether a unit is active. Without a running systemd, each one is."""
    status = _call("is-active", "--quiet", "--", unit, accepted=(0, _INACTIVE, _NOT_LOADED))
    return status == 0


def start_wanted(link: str) -> None:
    """Have a unit started that another one wants, if that one is active.

    :param link: the symbolic link UNIT.wants/WANTED by which it wants it. It is not waited for: it
        may need the lock that this run holds.
    """
    wanting, wanted = _units_of(link)
    if is_active(wanting):
        _call("start", "--no-block", "--", wanted)


def stop_wanted(link: str) -> None:
    """Have the unit stopped that another one wanted, if it is known. It is not waited for."""
    _call("stop", "--no-block", "--", _units_of(link)[1], accepted=(0, _MISSING))


def stop_unit(unit: str) -> None:
    """Stop a unit, if it is known, and wait until it has ended."""
    _call("stop", "--", unit, accepted=(0, _MISSING))


def stop_service(path: str) -> None:
    """Stop the unit of a file, if it is known, and wait until it has ended."""
    stop_unit(os.path.basename(path))


def _units_of(link: str) -> tuple[str, str]:
    directory, wanted = os.path.split(link)
    return os.path.basename(directory)[: -len(".wants")], wanted
