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
    AddressSet,
    Entry,
    NetworkPolicy,
    Peer,
)
from .._model.policy_verdicts import PolicyVerdicts, Traffic
from .nat_networks import own_addresses
from .policy_paths import PolicyPaths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._model.changes import Resource
    from .projection import Projection


def resolve_policies(
    projection: Projection, unwanted: Sequence[Resource]
) -> tuple[list[Resource], list[Resource]]:
    """Complete the policies of the topology, and derive their guards.

    :returns: what is wanted, and what is not wanted any more.
    :raises Refused: a policy cannot be enforced, names nobody, or closes the task's connection.
    """
    desired = projection.request.desired
    policies = _list_policies(projection, unwanted)
    present: list[Resource] = [
        resource for resource in desired.present if not isinstance(resource, NetworkPolicy)
    ]
    guards: list[Resource] = []
    if policies:
        _check_host(projection, policies[0])
        paths = PolicyPaths(projection)
        policies = [_resolve(projection, policy, paths) for policy in policies]
        _check_ssh(projection, policies)
        guards += paths.guards()
    wanted = {guard.key for guard in guards}
    gone: list[Resource] = [
        rule
        for ruleset in projection.current.rulesets.values()
        for rule in ruleset.resources
        if isinstance(rule, POLICY_GUARDS)
        and desired.lab is not None
        and rule.owner == desired.lab
        and rule.key not in wanted
    ]
    return [*present, *policies, *guards], [*unwanted, *gone]


def _check_host(projection: Projection, policy: NetworkPolicy) -> None:
    """Check that the host has what policies need: without it none of them would hold."""
    if projection.current.missing_nft:
        raise Refused("policy", policy.name, projection.current.missing_nft)
    if "policy" in projection.current.missing_features:
        rule = f"this kernel lacks {FEATURES['policy'].title} ({FEATURES['policy'].option})"
        raise Refused("policy", policy.name, rule)


def _list_policies(projection: Projection, unwanted: Sequence[Resource]) -> list[NetworkPolicy]:
    """The wanted policies, and those of the topology that stay although it does not list them."""
    wanted = projection.request.wanted(NetworkPolicy)
    others = {resource.key for resource in (*wanted, *unwanted)}
    ruleset = projection.current.rulesets.get(None)
    return [
        *wanted,
        *(
            rule
            for rule in (ruleset.resources if ruleset else ())
            if isinstance(rule, NetworkPolicy)
            and projection.request.lab is not None
            and rule.owner == projection.request.lab
            and rule.key not in others
        ),
    ]


def _resolve(projection: Projection, policy: NetworkPolicy, paths: PolicyPaths) -> NetworkPolicy:
    if policy.members is None:
        members = [name for name in paths.members if paths.addresses[name]]
    else:
        members = sorted({name for text in policy.members for name in _match(policy, text, paths)})
    return replace(
        policy,
        ingress=_resolve_entries(projection, policy, policy.ingress, paths),
        egress=_resolve_entries(projection, policy, policy.egress, paths),
        addresses=_list_addresses(policy, members, paths),
    )


def _match(policy: NetworkPolicy, pattern: str, paths: PolicyPaths) -> list[str]:
    if pattern in paths.addresses:
        return [pattern]
    found = [name for name in paths.members if fnmatchcase(name, pattern)]
    if not found:
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
        addresses: set[str] = set()
        for peer in entry.peers:
            if peer.kind == NETNS:
                members = _match(policy, peer.value, paths)
                addresses.update(_list_addresses(policy, members, paths))
            elif peer.kind == LAB:
                addresses.update(_networks_of_lab(projection, policy, peer))
        resolved.append(entry._replace(addresses=tuple(sorted(addresses))))
    return tuple(resolved)


def _networks_of_lab(projection: Projection, policy: NetworkPolicy, peer: Peer) -> set[str]:
    """The networks of a topology. Another one is as it was when the host was observed."""
    lab = projection.request.lab
    ruleset = projection.current.rulesets.get(None)
    known = ruleset.resources if ruleset else ()
    isolations = [
        rule for rule in known if isinstance(rule, Isolation) and rule.owner == peer.value
    ]
    if peer.value == lab:
        # It may list interfaces of others, such as the uplink of the host.
        isolations = [
            rule
            for rule in projection.request.wanted(Isolation)
            if projection.links[None, rule.interface].owner == lab
        ]
    found = {network for rule in isolations for network in rule.networks}
    if not found:
        rule = f"names topology {peer.value}, and this host has no isolated topology of that name"
        raise Refused("policy", policy.name, rule)
    return found


def _check_ssh(projection: Projection, policies: Sequence[NetworkPolicy]) -> None:
    """Check that the SSH connection of the task may reach the host, if a member began it.

    :raises Refused: if a policy would end it.
    """
    connection = projection.current.ssh_connection
    if connection is None:
        return
    own = own_addresses(projection, None)
    verdicts = PolicyVerdicts([*policies, *projection.request.wanted(AddressSet)], own)
    server = connection.server or min(own, default=connection.client)
    refusal = verdicts.find_refusal(
        Traffic(connection.client, server, "tcp", connection.server_port)
    )
    if refusal is not None:
        rule = (
            f"would end the SSH connection of this task from {connection.client}; let through tcp "
            f"port {connection.server_port} to the host"
        )
        raise Refused("policy", refusal.policies[0], rule)
