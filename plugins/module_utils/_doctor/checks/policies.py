# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of policies: which of them keeps neighbours apart."""

from __future__ import annotations

import json
import shlex
import zlib
from typing import TYPE_CHECKING

from ..._describe.places import describe_netns
from ..._describe.policies import name_policies
from ..._model.addresses import ICMP_PROTOCOLS, family_of
from ..._model.lazy_pattern import compile_lazily
from ..._model.network_policies import INGRESS
from ..facts.refusals import Refusals
from ..findings import INFO, Finding
from ..trace.flows import ExpectedFlow, list_refused_flows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.policy_verdicts import Refusal
    from ..facts.host_facts import HostFacts

_MAX_SHOWN = 4
_MAX_NAME = 32
_NO_LETTER = compile_lazily(r"[^A-Za-z0-9_.-]")
"""What the name of a policy cannot have."""


def check_policies(facts: HostFacts) -> Iterator[Finding]:
    """Policies that refuse packets between neighbours, and the rule that would let them through."""
    refusals = Refusals(facts)
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
        more = f", and {len(flows) - _MAX_SHOWN} more" if len(flows) > _MAX_SHOWN else ""
        yield Finding(
            "policy_refuses",
            INFO,
            f"{names} {refusal.direction}",
            f"{refusal.direction} of {name_policies(refusal.policies)} refuses echo requests from "
            f"{', '.join(shown)}{more}",
            "nft list table inet redblue_netns_policy",
            _compose_fix(refusals, refusal, flows[0]),
        )


def _compose_fix(refusals: Refusals, refusal: Refusal, flow: ExpectedFlow) -> str:
    """What lets a flow through: a policy more, unless a rule drops or rejects it."""
    denying = refusals.find_denying(flow.source, flow.destination, refusal.direction)
    if denying:
        rules = [f"{refusal.direction}[{index}] of policy {name}" for name, index in denying]
        return f"change {', '.join(rules)}, which drops or rejects it"
    is_ingress = refusal.direction == INGRESS
    netns, other = (flow.to_netns, flow.netns) if is_ingress else (flow.netns, flow.to_netns)
    member = flow.destination if is_ingress else flow.source
    protocol = ICMP_PROTOCOLS[family_of(flow.destination)]
    side = "from" if is_ingress else "to"
    peer = {"host": True} if other is None else {"netns": other}
    options = {
        "topology": refusals.find_topology(member, refusal.direction),
        "name": _compose_name(protocol, netns or "", side, other or "host"),
        "netns": [netns],
        refusal.direction: [{side: [peer], "protocol": protocol}],
    }
    words = shlex.quote(json.dumps(options))
    return f"ansible localhost -m redblue.netns.netns_policy -a {words}"


def _compose_name(*words: str) -> str:
    """A name for a policy; a long one ends with a checksum, so that no two are the same."""
    name = "-".join(words)
    if len(name) > _MAX_NAME or _NO_LETTER.search(name):
        checksum = f"-{zlib.crc32(name.encode()):08x}"
        name = _NO_LETTER.sub("-", name)[: _MAX_NAME - len(checksum)] + checksum
    return name
