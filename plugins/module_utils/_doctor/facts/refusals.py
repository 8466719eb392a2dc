# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the policies on a host refuse of the packets that the doctor expects to arrive. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.network_policies import NetworkPolicy
from ..._model.policy_verdicts import PolicyVerdicts, Refusal, Traffic, traffic_of_probe

if TYPE_CHECKING:
    from .host_facts import HostFacts


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
        return self._verdicts.find_refusal(_echo_request(source, destination))

    def find_denying(self, source: str, destination: str, direction: str) -> list[tuple[str, int]]:
        """The rules that drop or reject an echo request, as (policy, index)."""
        return self._verdicts.find_denying(_echo_request(source, destination), direction)

    def find_topology(self, member: str, direction: str) -> str:
        """The topology whose policies limit a member."""
        policies = self._verdicts.list_limiting(direction, member)
        return policies[0].owner or "" if policies else ""


def _echo_request(source: str, destination: str) -> Traffic:
    return traffic_of_probe(source, destination, "icmp", None)
