# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Goes through the rules of a packet filter with traffic, in order, as the kernel does, and notes who drops of it what nobody accepted before. Pure."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple

from ..findings import ERROR, INFO, SEVERITIES, WARNING
from .matching import WHOLE, Flow, Relation, narrow, relate
from .rules import OTHER, FirewallRule, Hook, Match

_MOST_RULES = 50_000
"""For one kind of traffic: chains can lead into each other in more ways than anybody would follow."""

Limits = Tuple[Match, ...]


class Hit(NamedTuple):
    """A rule, or the policy of a chain (``rule`` empty), that drops. Not ``sure``: it cannot be told whether it does."""

    chain: str
    rule: str
    severity: str
    sure: bool
    named: bool
    flow: Flow


def _severity(found: Relation, flow: Flow) -> Optional[str]:
    """How bad it is when what is so related to a rule is dropped by it."""
    if not found.named and (found.aside or flow.spoken):
        return None
    if found.aside or not found.sure:
        worst = WARNING if found.named else INFO
    else:
        worst = ERROR
    most = flow.most if found.named or flow.most == ERROR else INFO
    return max(worst, most, key=SEVERITIES.index)


class _Walk:
    """``spares``: the limits of what accepted a part before; ``passed``: of what left the chain, and the one before, without a verdict."""

    def __init__(self, hook: Hook, flow: Flow) -> None:
        self.hook, self.flow = hook, flow
        self.spares: List[Limits] = []
        self.passed: List[Limits] = []
        self.hits: List[Hit] = []
        self.left = _MOST_RULES

    def through(self, chain: str, limits: Limits = (), known: Relation = WHOLE) -> bool:
        """Whether nothing comes out at the end."""
        before, end = len(self.passed), None
        for rule in self.hook.chains.get(chain, ()):
            self.left -= 1
            found = relate(rule.matches, self.flow, known)
            if found is not None:
                end = self._meet(rule, (*limits, *rule.matches), found)
            if end is not None or self.left < 0:
                break
        del self.passed[before:]
        return bool(end) or self.left < 0

    def _meet(self, rule: FirewallRule, limits: Limits, found: Relation) -> Optional[bool]:
        """Whether everything ends here, or (false) leaves the chain; None: something goes on to the next rule."""
        if rule.verdict in ("jump", "goto") and self.through(rule.target, limits, found):
            return True
        leaves = rule.verdict in ("return", "goto")
        if rule.verdict == "drop":
            self.drop(rule.chain, rule.text, limits, found)
        elif rule.verdict in ("", "jump"):
            return None
        elif found.counts or self.flow.inside:
            # What has left the chain before does not come here: who it is that this is all of, cannot be told.
            (self.passed if leaves else self.spares).append(
                (*limits, OTHER) if self.passed else limits
            )
        return not leaves if found.everything and (leaves or not self.passed) else None

    def _spared(self, limits: Limits) -> Optional[bool]:
        """Whether a part was accepted before; None: all of it."""
        flow, spared = narrow(self.flow, limits), False
        for other in (*self.spares, *self.passed):
            found = relate(other, flow)
            if set(other) <= set(limits) or (found is not None and found.everything):
                return None
            spared = spared or found is not None
        return spared

    def drop(self, chain: str, text: str, limits: Limits, found: Relation) -> None:
        severity = _severity(found, self.flow)
        spared = self._spared(limits) if severity is not None else None
        if severity is not None and spared is not None:
            sure = found.sure and not found.aside and not spared
            self.hits.append(
                Hit(chain, text, INFO if spared else severity, sure, found.named, self.flow)
            )


def find_hits(hook: Hook, flow: Flow) -> List[Hit]:
    """Who drops this, in the order in which it is met."""
    walk = _Walk(hook, flow)
    if not walk.through(hook.chain) and hook.drops:
        walk.drop(hook.chain, "", (), WHOLE)
    return walk.hits
