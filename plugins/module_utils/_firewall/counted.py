# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one rule or map element of a port forward has counted."""

from __future__ import annotations

from .._model.fast_typing import NamedTuple


class Counted(NamedTuple):
    """A rule or an element, and the first packets of the connections that it took.

    ``owner`` is ``None`` where it follows from a rule or element that has a note of its owner.
    ``port`` is the first of the rule.
    """

    owner: str | None
    protocol: str
    port: int
    address: str
    packets: int
    octets: int
