# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mark with which this collection labels objects as its own."""

from __future__ import annotations

MARK = "redblue.netns"


def write_mark(owner: str) -> str:
    """The mark for an owner: a topology, or ``""`` for a single module."""
    return f"{MARK}:{owner}" if owner else MARK


def read_mark(text: str | None) -> str | None:
    """The owner that a mark names; ``None`` if the text is no mark."""
    if text == MARK:
        return ""
    if text and text.startswith(MARK + ":"):
        return text[len(MARK) + 1 :]
    return None
