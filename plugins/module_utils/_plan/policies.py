# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for policies: the addresses of whom they name, and the guards that make these true."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.kernel_features import FEATURES
from .._model.nat import Isolation
from .._model.network_policies import (
    LAB,
    NETNS,
    POLICY_GUARDS,
    SINGLE_PARTS,
    AddressSet,
    Entry,
    NetworkPolicy,
    SinglePart,
    list_dns_names,
    list_needed_features,
)
from .narrow_policies import list_guards, select_planned
from .policy_lockout import check_policy_lockout
from .policy_makers import (
    check_makers,
    find_resolvers,
    list_unnamed_sets,
    remaining_parts,
    warn_of_boot,
    warn_of_missing_sets,
)
from .policy_paths import PolicyPaths
from .policy_ports import check_policy_ports

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Sequence

    from .._model.network_policies import PortGuard, SourceCheck
    from .._model.resources import Resource
    from .projection import Projection


def resolve_policies(
    projection: Projection, unwanted: Sequence[Resource]
) -> tuple[list[Resource], list[Resource]]:
    """Complete the policies of the topology, and derive their guards.

    :returns: what is wanted, and what is not wanted any more.
    :raises Refused: a policy cannot be enforced, names nobody, or closes the task's connection,
        or the task opens a port that policies of others have isolated.
    """
    desired = projection.request.desired
    check_policy_ports(projection)
    wanted_parts = check_makers(projection, unwanted)
    unwanted = [*unwanted, *list_unnamed_sets(projection, unwanted)]
    parts = _list_parts(projection, wanted_parts, unwanted)
    policies = [part for part in parts if isinstance(part, NetworkPolicy)]
    present: list[Resource] = [
        resource for resource in desired.present if not isinstance(resource, SINGLE_PARTS)
    ]
    sets = [part for part in wanted_parts if isinstance(part, AddressSet)]
    guards: Sequence[SourceCheck | PortGuard] = ()
    if policies:
        _check_host(projection, policies)
        paths = PolicyPaths(projection)
        policies = _resolve_all(projection, policies, paths, wanted_parts)
        warn_of_boot(projection, policies)
        all_sets = [part for part in parts if isinstance(part, AddressSet)]
        warn_of_missing_sets(projection, policies, all_sets)
        guards = list_guards(projection, paths)
        check_policy_lockout(projection, [*all_sets, *policies, *guards])
    gone = _list_gone(projection, {guard.key for guard in guards})
    rules = select_planned(projection, wanted_parts, [*policies, *guards])
    return [*present, *sets, *rules], [*unwanted, *gone]


def _list_gone(projection: Projection, wanted: Container[tuple[object, ...]]) -> list[Resource]:
    """The guards that the topology has and no longer needs.

    :param wanted: the keys of those that it needs.
    """
    lab = projection.request.desired.lab
    return [
        rule
        for ruleset in projection.current.rulesets.values()
        for rule in ruleset.resources
        if isinstance(rule, POLICY_GUARDS)
        and lab is not None
        and rule.owner == lab
        and rule.key not in wanted
    ]


def _check_host(projection: Projection, policies: Sequence[NetworkPolicy]) -> None:
    """Check that the host has what policies need: without it none of them would hold."""
    current = projection.current
    if current.missing_nft:
        raise Refused("policy", policies[0].name, current.missing_nft)
    for policy in policies if current.missing_features else ():
        for feature in list_needed_features([policy]):
            if feature in current.missing_features:
                title, option, _module = FEATURES[feature]
                rule = f"this kernel lacks {title} ({option})"
                raise Refused("policy", policy.name, rule)
    if current.policy_fault:
        rule = f"cannot be enforced here: {current.policy_fault}"
        raise Refused("policy", policies[0].name, rule)


def _list_parts(
    projection: Projection, wanted: Sequence[SinglePart], unwanted: Sequence[Resource]
) -> list[SinglePart]:
    """The wanted parts, and those of the topology that stay although the task lists them not."""
    keys = {part.key for part in wanted}
    remaining = remaining_parts(projection, unwanted)
    return [*wanted, *(part for key, part in remaining.items() if key not in keys)]


