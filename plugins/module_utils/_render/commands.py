# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders a plan as shell commands, in order, that root could run instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional

from .._model.resources import LocalResource, NetlinkResource, OvsResource, RulesetPart
from .._model.rulesets import alter_ruleset
from .iproute2 import execute_in
from .kinds import compose_commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.nat import Ruleset

    RenderRules = Callable[[Optional[Ruleset], Optional[Ruleset], str], list[str]]
    """The commands that replace a rule set, each with a prefix."""
    Rulesets = dict[Optional[str], Optional[Ruleset]]


def render_commands(
    changes: Sequence[Change], current: CurrentState, render_rules: RenderRules | None
) -> list[str]:
    """The commands that make these changes on a host in that state.

    :param render_rules: renders rule sets, for modules that carry them.
    """
    lines: list[str] = []
    rulesets: Rulesets = dict(current.rulesets)
    # Consecutive changes of one rule set are made in one transaction.
    ruleset_changes: dict[str | None, list[Change]] = {}
    for change in changes:
        if change.implied:
            continue
        resource = change.resource
        if isinstance(resource, RulesetPart):
            ruleset_changes.setdefault(resource.netns, []).append(change)
            continue
        lines += _ruleset_commands(ruleset_changes, rulesets, current, render_rules)
        ruleset_changes = {}
        if isinstance(resource, (LocalResource, NetlinkResource, OvsResource)):
            lines += compose_commands(resource, change.before, change.after)
    return lines + _ruleset_commands(ruleset_changes, rulesets, current, render_rules)


def _ruleset_commands(
    changes: dict[str | None, list[Change]],
    rulesets: Rulesets,
    current: CurrentState,
    render_rules: RenderRules | None,
) -> list[str]:
    """:param rulesets: the rule sets as they are, and then as they are after the changes."""
    lines: list[str] = []
    if render_rules is None:
        return lines
    for netns, group in changes.items():
        before = rulesets.get(netns)
        after = rulesets[netns] = alter_ruleset(
            before, group, current.backends.get(netns, "nftables")
        )
        lines += render_rules(before, after, execute_in(netns))
    return lines
