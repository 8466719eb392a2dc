# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT rules, what was set for them, and the backend that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from ..._describe.nat import describe_nat
from ..._describe.places import describe_netns
from ..._model.nat import (
    Dnat,
    ForwardingEnabled,
    IntegratedFirewall,
    Isolation,
    Masquerade,
    NatBackend,
    NatResource,
    NatRule,
    SavedSysctl,
    SpoofCheck,
)
from ..commands import netns_exec
from ..findings import Location, format_ref, ruleset_location
from .dispatch import (
    NOWHERE,
    affected_locations,
    describe_subject,
    find_checks,
    required_locations,
    show_command,
    unless_removed,
)

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState

_LinkRule = Union[Isolation, IntegratedFirewall, SpoofCheck, ForwardingEnabled, SavedSysctl]


def show_rules_command(netns: str | None, backend: str | None) -> str:
    """The command that shows the rules of this collection."""
    prefix = netns_exec(netns)
    if backend == "iptables":
        return f"{prefix}iptables-save; {prefix}ip6tables-save"
    return f"{prefix}nft list table inet redblue_netns"


@describe_subject.register(Masquerade)
@describe_subject.register(Dnat)
@describe_subject.register(Isolation)
@describe_subject.register(IntegratedFirewall)
@describe_subject.register(SpoofCheck)
def _describe_rule(resource: NatRule) -> str:
    return format_ref((resource.netns, describe_nat(resource)))


@describe_subject.register(ForwardingEnabled)
@describe_subject.register(SavedSysctl)
@describe_subject.register(NatBackend)
def _describe_netns(resource: ForwardingEnabled | SavedSysctl | NatBackend) -> str:
    return resource.netns or describe_netns(None)


@find_checks.register(Masquerade)
@find_checks.register(Dnat)
@find_checks.register(Isolation)
@find_checks.register(IntegratedFirewall)
@find_checks.register(SpoofCheck)
def _find_checks_of_rule(_resource: NatRule, change: Change) -> list[str]:
    return unless_removed(change, "nat_missing")


@find_checks.register(ForwardingEnabled)
@find_checks.register(SavedSysctl)
def _find_checks_of_record(
    _resource: ForwardingEnabled | SavedSysctl, _change: Change
) -> list[str]:
    """These records are planned together with the rule and the sysctl that they belong to."""
    return []


@find_checks.register(NatBackend)
def _find_checks_of_backend(_resource: NatBackend, _change: Change) -> list[str]:
    return ["nat_damaged"]


@affected_locations.register(Masquerade)
@affected_locations.register(Dnat)
@affected_locations.register(Isolation)
@affected_locations.register(IntegratedFirewall)
@affected_locations.register(SpoofCheck)
@affected_locations.register(ForwardingEnabled)
@affected_locations.register(SavedSysctl)
@affected_locations.register(NatBackend)
def _affected_locations(_resource: NatResource | NatBackend) -> frozenset[Location]:
    return NOWHERE


def _rule_locations(netns: str | None, *links: str | None) -> frozenset[Location]:
    return frozenset({ruleset_location(netns), *((netns, link) for link in links if link)})


@required_locations.register(Masquerade)
def _required_by_masquerade(resource: Masquerade, _desired: DesiredState) -> frozenset[Location]:
    return _rule_locations(resource.netns, resource.device, resource.out_interface)


@required_locations.register(Dnat)
def _required_by_dnat(resource: Dnat, _desired: DesiredState) -> frozenset[Location]:
    return _rule_locations(resource.netns, resource.device, resource.in_interface)


@required_locations.register(Isolation)
@required_locations.register(IntegratedFirewall)
@required_locations.register(SpoofCheck)
@required_locations.register(ForwardingEnabled)
@required_locations.register(SavedSysctl)
def _required_by_link_rule(resource: _LinkRule, _desired: DesiredState) -> frozenset[Location]:
    return _rule_locations(resource.netns, resource.interface)


@required_locations.register(NatBackend)
def _required_by_backend(resource: NatBackend, _desired: DesiredState) -> frozenset[Location]:
    return _rule_locations(resource.netns)


@show_command.register(Masquerade)
@show_command.register(Dnat)
@show_command.register(Isolation)
@show_command.register(IntegratedFirewall)
@show_command.register(SpoofCheck)
@show_command.register(ForwardingEnabled)
@show_command.register(SavedSysctl)
@show_command.register(NatBackend)
def _show_command(resource: NatResource | NatBackend, current: CurrentState) -> str:
    return show_rules_command(resource.netns, current.backends.get(resource.netns))
