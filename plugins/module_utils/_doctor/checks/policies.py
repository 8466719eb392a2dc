# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of policies: which of them keeps neighbours apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._describe.places import describe_netns
from ..._model.network_policies import INGRESS
from ..findings import INFO, Finding
from ..trace.flows import ExpectedFlow, list_refused_flows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.policy_verdicts import Refusal
    from ..facts.host_facts import HostFacts

_MAX_SHOWN = 4


def check_policies(facts: HostFacts) -> Iterator[Finding]:
    """Policies that refuse packets between neighbours, and the rule that would let them through."""
    refused: dict[Refusal, list[ExpectedFlow]] = {}
    for flow, refusal in list_refused_flows(facts):
        refused.setdefault(refusal, []).append(flow)
    for refusal, flows in refused.items():
        names = ", ".join(refusal.policies)
        shown = [
            f"{describe_netns(flow.netns)} ({flow.source}) to {describe_netns(flow.to_netns)} "
            f"({flow.destination})"
            for flow in flows[:_MAX_SHOWN]
        ]
        noun = "policy" if len(refusal.policies) == 1 else "policies"
        more = f", and {len(flows) - _MAX_SHOWN} more" if len(flows) > _MAX_SHOWN else ""
        yield Finding(
            "policy_refuses",
            INFO,
            f"{names} {refusal.direction}",
            f"{refusal.direction} of {noun} {names} refuses echo requests from {', '.join(shown)}"
            f"{more}",
            "nft list table inet redblue_netns_policy",
            _compose_rule(refusal, flows[0]),
        )


def _compose_rule(refusal: Refusal, flow: ExpectedFlow) -> str:
    """The rule that would let a flow through."""
    is_ingress = refusal.direction == INGRESS
    other = flow.netns if is_ingress else flow.to_netns
    peer = "host: true" if other is None else f"netns: {other}"
    protocol = "icmpv6" if ":" in flow.destination else "icmp"
    side = "from" if is_ingress else "to"
    return (
        f"to let it through, add {{{side}: [{{{peer}}}], protocol: {protocol}}} to "
        f"{refusal.direction} of a policy of this member, unless a rule of {refusal.policies[0]} "
        "drops or rejects it"
    )
