# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all parts of a rule set have in common when they are applied, by ``firewall.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.resources import RulesetPart
from . import dispatch

if TYPE_CHECKING:
    from .._model.current_state import CurrentState


@dispatch.find_state.register(RulesetPart)
def _find_state(part: RulesetPart, current: CurrentState) -> object:
    return current.rulesets.get(part.netns)


dispatch.list_namespaces.register(RulesetPart, dispatch.list_own_namespace)
dispatch.invert.register(RulesetPart, dispatch.swap)
