# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that a task asks for, of all types but bridges and veth pairs."""

from __future__ import annotations

from .._observe.kinds import steps
from .._planned.other_links import load_renderers
from .links import load_appliers
from .moved_links import observe_moved_links

__all__ = ["load_appliers", "load_renderers"]

steps.observe_moved_links = observe_moved_links
