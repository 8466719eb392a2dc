# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS names to which policies let through, and of which no address is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.network_policies import NetworkPolicy, list_dns_names
from ..._model.policy_names import TABLE, TABLE_FAMILY, is_pattern, name_answers
from ..._model.processes import FEEDS, RUNNING
from ..findings import ERROR, INFO, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts


def check_policy_names(facts: HostFacts) -> Iterator[Finding]:
    """Names whose addresses are refused, since no member has looked them up or can do so."""
    running = {
        (process.owner, name)
        for process in facts.current.lab_processes.values()
        if process.state == RUNNING
        for name in (process.serves or {}).get(FEEDS, ())
    }
    for owner, name in sorted(facts.unanswered_names):
        is_running = (owner, name) in running
        if is_running:
            reason = "no answer with addresses has been given to a member for an hour, or ever"
            fix = f"look {_describe_example(name)} up in a member, which asks the server of {owner}"
        else:
            reason = f"the DNS server of topology {owner} that adds its addresses does not run"
            fix = f"run module topology for {owner} again, with a policy that lists {name}"
        policies = ", ".join(_list_policies(facts, owner, name))
        yield Finding(
            "name_unanswered",
            INFO if is_running else ERROR,
            name,
            f"policy {policies} of topology {owner} refuses what is sent to {name}: {reason}",
            f"nft list set {TABLE_FAMILY} {TABLE} {name_answers(owner, name, 4)}",
            fix,
        )


def _describe_example(name: str) -> str:
    return f"a name such as {name.replace('*', 'www')}" if is_pattern(name) else name


def _list_policies(facts: HostFacts, owner: str, name: str) -> list[str]:
    ruleset = facts.current.rulesets.get(None)
    return [
        rule.name
        for rule in (ruleset.resources if ruleset else ())
        if isinstance(rule, NetworkPolicy)
        and rule.owner == owner
        and name in list_dns_names([rule])
    ]
