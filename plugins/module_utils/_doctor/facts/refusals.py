# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the policies on a host refuse of the packets that the doctor expects to arrive. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import family_of
from ..._model.network_policies import NetworkPolicy
from ..._model.policy_verdicts import PolicyVerdicts, Refusal, Traffic

if TYPE_CHECKING:
    from .host_facts import HostFacts

_ECHO = {4: "icmp", 6: "icmpv6"}


class Refusals:
    """The policies on a host."""

    def __init__(self, facts: HostFacts) -> None:
        ruleset = facts.current.rulesets.get(None)
        own = {
            text.partition("/")[0] for link in facts.links_of(None) for text in link.addresses or ()
        }
        rules = ruleset.resources if ruleset else ()
        self._verdicts = PolicyVerdicts(rules, own)
        self.has_policies = any(isinstance(rule, NetworkPolicy) for rule in rules)

    def find(self, source: str, destination: str) -> Refusal | None:
        """The policies that refuse an echo request; None if they let it through."""
        traffic = Traffic(source, destination, _ECHO[family_of(destination)])
        return self._verdicts.find_refusal(traffic)
