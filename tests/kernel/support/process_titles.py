# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes by their titles, which ps(1) shows as their commands."""

from __future__ import annotations

import contextlib
from pathlib import Path


def _has_title(process: int, title: str) -> bool:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().startswith(title.encode())
    except OSError:
        return False


def find_titled(title: str) -> list[int]:
    """The processes with a title that begins so, without their own children.

    A child has the title of its parent until it runs a program. The parent is looked at after it,
    because it may have got the title since it was found.
    """
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        if _has_title(int(path.name), title):
            with contextlib.suppress(OSError):
                fields = (path / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                if not _has_title(int(fields[1]), title):
                    found.append(int(path.name))
    return found
