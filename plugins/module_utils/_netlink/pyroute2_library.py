# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether pyroute2 is installed, which only some tasks need; see ``pyroute2_messages``."""

from __future__ import annotations

import importlib.util
from functools import cache


@cache
def is_installed() -> bool:
    """Whether pyroute2 can be found; it is not imported."""
    return importlib.util.find_spec("pyroute2") is not None
