# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What applies changes of rule sets, for modules with and without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.changes import Change
    from .._model.nat import Ruleset
    from .._model.resources import RulesetPart


class RuleChanges(Protocol):
    """Collects changes of rule sets until they are applied together."""

    def begin(
        self, rulesets: Mapping[str | None, Ruleset], wanted: Mapping[str | None, str]
    ) -> None:
        """Start from what was observed.

        :param wanted: the backends to use where there is no rule set yet.
        """

    def add(self, part: RulesetPart, change: Change) -> None:
        """Add a change of a part of a rule set."""

    def clear(self) -> None:
        """Drop the changes that were not applied."""

    def flush(self, journal: list[Change]) -> None:
        """Apply the changes, a namespace after the other.

        :param journal: receives the changes that were made, and those in doubt.
        :raises Failed: a rule set could not be replaced.
        """

    def forget(self, netns: str) -> None:
        """Note that a namespace was removed. If it is restored, its rules are read first."""


class NoRuleChanges:
    """For modules that do not carry rule sets: there is nothing to apply."""

    def begin(
        self, rulesets: Mapping[str | None, Ruleset], wanted: Mapping[str | None, str]
    ) -> None:
        """See ``RuleChanges``."""

    def add(self, part: RulesetPart, change: Change) -> None:
        """A plan of such a module has no rules.

        :raises TypeError: always.
        """
        raise TypeError(f"this module does not apply {type(part).__name__}")

    def clear(self) -> None:
        """See ``RuleChanges``."""

    def flush(self, journal: list[Change]) -> None:
        """See ``RuleChanges``."""

    def forget(self, netns: str) -> None:
        """See ``RuleChanges``."""
