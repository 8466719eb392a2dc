# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evaluates the rules of a packet filter for a flow, in the order in which the kernel does.

It finds the rules and policies that drop packets which no earlier rule accepted. Pure.
"""

from __future__ import annotations

from ..._model.fast_typing import NamedTuple
from ..findings import ERROR, INFO, SEVERITIES, WARNING
from .matching import ALL, Flow, Relation, narrow, relate
from .rules import UNKNOWN, FirewallRule, Hook, Match

_MAX_RULES = 50_000
"""Rules that are evaluated for one flow. Chains that jump to each other can have an exponential
number of paths."""

Conditions = tuple[Match, ...]


class Drop(NamedTuple):
    """A rule that drops packets of a flow, or the policy of a chain (``rule`` is then empty).

    ``certain``: it is known that it does. ``explicit``: the rule names the flow.
    """

    chain: str
    rule: str
    severity: str
    certain: bool
    explicit: bool
    flow: Flow


def _severity_of(relation: Relation, flow: Flow) -> str | None:
    """The severity if a rule of this relation drops; None if it is no problem."""
    if not relation.explicit and (relation.other_traffic or flow.explicit_only):
        return None
    severity = ERROR
    if relation.other_traffic or not relation.certain:
        severity = WARNING if relation.explicit else INFO
    general_limit = ERROR if flow.max_severity == ERROR else INFO
    limit = flow.max_severity if relation.explicit else general_limit
    return max(severity, limit, key=SEVERITIES.index)


class _Evaluation:
    """The evaluation of one base chain for one flow.

    ``accepted_matches``: the conditions of rules that accepted a part of the flow.
    ``fallthrough_matches``: the conditions of rules by which a part of it left the current chain,
    or one of its callers, without a verdict.
    """

    def __init__(self, hook: Hook, flow: Flow) -> None:
        self.hook, self.flow = hook, flow
        self.accepted_matches: list[Conditions] = []
        self.fallthrough_matches: list[Conditions] = []
        self.drops: list[Drop] = []
        self.remaining = _MAX_RULES

    def evaluate_chain(
        self, chain: str, conditions: Conditions = (), reached: Relation = ALL
    ) -> bool:
        """Evaluate a chain. Returns whether every packet has a verdict at its end."""
        outer_count = len(self.fallthrough_matches)
        finished: bool | None = None
        for rule in self.hook.chains.get(chain, ()):
            self.remaining -= 1
            relation = relate(rule.matches, self.flow, reached)
            if relation is not None:
                finished = self._evaluate_rule(rule, (*conditions, *rule.matches), relation)
            if finished is not None or self.remaining < 0:
                break
        del self.fallthrough_matches[outer_count:]
        return bool(finished) or self.remaining < 0

    def _evaluate_rule(
        self, rule: FirewallRule, conditions: Conditions, relation: Relation
    ) -> bool | None:
        """True if all packets have a verdict, False if all leave the chain without one.

        None if evaluation continues with the next rule.
        """
        if rule.verdict in ("jump", "goto") and self.evaluate_chain(
            rule.target, conditions, relation
        ):
            return True
        leaves_chain = rule.verdict in ("return", "goto")
        if rule.verdict == "drop":
            self.add_drop(rule.chain, rule.text, conditions, relation)
        elif rule.verdict in ("", "jump"):
            return None
        elif relation.matters or self.flow.in_netns:
            # Packets that left the chain earlier do not reach this rule, so that it is unknown
            # which part of the flow it concerns.
            known = (*conditions, UNKNOWN) if self.fallthrough_matches else conditions
            (self.fallthrough_matches if leaves_chain else self.accepted_matches).append(known)
        concerns_all = relation.certainly_covers_all
        ends = concerns_all and (leaves_chain or not self.fallthrough_matches)
        return not leaves_chain if ends else None

    def _is_partly_accepted(self, conditions: Conditions) -> bool | None:
        """Whether earlier rules accepted a part of what meets conditions; None if all of it."""
        flow, partly = narrow(self.flow, conditions), False
        for earlier in (*self.accepted_matches, *self.fallthrough_matches):
            relation = relate(earlier, flow)
            covers_all = relation is not None and relation.certainly_covers_all
            if set(earlier) <= set(conditions) or covers_all:
                return None
            partly = partly or relation is not None
        return partly

    def add_drop(self, chain: str, text: str, conditions: Conditions, relation: Relation) -> None:
        """Record a rule or policy that drops, unless it is no problem for the flow."""
        severity = _severity_of(relation, self.flow)
        if severity is None:
            return
        partly_accepted = self._is_partly_accepted(conditions)
        if partly_accepted is None:
            return
        certain = relation.certain and not relation.other_traffic and not partly_accepted
        severity = INFO if partly_accepted else severity
        self.drops.append(Drop(chain, text, severity, certain, relation.explicit, self.flow))


def find_drops(hook: Hook, flow: Flow) -> list[Drop]:
    """The rules and policies that drop packets of a flow, in the order of evaluation."""
    evaluation = _Evaluation(hook, flow)
    finished = evaluation.evaluate_chain(hook.chain)
    if not finished and hook.drops_by_policy:
        evaluation.add_drop(hook.chain, "", (), ALL)
    return evaluation.drops
