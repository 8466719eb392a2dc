# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be observed for a desired state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Sequence, Set, Tuple

from .._model.bridge_vlans import PortVlans
from .._model.changes import Resource, links_in
from .._model.desired_state import DesiredState
from .._model.impairments import Impairment, is_unimpaired
from .._model.link_options import BridgeOptions
from .._model.link_types import NETNS_LINK_KINDS, STACKED_TYPES
from .._model.links import Link, LinkRef, Veth
from .._model.nat import NAT_RULES, Dnat, Masquerade, SpoofCheck
from .._model.netns import DEFAULT_DISABLE_IPV6, SEND_REDIRECTS, Netns, Resolver, StaleName, Sysctl


def _namespaces_of(resource: Resource) -> Set[Optional[str]]:
    if isinstance(resource, Veth):
        # An end of this pair may still lie on the host.
        return {resource.end.netns, resource.peer.netns, None}
    if isinstance(resource, (Netns, StaleName)):
        return {resource.name}
    if isinstance(resource, Link) and (
        resource.saved is not None or resource.parent is not None or resource.kind in STACKED_TYPES
    ):
        # What is taken comes from the host, and what sits on a link is made in the namespace of that.
        return {resource.netns, None, *([resource.parent[0]] if resource.parent else [])}
    return {resource.netns}


def _scope_of_settings(desired: DesiredState) -> Dict[str, Any]:
    """What is asked for on links, and what the kernel must have for it."""
    impairments = [
        resource
        for resource in desired.present
        if isinstance(resource, Impairment) and not is_unimpaired(resource)
    ]
    vlans = [resource for resource in desired.present if isinstance(resource, PortVlans)]
    bridges = [
        resource.options
        for resource in desired.present
        if isinstance(resource, Link) and isinstance(resource.options, BridgeOptions)
    ]
    filtering = any(
        options.vlan_filtering or options.vlan_default_pvid is not None for options in bridges
    )
    return {
        "vlans": frozenset(resource.netns for resource in vlans),
        "impairments": frozenset(resource.netns for resource in impairments),
        "features": frozenset(
            {resource.kind for resource in impairments}
            | ({"bridge_vlan"} if vlans or filtering else set())
        ),
    }


def _sysctls_of(resources: Sequence[Resource]) -> Set[Tuple[Optional[str], str]]:
    """The kernel parameters that are wanted, and those that the kernel sets with what is wanted."""
    wanted: Set[Tuple[Optional[str], str]] = {
        (resource.netns, resource.key_path)
        for resource in resources
        if isinstance(resource, Sysctl)
    }
    # Of a link that comes, whether it will take its addresses.
    wanted |= {
        (end.netns, DEFAULT_DISABLE_IPV6)
        for end in links_in(resources)
        if any(":" in address for address in end.addresses or ())
    }
    return wanted | {
        (resource.netns, SEND_REDIRECTS)
        for resource in resources
        if isinstance(resource, Link) and resource.kind == "wireguard"
    }


def scope_of(desired: DesiredState) -> Scope:
    """What has to be observed for a wish, and no more."""
    resources = (*desired.present, *desired.absent)
    namespaces: Set[Optional[str]] = set()
    for resource in resources:
        namespaces |= _namespaces_of(resource)
    if desired.lab is not None:
        namespaces.add(None)
    namespaces |= {
        netns
        for probe in desired.probes
        for _parameter, netns in probe.namespaces
        if "/" not in (netns or "")
    }
    doomed = {resource.name for resource in desired.absent if isinstance(resource, Netns)}
    if doomed or any(
        isinstance(resource, Link) and resource.name != "lo" for resource in desired.absent
    ):
        namespaces.add(None)
    nat = {resource.netns for resource in resources if isinstance(resource, NAT_RULES)}
    # A port that goes takes along what guards it.
    nat |= {end.netns for end in links_in(desired.absent)}
    if desired.lab is not None:
        nat.add(None)
    routed = {
        one
        for one in namespaces
        if one is not None
        or any(not isinstance(resource, (Netns, Resolver, Sysctl)) for resource in resources)
    }
    return Scope(
        namespaces=frozenset(namespaces),
        routes=frozenset(routed),
        sysctls=frozenset(_sysctls_of(resources)),
        resolvers=frozenset(
            doomed | {resource.netns for resource in resources if isinstance(resource, Resolver)}
        ),
        nat=frozenset(nat | doomed),
        listeners=frozenset(
            resource.netns for resource in desired.present if isinstance(resource, Dnat)
        ),
        processes=frozenset(doomed),
        all_namespaces=desired.purge,
        lab=desired.lab,
        **_scope_of_settings(desired),
        backend=desired.backend
        if any(
            isinstance(resource, NAT_RULES) and not isinstance(resource, SpoofCheck)
            for resource in desired.present
        )
        else None,
        creates=frozenset(
            (resource.ref, resource.kind)
            for resource in desired.present
            if isinstance(resource, Link)
            and resource.kind in NETNS_LINK_KINDS
            and resource.kind is not None
        ),
        takes=frozenset(
            resource.saved.name or resource.name
            for resource in desired.present
            if isinstance(resource, Link) and resource.saved is not None
        ),
        nat6=frozenset(
            resource.netns
            for resource in resources
            if isinstance(resource, (Masquerade, Dnat)) and resource.family == 6
        ),
    )


@dataclass(frozen=True)
class Scope:
    """What to observe: links and addresses of these namespaces always, the rest where named."""

    namespaces: frozenset[Optional[str]] = frozenset()
    routes: frozenset[Optional[str]] = frozenset()
    sysctls: frozenset[Tuple[Optional[str], str]] = frozenset()
    resolvers: frozenset[str] = frozenset()
    nat: frozenset[Optional[str]] = frozenset()
    nat6: frozenset[Optional[str]] = frozenset()
    """Of those the ones with rules of IPv6, which need more of what is set there."""
    listeners: frozenset[Optional[str]] = frozenset()
    processes: frozenset[str] = frozenset()
    all_namespaces: bool = False
    """Every namespace there is besides: a lab's things are sought by their marks, wherever they are."""
    lab: Optional[str] = None
    """With ``all_namespaces``: rules are sought everywhere but in this lab's own namespaces that are not named."""
    local_routes: bool = False
    """Of the routes those too that the kernel keeps for its own addresses (table local): most of all, and no plan asks for them."""
    vlans: frozenset[Optional[str]] = frozenset()
    """Where VLANs of ports are wanted."""
    impairments: frozenset[Optional[str]] = frozenset()
    """Where impairments are wanted."""
    features: frozenset[str] = frozenset()
    """What the kernel has to have for it."""
    creates: frozenset[Tuple[LinkRef, str]] = frozenset()
    """Links that are made if they are not there, with their kinds."""
    takes: frozenset[str] = frozenset()
    """Links of the host that are to be taken into a namespace."""
    backend: Optional[str] = None
    """The NAT backend that the user asks for; None where none is needed."""