def _resolve_all(
    projection: Projection,
    policies: Sequence[NetworkPolicy],
    paths: PolicyPaths,
    wanted: Collection[SinglePart],
) -> list[NetworkPolicy]:
    """Resolve policies; those of others stay as they are if their members were not observed.

    :param wanted: what the task wants.
    """
    keys = {part.key for part in wanted}
    resolvers = find_resolvers(projection, policies)
    is_narrow = projection.current.is_narrow
    return [
        policy
        if is_narrow and policy.key not in keys
        else _resolve(projection, policy, paths, resolvers)
        for policy in policies
    ]


def _resolve(
    projection: Projection,
    policy: NetworkPolicy,
    paths: PolicyPaths,
    resolvers: tuple[str, ...],
) -> NetworkPolicy:
    if policy.members is None:
        members = paths.list_all()
    else:
        members = sorted({name for text in policy.members for name in _match(policy, text, paths)})
    return replace(
        policy,
        ingress=_resolve_entries(projection, policy, policy.ingress, paths),
        egress=_resolve_entries(projection, policy, policy.egress, paths),
        addresses=_list_addresses(policy, members, paths),
        resolvers=resolvers if resolvers and list_dns_names([policy]) else (),
    )


def _match(policy: NetworkPolicy, pattern: str, paths: PolicyPaths) -> list[str]:
    if pattern in paths.addresses:
        return [pattern]
    found = [name for name in paths.members if fnmatchcase(name, pattern)]
    if not found and paths.must_have(policy, pattern):
        rule = f"names {pattern}, and the topology has no such namespace"
        raise Refused("policy", policy.name, rule)
    return found


def _list_addresses(
    policy: NetworkPolicy, members: Iterable[str], paths: PolicyPaths
) -> tuple[str, ...]:
    addresses: set[str] = set()
    for member in members:
        if member in paths.faults:
            rule = f"cannot be enforced for {member}: {paths.faults[member]}"
            raise Refused("policy", policy.name, rule)
        addresses.update(paths.addresses[member])
    return tuple(sorted(addresses))


def _resolve_entries(
    projection: Projection,
    policy: NetworkPolicy,
    entries: tuple[Entry, ...] | None,
    paths: PolicyPaths,
) -> tuple[Entry, ...] | None:
    if entries is None:
        return None
    resolved = []
    for entry in entries:
        networks = _list_networks(projection, policy, entry, paths)
        # Most are the same as before, and an object that stays is compared at once.
        resolved.append(
            entry if networks == entry.addresses else entry._replace(addresses=networks)
        )
    return tuple(resolved)


def _list_networks(
    projection: Projection, policy: NetworkPolicy, entry: Entry, paths: PolicyPaths
) -> tuple[str, ...]:
    """The networks of those peers of a rule that are members or topologies."""
    members: list[str] = []
    found: set[str] = set()
    for kind, value in entry.peers:
        if kind == NETNS:
            members += _match(policy, value, paths)
        elif kind == LAB:
            found |= _networks_of_lab(projection, policy, value)
    addresses = _list_addresses(policy, members, paths) if members else ()
    return tuple(sorted(found.union(addresses))) if found else addresses


def _networks_of_lab(projection: Projection, policy: NetworkPolicy, name: str) -> set[str]:
    """The networks of a topology. Another one is as it was when the host was observed."""
    lab = projection.request.lab
    ruleset = projection.current.rulesets.get(None)
    known = ruleset.resources if ruleset else ()
    isolations = [rule for rule in known if isinstance(rule, Isolation) and rule.owner == name]
    if name == lab and not projection.request.desired.single:
        # It may list interfaces of others, such as the uplink of the host.
        isolations = [
            rule
            for rule in projection.request.wanted(Isolation)
            if projection.links[None, rule.interface].owner == lab
        ]
    found = {network for rule in isolations for network in rule.networks}
    if not found and not (projection.request.assume and projection.request.desired.single):
        rule = f"names topology {name}, and this host has no isolated topology of that name"
        raise Refused("policy", policy.name, rule)
    return found
