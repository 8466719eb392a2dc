# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT rules, what was set for them, and the backend that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from ..._describe.nat import describe_nat
from ..._describe.places import describe_netns
from ..._model import nat
from ..._model.host_access import HostAccess
from ..._model.network_policies import AddressSet, NetworkPolicy, PortGuard, SourceCheck
from ..._model.resources import NatRule, PolicyPart, RulesetPart
from ..commands import netns_exec
from ..findings import Location, format_ref, ruleset_location
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState

_LinkRule = Union[
    nat.Isolation,
    nat.IntegratedFirewall,
    nat.SpoofCheck,
    HostAccess,
    SourceCheck,
    PortGuard,
    nat.ForwardingEnabled,
    nat.SavedSysctl,
]


def show_rules_command(netns: str | None, backend: str | None) -> str:
    """The command that shows the rules of this collection."""
    prefix = netns_exec(netns)
    if backend == "iptables":
        return f"{prefix}iptables-save; {prefix}ip6tables-save"
    return f"{prefix}nft list table inet redblue_netns"


@dispatch.describe_subject.register(NatRule)
def _describe_rule(resource: NatRule) -> str:
    return format_ref((resource.netns, describe_nat(resource)))


@dispatch.describe_subject.register(nat.ForwardingEnabled)
@dispatch.describe_subject.register(nat.SavedSysctl)
@dispatch.describe_subject.register(nat.NatBackend)
def _describe_netns(resource: nat.ForwardingEnabled | nat.SavedSysctl | nat.NatBackend) -> str:
    return resource.netns or describe_netns(None)


@dispatch.find_checks.register(NatRule)
def _find_checks_of_rule(_resource: NatRule, change: Change) -> list[str]:
    return dispatch.unless_removed(change, "nat_missing")


@dispatch.find_checks.register(nat.ForwardingEnabled)
@dispatch.find_checks.register(nat.SavedSysctl)
def _find_checks_of_record(
    _resource: nat.ForwardingEnabled | nat.SavedSysctl, _change: Change
) -> list[str]:
    """These records are planned together with the rule and the sysctl that they belong to."""
    return []


@dispatch.find_checks.register(nat.NatBackend)
def _find_checks_of_backend(_resource: nat.NatBackend, _change: Change) -> list[str]:
    return ["nat_damaged"]


dispatch.affected_locations.register(nat.Masquerade, dispatch.affect_nothing)
dispatch.affected_locations.register(nat.Dnat, dispatch.affect_nothing)
dispatch.affected_locations.register(nat.Isolation, dispatch.affect_nothing)
dispatch.affected_locations.register(nat.IntegratedFirewall, dispatch.affect_nothing)
dispatch.affected_locations.register(nat.SpoofCheck, dispatch.affect_nothing)
dispatch.affected_locations.register(HostAccess, dispatch.affect_nothing)
dispatch.affected_locations.register(NetworkPolicy, dispatch.affect_nothing)
dispatch.affected_locations.register(AddressSet, dispatch.affect_nothing)
dispatch.affected_locations.register(SourceCheck, dispatch.affect_nothing)
dispatch.affected_locations.register(PortGuard, dispatch.affect_nothing)
dispatch.affected_locations.register(nat.ForwardingEnabled, dispatch.affect_nothing)
dispatch.affected_locations.register(nat.SavedSysctl, dispatch.affect_nothing)
dispatch.affected_locations.register(nat.NatBackend, dispatch.affect_nothing)


def _rule_locations(netns: str | None, *links: str | None) -> frozenset[Location]:
    return frozenset({ruleset_location(netns), *((netns, link) for link in links if link)})


@dispatch.required_locations.register(nat.Masquerade)
def _required_by_masquerade(
    resource: nat.Masquerade, _desired: DesiredState
) -> frozenset[Location]:
    return _rule_locations(resource.netns, resource.device, resource.out_interface)


@dispatch.required_locations.register(nat.Dnat)
def _required_by_dnat(resource: nat.Dnat, _desired: DesiredState) -> frozenset[Location]:
    return _rule_locations(resource.netns, resource.device, resource.in_interface)


@dispatch.required_locations.register(nat.Isolation)
@dispatch.required_locations.register(nat.IntegratedFirewall)
@dispatch.required_locations.register(nat.SpoofCheck)
@dispatch.required_locations.register(HostAccess)
@dispatch.required_locations.register(SourceCheck)
@dispatch.required_locations.register(PortGuard)
@dispatch.required_locations.register(nat.ForwardingEnabled)
@dispatch.required_locations.register(nat.SavedSysctl)
def _required_by_link_rule(resource: _LinkRule, _desired: DesiredState) -> frozenset[Location]:
    return _rule_locations(resource.netns, resource.interface)


@dispatch.required_locations.register(nat.NatBackend)
@dispatch.required_locations.register(NetworkPolicy)
@dispatch.required_locations.register(AddressSet)
def _required_by_backend(
    resource: nat.NatBackend | NetworkPolicy | AddressSet, _desired: DesiredState
) -> frozenset[Location]:
    return _rule_locations(resource.netns)


@dispatch.show_command.register(RulesetPart)
def _show_command(resource: RulesetPart, current: CurrentState) -> str:
    return show_rules_command(resource.netns, current.backends.get(resource.netns))


@dispatch.show_command.register(PolicyPart)
def _show_policy_command(resource: PolicyPart, _current: CurrentState) -> str:
    family = "bridge" if isinstance(resource, PortGuard) else "inet"
    return f"{netns_exec(resource.netns)}nft list table {family} redblue_netns_policy"
