# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of a topology, or of a single policy of it, returns about policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.network_policies import NetworkPolicy

if TYPE_CHECKING:
    from .._engine.converge import Outcome
    from .._model.desired_state import DesiredState


def policy_results(outcome: Outcome, desired: DesiredState) -> dict[str, Any]:
    """Return who reaches whom by policies; nothing for a topology that has none."""
    ruleset = outcome.current.rulesets.get(None)
    parts = (*(ruleset.resources if ruleset else ()), *desired.present)
    if not any(isinstance(part, NetworkPolicy) and part.owner == desired.lab for part in parts):
        return {}
    from .policy_matrix import compose_policy_matrix

    return {"policy_matrix": compose_policy_matrix(outcome, desired)}
