# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rule sets of a host, which only some modules carry: the kind ``rules`` offers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Protocol

if TYPE_CHECKING:
    from .._apply.rule_changes import RuleChanges
    from .._host.netns_handles import Handles, NetnsHandles
    from .._model.current_state import CurrentState
    from .._model.nat import Ruleset
    from .._model.scope import Scope


class Rules(Protocol):
    """The rule sets of a host, for one run."""

    def observe(self, scope: Scope, handles: Handles, current: CurrentState) -> None:
        """Read the rules that the scope names into the current state."""

    def note_rules(self) -> None:
        """Note for the next run what was read in this one, which may change the host."""

    def open_changes(self, handles: NetnsHandles) -> RuleChanges:
        """What applies changes of rule sets."""

    def render_commands(
        self, before: Ruleset | None, after: Ruleset | None, prefix: str
    ) -> list[str]:
        """The commands for bash that replace a rule set; ``prefix`` stands before each."""


_offered: list[Callable[[], Rules]] = []


def offer_rules(open_rules: Callable[[], Rules]) -> None:
    """Note that this process carries rule sets."""
    _offered.append(open_rules)


def open_rules() -> Rules | None:
    """The rule sets of a run, or None if this process does not carry them."""
    return _offered[0]() if _offered else None
