# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of packet filters: source NAT, port forwarding, isolation, spoof checks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._engine.rules import offer_rules
from .._model.resources import NatRule
from .._observe import kinds as observed
from .._plan.kinds import Planner, find_planner, find_removal_planner, plan_nothing, steps
from .kernel_features import observe_features
from .listeners import observe_listeners

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from .._apply.rule_changes import RuleChanges
    from .._firewall.firewall import Firewall
    from .._host.netns_handles import Handles, NetnsHandles
    from .._model.current_state import CurrentState
    from .._model.nat import Ruleset
    from .._model.resources import Resource
    from .._model.scope import Scope
    from .._plan.projection import Projection


@find_planner.register(NatRule)
@find_removal_planner.register(NatRule)
def _is_planned_with_others(_rule: NatRule) -> Planner:
    """``plan_rulesets`` plans the rules of a namespace: they are replaced in one transaction."""
    return plan_nothing


def _plan_rulesets(projection: Projection, unwanted: Sequence[Resource]) -> None:
    from .._plan.nat import plan_rulesets

    plan_rulesets(projection, unwanted)


steps.plan_rulesets = _plan_rulesets
observed.steps.observe_features = observe_features
observed.steps.observe_listeners = observe_listeners


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import nat, sysctls

    return (nat, sysctls)


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._render import nat, policies, sysctls

    return (nat, policies, sysctls)


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


offer_rules(FirewallRules)
