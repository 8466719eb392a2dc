# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a port forward has counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fast_typing import NamedTuple

if TYPE_CHECKING:
    from .nat import Dnat


class ForwardCounter(NamedTuple):
    """The packets that a port forward has taken: the first one of each connection."""

    forward: Dnat
    packets: int
    octets: int
