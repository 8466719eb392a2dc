# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._planned.routes import load_renderers

if TYPE_CHECKING:
    from types import ModuleType


__all__ = ["load_appliers", "load_renderers"]


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import routes

    return (routes,)
