# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of rule sets. The backend composes the commands, for a whole rule set."""

from __future__ import annotations

from .._describe.nat import describe_nat, describe_target
from .._describe.places import describe_location, describe_netns
from .._describe.resources import describe_resource
from .._model.host_access import HostAccess
from .._model.nat import (
    Dnat,
    ForwardingEnabled,
    IntegratedFirewall,
    Isolation,
    NatBackend,
    SavedSysctl,
)
from .._model.resources import NatRule, RulesetPart
from .dispatch import describe_action, describe_details
from .text import choose_verb, list_attributes


@describe_action.register(NatRule)  # Some of them have actions of their own, below.
def _describe_rule_action(rule: NatRule, before: NatRule | None, after: NatRule | None) -> str:
    return f"{choose_verb(before, after)} {describe_resource(rule)}"


@describe_action.register(Dnat)
def _describe_dnat_action(rule: Dnat, before: Dnat | None, after: Dnat | None) -> str:
    target = f"{describe_target(rule)} {describe_location(rule.netns)}"
    return f"{choose_verb(before, after)} {describe_nat(rule)} to {target}"


@describe_action.register(Isolation)
def _describe_isolation_action(
    rule: Isolation, before: Isolation | None, after: Isolation | None
) -> str:
    verb = choose_verb(before, after, "isolate", "do not isolate", "isolate anew")
    networks = ", ".join(rule.networks)
    return f"{verb} {rule.interface} {describe_location(rule.netns)}: {networks}"


@describe_action.register(IntegratedFirewall)
def _describe_integration_action(
    rule: IntegratedFirewall,
    before: IntegratedFirewall | None,
    after: IntegratedFirewall | None,
) -> str:
    verb = choose_verb(before, after, "let", "do not let", "let again")
    where = f"{rule.firewall} {describe_location(rule.netns)}"
    return f"{verb} the traffic of {rule.interface} through {where}"


@describe_action.register(HostAccess)
def _describe_host_access_action(
    rule: HostAccess, before: HostAccess | None, after: HostAccess | None
) -> str:
    verb = choose_verb(before, after, "limit", "do not limit", "limit anew")
    subject = f"{verb} the {describe_nat(rule)} {describe_location(rule.netns)}"
    return subject if after is None else f"{subject}: {', '.join(after.allowed) or 'none'}"


@describe_action.register(ForwardingEnabled)
def _describe_forwarding_action(
    record: ForwardingEnabled,
    before: ForwardingEnabled | None,
    after: ForwardingEnabled | None,
) -> str:
    verb = "close" if after is None else "open"
    interface = "all interfaces" if record.interface == "all" else record.interface
    where = f"{interface} of {describe_netns(record.netns)}"
    return f"{verb} IPv{record.family} forwarding for the lab's traffic from {where}"


@describe_action.register(SavedSysctl)
def _describe_saved_sysctl_action(
    record: SavedSysctl, before: SavedSysctl | None, after: SavedSysctl | None
) -> str:
    verb = "forget" if after is None else "note"
    where = describe_location(record.netns)
    return f"{verb} that {record.setting} of {record.interface} {where} was on"


@describe_action.register(NatBackend)
def _describe_backend_action(
    backend: NatBackend, before: NatBackend | None, after: NatBackend | None
) -> str:
    where = describe_location(backend.netns)
    if before is not None and after is None:
        return f"remove what is left of the rules {where} ({before.backend})"
    if before is None or after is None:
        return f"{choose_verb(before, after)} {describe_resource(backend)}"
    if not before.backend:
        return f"write the rules {where} anew ({after.backend}), which somebody removed"
    if before.backend == after.backend:
        return f"repair the rules {where} ({after.backend})"
    return f"move the rules {where} from {before.backend} to {after.backend}"


_IN_DESCRIPTION = (
    *("netns", "interface", "family", "setting", "firewall", "enabled", "source", "device"),
    *("ports", "to_address", "to_ports", "destination"),
)


@describe_details.register(RulesetPart)
def _describe_details(part: RulesetPart) -> list[str]:
    return list_attributes(part, *_IN_DESCRIPTION)


@describe_details.register(Dnat)
def _describe_dnat_details(rule: Dnat) -> list[str]:
    return [f"  to: {describe_target(rule)}", *_describe_details(rule)]
