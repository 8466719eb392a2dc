# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of policies and of what enforces them."""

from __future__ import annotations

from .._describe.nat import describe_nat
from .._describe.places import describe_location
from .._describe.policies import describe_entries
from .._model.network_policies import DIRECTIONS, AddressSet, NetworkPolicy, PortGuard, SourceCheck
from .dispatch import describe_action, describe_details
from .text import choose_verb


@describe_action.register(NetworkPolicy)
def _describe_policy_action(
    rule: NetworkPolicy, before: NetworkPolicy | None, after: NetworkPolicy | None
) -> str:
    subject = f"{choose_verb(before, after)} {describe_nat(rule)} {describe_location(rule.netns)}"
    return subject if after is None else f"{subject} for {', '.join(after.addresses) or 'nobody'}"


@describe_action.register(SourceCheck)
def _describe_check_action(
    rule: SourceCheck, before: SourceCheck | None, after: SourceCheck | None
) -> str:
    verb = choose_verb(before, after, "limit", "do not limit", "limit anew")
    subject = f"{verb} what enters by {rule.interface} {describe_location(rule.netns)}"
    return (
        subject
        if after is None
        else f"{subject} to packets from {', '.join(after.addresses) or 'nobody'}"
    )


@describe_action.register(PortGuard)
def _describe_guard_action(
    rule: PortGuard, before: PortGuard | None, after: PortGuard | None
) -> str:
    where = describe_location(rule.netns)
    if not rule.mac:
        verb = choose_verb(before, after, "let", "do not let", "let again")
        return f"{verb} port {rule.interface} {where} lead to the host for policies"
    verb = choose_verb(before, after, "guard", "do not guard", "guard anew")
    return (
        f"{verb} port {rule.interface} {where}: only frames of its member enter, and the host "
        "routes its packets"
    )


@describe_details.register(NetworkPolicy)
def _describe_policy_details(rule: NetworkPolicy) -> list[str]:
    members = "all" if rule.members is None else ", ".join(rule.members)
    lines = [f"members: {members}", *describe_entries(rule)]
    lines.append(f"addresses: {', '.join(rule.addresses)}")
    if rule.resolvers:
        lines.append(f"DNS servers: {', '.join(rule.resolvers)}")
    for direction in DIRECTIONS:
        for number, entry in enumerate(rule.entries(direction) or (), 1):
            if entry.addresses:
                lines.append(f"{direction} {number} addresses: {', '.join(entry.addresses)}")
    return [f"  {line}" for line in lines]


@describe_details.register(AddressSet)
def _describe_set_details(rule: AddressSet) -> list[str]:
    return [f"  {address}" for address in rule.addresses]
