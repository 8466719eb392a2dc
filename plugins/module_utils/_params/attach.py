# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers and processes, from the option attach of a namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Refused
from .._model.lazy_pattern import compile_lazily
from .._model.netns import MAX_PID, Attachment

if TYPE_CHECKING:
    from .specs.netns import AttachParams

_CONTAINER = compile_lazily(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")
"""The names that Docker and Podman accept, and IDs."""


def parse_attach(parameter: str, params: AttachParams) -> Attachment:
    """Return whose namespace gets the name.

    :raises Refused: a value has no valid form.
    """
    container, pid = params["container"], params["pid"]
    if container is None:
        if pid is None or not 0 < pid <= MAX_PID:
            rule = f"is not the ID of a process, a number from 1 to {MAX_PID}"
            raise Refused(f"{parameter}.pid", pid, rule)
        return Attachment(pid=pid)
    if not _CONTAINER.fullmatch(container):
        rule = "is neither the name nor the ID of a container: letters, digits and _ . -"
        raise Refused(f"{parameter}.container", container, rule)
    return Attachment(container, params["engine"])
