# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that exist, with all that is on them: they go with namespaces, are moved and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._planned.links import load_renderers

if TYPE_CHECKING:
    from types import ModuleType


__all__ = ["load_appliers", "load_renderers"]


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import addresses, bridge_vlans, impairments, links, routes, sysctls, veths

    return (addresses, bridge_vlans, impairments, links, routes, sysctls, veths)
