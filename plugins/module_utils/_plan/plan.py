# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one plan: what is wanted and what is there give the steps between them. Pure; every answer of a module comes from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

from .._describe.probes import describe_probe
from .._model.bridge_vlans import PortVlans
from .._model.changes import Change, Resource, links_in
from .._model.current_state import CurrentState
from .._model.desired_state import DesiredState
from .._model.fast_replace import replace
from .._model.impairments import Impairment
from .._model.links import Link, LinkRef, Veth
from .._model.nat import NAT_RULES, IntegratedFirewall, Isolation, NatResource, SpoofCheck
from .._model.netns import Netns, Resolver, StaleName, Sysctl
from .._model.probes import Probe
from .._model.routes import Route
from .addresses import check_overlaps
from .bridges import check_room, plan_bridge, plan_bridge_mtu, plan_ports
from .ipv6 import check_ipv6_enabled
from .link_removal import plan_no_link, plan_no_veth
from .link_settings import plan_link_settings
from .namespaces import (
    plan_loopback,
    plan_netns,
    plan_no_addresses,
    plan_no_netns,
    plan_resolver,
    plan_sysctl,
)
from .nat import plan_nat
from .notices import LeftAlone, compose_warnings, describe_purged, find_left_alone
from .phases import Phase
from .projection import Projection
from .purge import find_orphans
from .replacements import find_replacements
from .routes import plan_no_route, plan_route
from .veths import plan_veth
from .virtual_links import check_links, find_ids_in_use, in_order, plan_link


@dataclass(frozen=True)
class Plan:
    """The steps, in order; what check mode took for granted; what of the lab is not wanted and stays; what is asked in the end."""

    changes: Tuple[Change, ...]
    notes: Tuple[str, ...] = ()
    purged: Tuple[str, ...] = ()
    left_alone: Tuple[LeftAlone, ...] = ()
    warnings: Tuple[str, ...] = ()
    probes: Tuple[Probe, ...] = ()


def _plan_stale_names(projection: Projection, desired: DesiredState) -> None:
    """What somebody of us was killed over goes first, and without asking: it bears no lab's mark yet."""
    named = {
        resource.name
        for resource in (*desired.present, *desired.absent)
        if isinstance(resource, Netns)
    }
    for name in sorted(projection.current.own_stale_names - named):
        projection.step(Phase.CLEAR, StaleName(name), None)
    for link in [link for link in projection.links.values() if link.half_made]:
        if link.ref in projection.links:
            projection.remove_link(link, Phase.CLEAR)


def _plan_absent(projection: Projection, desired: DesiredState, absent: List[Resource]) -> None:
    if not absent:
        return
    for resource in absent:
        if isinstance(resource, Route):
            plan_no_route(projection, resource, ours_only=desired.lab is not None)
    going = {resource.key for resource in absent if isinstance(resource, Netns)}
    leaving = {resource.key for resource in absent}
    for link in find_ids_in_use(projection.current, links_in(desired.present)):
        # It goes late with its namespace, and what is to be made needs what it has.
        if (
            link.key in leaving or Netns(link.netns or "").key in leaving
        ) and link.ref in projection.links:
            projection.remove_link(link, Phase.CLEAR)
    links = [
        resource for resource in absent if isinstance(resource, Link) and resource.name != "lo"
    ]
    phases = [
        (Phase.CLEAR if projection.is_in_the_way(resource) else Phase.REMOVE_LINK, resource)
        for resource in links
    ]
    # What goes first takes along what sits on it.
    for phase, resource in sorted(phases, key=lambda pair: pair[0]):
        plan_no_link(projection, resource, phase)
    for resource in absent:
        if isinstance(resource, Veth):
            plan_no_veth(projection, resource)
        elif (
            isinstance(resource, Link)
            and resource.name == "lo"
            and resource.addresses is not None
            and Netns(resource.netns or "").key not in going
        ):
            plan_no_addresses(projection, resource)
    for resource in absent:
        if isinstance(resource, Netns):
            plan_no_netns(projection, resource)


def _plan_present(projection: Projection, desired: DesiredState) -> None:
    of: Dict[type, List[Any]] = {}
    for resource in desired.present:
        of.setdefault(type(resource), []).append(resource)
    links = of.get(Link, [])
    bridges = [link for link in links if link.kind == "bridge"]
    others = in_order([link for link in links if link.kind != "bridge" and link.name != "lo"])
    for netns in of.get(Netns, ()):
        plan_netns(projection, netns)
    for link in links:
        if link.name == "lo":
            plan_loopback(projection, link)
    for link in bridges:
        plan_bridge(projection, link)
    # Cables may lead into a vrf.
    for link in [link for link in others if link.kind == "vrf"]:
        plan_link(projection, link)
    for veth in of.get(Veth, ()):
        plan_veth(projection, veth)
    for link in [link for link in others if link.kind != "vrf"]:
        plan_link(projection, link)
    check_links(projection, others)
    ends = [*others, *(end for veth in of.get(Veth, ()) for end in (veth.end, veth.peer))]
    for link in bridges:
        if link.ports is not None:
            plan_ports(
                projection,
                link,
                {end.name: end.bridge for end in ends if end.bridge and end.netns == link.netns},
            )
        plan_bridge_mtu(projection, link)
    check_room(projection)
    plan_link_settings(projection, of.get(PortVlans, ()), of.get(Impairment, ()), bridges)
    check_overlaps(projection)
    check_ipv6_enabled(projection, of.get(Sysctl, ()))
    planners: Dict[type, Callable[[Projection, Any], None]] = {
        Sysctl: plan_sysctl,
        Resolver: plan_resolver,
        Route: plan_route,
    }
    for kind, planner in planners.items():
        for resource in of.get(kind, ()):
            planner(projection, resource)


