# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run returns: its plan in sentences, commands and a diff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._engine.converge import Outcome
    from .._plan.plan import Plan
    from .._render.commands import RenderRules


def compose_result(
    outcome: Outcome,
    with_diff: bool = True,
    with_changes: bool = True,
    render_rules: RenderRules | None = None,
) -> dict[str, Any]:
    """Return the result of a module. Actions, commands and diff are all of the same plan.

    :param with_changes: whether it has ``actions`` and ``commands``.
    :param render_rules: renders the rule sets of the run.
    """
    changes, current = outcome.plan.changes, outcome.current
    result: dict[str, Any] = {"changed": outcome.changed, "timings": outcome.timings}
    backends = {
        netns or "host": {"backend": backend, "reason": current.backend_reasons.get(netns, "")}
        for netns, backend in current.backends.items()
    }
    if backends:
        result["backends"] = backends
    if with_changes:
        result["actions"] = [*outcome.plan.notes, *_describe_steps(outcome.plan)]
        result["commands"] = []
    if with_diff:
        result["diff"] = {"before": "", "after": ""}
    # The renderers of all kinds take 20 ms to load, a tenth of a task that changes nothing.
    if changes and with_changes:
        from .._render.commands import render_commands

        result["commands"] = render_commands(changes, current, render_rules)
    if changes and with_diff:
        from .._render.diff import compose_diff

        result["diff"] = compose_diff(changes)
    return result


def _describe_steps(plan: Plan) -> list[str]:
    """Return the changes and probes of a plan in sentences."""
    steps: list[str] = []
    if plan.changes:
        from .._render.actions import describe_change

        steps += [describe_change(change) for change in plan.changes if not change.implied]
    return [*steps, *plan.probes]
