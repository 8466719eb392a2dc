# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attachments of namespaces to networks of CNI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._plan.kinds import steps
from .._planned.attachments import load_renderers

if TYPE_CHECKING:
    from types import ModuleType


__all__ = ["load_appliers", "load_renderers"]


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import attachments
    from .._plan.moved_guards import list_moved_guards

    steps.list_moved_guards = list_moved_guards
    return (attachments,)