def _plan_probes(projection: Projection, probes: Sequence[Probe]) -> None:
    """What they name is there, or will be. A file that shows a namespace is looked for when it is opened."""
    for probe in probes:
        for parameter, netns in probe.namespaces:
            if "/" not in (netns or ""):
                projection.need_netns(netns, describe_probe(probe), parameter)


def _is_its_own(projection: Projection, resource: Resource) -> bool:
    """Whether a lab may isolate or admit an interface: it may list one that others made, but must not cut it off from them, or let it through."""
    return (
        not isinstance(resource, (Isolation, IntegratedFirewall))
        or getattr(projection.links.get((resource.netns, resource.interface)), "owner", None)
        == projection.lab
    )


def _nat_by_netns(resources: List[Resource], netns: Optional[str]) -> List[NatResource]:
    return [
        resource
        for resource in resources
        if isinstance(resource, NAT_RULES) and resource.netns == netns
    ]


def plan(desired: DesiredState, current: CurrentState, assume: bool = False) -> Plan:
    """The steps from what is there to what is wished, in order; empty when nothing is to be done.

    :param assume: take missing namespaces, bridges and links for granted (and say so), as an earlier task would have made them.
    :raises Refused: when the wish breaks a rule on this host. Nothing has been touched then.
    """
    projection = Projection(desired, current, assume)
    swept = find_orphans(desired, current) if desired.lab is not None else []
    absent = [
        *desired.absent,
        *(swept if desired.purge else ()),
        *(find_replacements(desired, current) if desired.lab is not None else ()),
    ]
    if desired.not_isolated:
        absent += [
            resource
            for resource in swept
            if isinstance(resource, Isolation) and resource not in absent
        ]
    if desired.lab is not None:
        absent = [resource for resource in absent if _is_of_lab(projection, resource)]
    _plan_stale_names(projection, desired)
    # What goes is planned first, so that what is wanted sees its places free; the phases put the steps into order.
    _plan_absent(projection, desired, absent)
    projection.drop_sysctls()
    _plan_present(projection, desired)
    _plan_probes(projection, desired.probes)
    # A guard goes with its port: whoever comes to bear that name must not meet it.
    guards = [
        resource
        for ruleset in current.rulesets.values()
        for resource in ruleset.resources
        if isinstance(resource, SpoofCheck)
    ]
    absent += [
        resource
        for resource in guards
        if (resource.netns, resource.interface) not in projection.links
    ]
    places = {
        resource.netns
        for resource in (*desired.present, *absent)
        if isinstance(resource, NAT_RULES)
    }
    # Somebody may have flushed a lab's rules, and not what was opened for them.
    places |= {None} if desired.purge and None not in current.rulesets else set()
    for netns in sorted(places, key=str):
        present, gone = (
            _nat_by_netns(
                [resource for resource in desired.present if _is_its_own(projection, resource)],
                netns,
            ),
            _nat_by_netns(absent, netns),
        )
        if present or (netns is None or netns in projection.namespaces):
            plan_nat(projection, netns, present, gone)
    changes = tuple(
        _plan_ownership(
            [change for phase, change in sorted(projection.steps, key=lambda step: step[0])]
        )
    )
    warnings = (*projection.warnings, *compose_warnings(desired, current, changes))
    purged = describe_purged(swept) if desired.purge else ()
    return Plan(
        changes,
        tuple(projection.notes),
        purged,
        tuple(find_left_alone(desired, current, swept)),
        warnings,
        desired.probes,
    )


def _leaves(change: Change) -> List[LinkRef]:
    """Places where a link no longer is, or no longer carries routes, after a change."""
    before, after = change.before, change.after
    if isinstance(before, Veth):
        return [before.end.ref, before.peer.ref]
    if not isinstance(before, Link):
        return []
    stays = (
        isinstance(after, Link)
        and after.ref == before.ref
        and not (before.up and after.up is False)
    )
    return [] if stays else [before.ref]


def _plan_ownership(changes: List[Change]) -> List[Change]:
    """A route that is to go has gone by itself once its link has left. It comes first, so that it is undone when its link is back."""
    left: Set[LinkRef] = set()
    gone_along: List[Change] = []
    others: List[Change] = []
    for change in changes:
        left.update(_leaves(change))
        route = change.before if change.after is None else None
        if isinstance(route, Route) and (route.netns, route.device or "") in left:
            gone_along.append(replace(change, implied=True))
        else:
            others.append(change)
    return [*gone_along, *others]


def _is_of_lab(projection: Projection, resource: Resource) -> bool:
    """Of what a lab's removal lists, only what bears the lab's mark."""
    current = projection.current
    if isinstance(resource, Netns):
        return (
            resource.name in current.unusable_names
            or getattr(current.namespaces.get(resource.name), "owner", None) == projection.lab
        )
    if isinstance(resource, (Veth, Link)):
        places = (
            [resource.ref] if isinstance(resource, Link) else [resource.end.ref, resource.peer.ref]
        )
        return any(
            getattr(current.links.get(place), "owner", None) == projection.lab for place in places
        )
    if isinstance(resource, NAT_RULES):
        return resource.key in projection.own_rules
    return True
