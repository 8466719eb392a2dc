# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges, and what all links have in common that a task asks for or removes."""

from __future__ import annotations

from .._observe import kinds as observed
from .._planned.wanted_links import load_renderers
from .kernel_features import observe_features
from .links import load_appliers

__all__ = ["load_appliers", "load_renderers"]


observed.steps.observe_features = observe_features
