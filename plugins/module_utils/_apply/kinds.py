# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The functions of ``dispatch`` with the implementations for the carried kinds of resources.

Importing this file registers them.
"""

from __future__ import annotations

from .._model.kinds import load_appliers
from .dispatch import (
    apply_locally,
    apply_together,
    compose_messages,
    find_state,
    invert,
    list_namespaces,
    must_wait,
)

__all__ = [
    "apply_locally",
    "apply_together",
    "compose_messages",
    "find_state",
    "invert",
    "list_namespaces",
    "must_wait",
]

load_appliers()
