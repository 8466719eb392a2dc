# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all parts of a rule set have in common when they are applied, by ``firewall.py``."""

from __future__ import annotations

from .._model.changes import RULESET_PARTS, RulesetPart
from .._model.current_state import CurrentState
from .dispatch import find_state, invert, list_namespaces, list_own_namespace, swap


def _find_state(part: RulesetPart, current: CurrentState) -> object:
    return current.rulesets.get(part.netns)


for _kind in RULESET_PARTS:
    find_state.register(_kind, _find_state)
    list_namespaces.register(_kind, list_own_namespace)
    invert.register(_kind, swap)
