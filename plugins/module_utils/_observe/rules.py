# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads rule sets for modules that only look: what it needs is loaded when there are some."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.forward_counters import ForwardCounter
    from .._model.nat import Ruleset
    from .._model.policy_counts import PolicyCounts
    from .._model.scope import Scope


def observe_rules(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """Read the rules that the scope names into the current state."""
    from .._firewall.firewall import Firewall
    from .nat import observe_nat

    observe_nat(scope, handles, Firewall(), current)


def observe_forward_counters(ruleset: Ruleset) -> list[ForwardCounter]:
    """Read what the port forwards of the calling thread's namespace have counted."""
    from .._firewall.forward_counters import read_forward_counters

    return read_forward_counters(ruleset)


def observe_policy_counts(current: CurrentState) -> PolicyCounts:
    """Read what the policies of an observed host have counted.

    :raises Failed: nft does not list the counters.
    """
    from .._firewall.policy.counters import read_policy_counts

    ruleset = current.rulesets.get(None)
    return read_policy_counts(ruleset.resources if ruleset else ())
