# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be observed for a desired state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Sequence, Set, Tuple

from .._model.bridge_vlans import PortVlans
from .._model.changes import Thing, links_among
from .._model.desired_state import Wish
from .._model.impairments import Impairment, is_none
from .._model.link_types import NATURES, UPPER, BridgeOptions
from .._model.links import Link, Place, Veth
from .._model.nat import RULES, Dnat, Guarded, Masquerade
from .._model.netns import INET6_OF_NEW, REDIRECTS, Netns, Resolver, Stale, Sysctl


def _places(thing: Thing) -> Set[Optional[str]]:
    if isinstance(thing, Veth):
        # An end of this pair may still lie on the host.
        return {thing.end.netns, thing.peer.netns, None}
    if isinstance(thing, (Netns, Stale)):
        return {thing.name}
    if isinstance(thing, Link) and (
        thing.home is not None or thing.parent is not None or thing.kind in UPPER
    ):
        # What is taken comes from the host, and what sits on a link is made in the namespace of that.
        return {thing.netns, None, *([thing.parent[0]] if thing.parent else [])}
    return {thing.netns}


def _scope_of_ends(wish: Wish) -> Dict[str, Any]:
    """What is asked for on links, and what the kernel must have for it."""
    impairments = [
        thing for thing in wish.present if isinstance(thing, Impairment) and not is_none(thing)
    ]
    vlans = [thing for thing in wish.present if isinstance(thing, PortVlans)]
    bridges = [
        thing.options
        for thing in wish.present
        if isinstance(thing, Link) and isinstance(thing.options, BridgeOptions)
    ]
    filtering = any(
        options.vlan_filtering or options.vlan_default_pvid is not None for options in bridges
    )
    return {
        "vlans": frozenset(thing.netns for thing in vlans),
        "impairments": frozenset(thing.netns for thing in impairments),
        "features": frozenset(
            {thing.kind for thing in impairments}
            | ({"bridge_vlan"} if vlans or filtering else set())
        ),
    }


def _settings_of(things: Sequence[Thing]) -> Set[Tuple[Optional[str], str]]:
    """The kernel parameters that are wanted, and those that the kernel sets with what is wanted."""
    wanted: Set[Tuple[Optional[str], str]] = {
        (thing.netns, thing.key_path) for thing in things if isinstance(thing, Sysctl)
    }
    # Of a link that comes, whether it will take its addresses.
    wanted |= {
        (end.netns, INET6_OF_NEW)
        for end in links_among(things)
        if any(":" in address for address in end.addresses or ())
    }
    return wanted | {
        (thing.netns, REDIRECTS)
        for thing in things
        if isinstance(thing, Link) and thing.kind == "wireguard"
    }


def scope_of(wish: Wish) -> Scope:
    """What has to be observed for a wish, and no more."""
    things = (*wish.present, *wish.absent)
    namespaces: Set[Optional[str]] = set()
    for thing in things:
        namespaces |= _places(thing)
    if wish.lab is not None:
        namespaces.add(None)
    namespaces |= {
        netns
        for probe in wish.probes
        for _parameter, netns in probe.places
        if "/" not in (netns or "")
    }
    doomed = {thing.name for thing in wish.absent if isinstance(thing, Netns)}
    if doomed or any(isinstance(thing, Link) and thing.name != "lo" for thing in wish.absent):
        namespaces.add(None)
    nat = {thing.netns for thing in things if isinstance(thing, RULES)}
    # A port that goes takes along what guards it.
    nat |= {end.netns for end in links_among(wish.absent)}
    if wish.lab is not None:
        nat.add(None)
    routed = {
        one
        for one in namespaces
        if one is not None
        or any(not isinstance(thing, (Netns, Resolver, Sysctl)) for thing in things)
    }
    return Scope(
        namespaces=frozenset(namespaces),
        routes=frozenset(routed),
        sysctls=frozenset(_settings_of(things)),
        resolvers=frozenset(
            doomed | {thing.netns for thing in things if isinstance(thing, Resolver)}
        ),
        nat=frozenset(nat | doomed),
        listening=frozenset(thing.netns for thing in wish.present if isinstance(thing, Dnat)),
        processes=frozenset(doomed),
        all_namespaces=wish.sweep,
        lab=wish.lab,
        **_scope_of_ends(wish),
        backend=wish.backend
        if any(
            isinstance(thing, RULES) and not isinstance(thing, Guarded) for thing in wish.present
        )
        else None,
        makes=frozenset(
            (thing.place, thing.kind)
            for thing in wish.present
            if isinstance(thing, Link) and thing.kind in NATURES and thing.kind is not None
        ),
        takes=frozenset(
            thing.home.name or thing.name
            for thing in wish.present
            if isinstance(thing, Link) and thing.home is not None
        ),
        nat6=frozenset(
            thing.netns
            for thing in things
            if isinstance(thing, (Masquerade, Dnat)) and thing.family == 6
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
    listening: frozenset[Optional[str]] = frozenset()
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
    makes: frozenset[Tuple[Place, str]] = frozenset()
    """Links that are made if they are not there, with their kinds."""
    takes: frozenset[str] = frozenset()
    """Links of the host that are to be taken into a namespace."""
    backend: Optional[str] = None
    """The NAT backend that the user asks for; None where none is needed."""
