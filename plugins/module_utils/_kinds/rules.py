# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of packet filters: source NAT, port forwarding, isolation, spoof checks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._engine.rules import offer_rules
from .._observe import kinds as observed
from .._plan.kinds import steps
from .._planned.rules import load_renderers
from .kernel_features import observe_features

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import ModuleType

    from .._apply.rule_changes import RuleChanges
    from .._firewall.firewall import Firewall
    from .._host.netns_handles import Handles, NetnsHandles
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.nat import Ruleset
    from .._model.scope import Scope

__all__ = ["load_appliers", "load_renderers"]


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import nat, sysctls

    return (nat, sysctls)


class FirewallRules:
    """The rule sets of a host in packet filters, in all stages of one run.

    The stages share one firewall: it keeps what it has rendered.
    """

    @cached_property
    def _firewall(self) -> Firewall:
        from .._firewall.firewall import Firewall

        return Firewall()

    def observe(self, scope: Scope, handles: Handles, current: CurrentState) -> None:
        """See ``Rules``."""
        from .._observe.nat import observe_nat

        observe_nat(scope, handles, self._firewall, current)

    def note_rules(self) -> None:
        """See ``Rules``."""
        if "_firewall" in vars(self):
            self._firewall.note_rules()

    def open_changes(self, handles: NetnsHandles) -> RuleChanges:
        """See ``Rules``."""
        from .._apply.firewall import RulesetApplier

        return RulesetApplier(handles, self._firewall)

    def render_commands(
        self, before: Ruleset | None, after: Ruleset | None, prefix: str
    ) -> list[str]:
        """See ``Rules``."""
        return self._firewall.render_commands(before, after, prefix)


def _is_narrow_enough(
    desired: DesiredState, members: Collection[str], current: CurrentState
) -> bool:
    from .._plan.narrow_policies import is_enough

    return is_enough(desired, members, current)


steps.is_narrow_enough = _is_narrow_enough
observed.steps.observe_features = observe_features
offer_rules(FirewallRules)
