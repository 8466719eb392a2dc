# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ranges of numbers: ports, VLANs."""

from __future__ import annotations

PortRange = tuple[int, int]
ALL_PORTS: PortRange = (0, 65535)


def format_range(first: int, last: int, separator: str = "-") -> str:
    """A single number, or a range as in ``8000-8009``."""
    return str(first) if first == last else f"{first}{separator}{last}"
