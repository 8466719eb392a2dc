# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the NAT and filter rules of namespaces, and the firewalls beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._firewall.firewall import Firewall, observe_foreign_forwards, survey_firewalls
from .._firewall.listing import Listing
from .._host.netns import inside_netns
from .._host.programs import find
from .._host.requirements import describe_missing_program
from .._host.sysctl import filtered_families
from .._model.fast_replace import replace
from .._model.kernel_features import POLICY_CONNECTIONS, POLICY_FEATURES
from .._model.nat import Isolation
from .._model.network_policies import list_needed_features

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandle
    from .._model.current_state import CurrentState
    from .._model.nat import Ruleset
    from .._model.resources import NatResource
    from .._model.scope import Scope


def observe_nat(
    scope: Scope,
    handles: dict[str | None, NetnsHandle],
    firewall: Firewall,
    current: CurrentState,
) -> None:
    """Read the rules that the scope names."""
    for netns in sorted(_namespaces_with_rules(scope, current) & handles.keys(), key=str):
        with inside_netns(handles[netns].descriptor):
            _observe_netns(scope, netns, firewall, current)
    if scope.backend is not None:
        # A namespace that does not exist yet will have the programs that the host has.
        for netns in scope.nat - handles.keys():
            current.backends[netns], current.backend_reasons[netns] = firewall.choose_backend(
                scope.backend, None
            )
    current.missing_nft = "" if find("nft") else describe_missing_program("nft")
    if not current.missing_nft and _may_lack_abilities(scope, current):
        from .._firewall.outside import find_policy_fault  # which few tasks need

        with inside_netns(handles[None].descriptor):
            current.policy_fault = find_policy_fault(POLICY_CONNECTIONS in scope.features)
    if current.rulesets or scope.backend is not None:
        current.br_netfilter_families = filtered_families()


def _observe_netns(
    scope: Scope, netns: str | None, firewall: Firewall, current: CurrentState
) -> None:
    """Read the rules of the namespace in which the calling thread is."""
    listing = Listing(current.host_owners)
    ruleset = firewall.observe_ruleset(netns, listing)
    if scope.backend is not None and netns in scope.nat:
        current.backends[netns], current.backend_reasons[netns] = firewall.choose_backend(
            scope.backend, ruleset
        )
        current.hook_points[netns], current.blocking_chains[netns] = survey_firewalls(listing)
    if netns in scope.listeners:
        current.foreign_forwards[netns] = observe_foreign_forwards(listing)
    if ruleset is not None:
        current.rulesets[netns] = _with_owners(ruleset, current)


def _with_owners(ruleset: Ruleset, current: CurrentState) -> Ruleset:
    """A rule set in which isolations without an owner have that of their interface."""
    if all(getattr(rule, "owner", "") is not None for rule in ruleset.resources):
        return ruleset
    resources: list[NatResource] = []
    for rule in ruleset.resources:
        link = current.links.get((rule.netns, getattr(rule, "interface", "")))
        if isinstance(rule, Isolation) and rule.owner is None and link is not None:
            rule = replace(rule, owner=link.owner)
        resources.append(rule)
    return replace(ruleset, resources=tuple(resources))


def _may_lack_abilities(scope: Scope, current: CurrentState) -> bool:
    """Whether the task has policies of a kind that the host does not have yet."""
    needed = scope.features.intersection((*POLICY_FEATURES, POLICY_CONNECTIONS))
    ruleset = current.rulesets.get(None)
    return not needed.issubset(list_needed_features(ruleset.resources if ruleset else ()))


def _namespaces_with_rules(scope: Scope, current: CurrentState) -> set[str | None]:
    """Where rules are read.

    Not in namespaces of the topology that it does not list any more: their rules end with them.
    Ports of bridges of the topology are guarded where the bridge is.
    """
    names = set(scope.nat)
    if scope.lab is not None:
        links = current.links.values()
        names |= {link.netns for link in links if link.bridge and link.owner == scope.lab}
    if scope.all_namespaces:
        names.add(None)
        for netns in current.namespaces.values():
            if netns.owner != scope.lab or netns.name in scope.namespaces:
                names.add(netns.name)
    return names
