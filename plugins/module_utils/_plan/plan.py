# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one plan: what is wanted and what is there give the steps between them. Pure; every answer of a module comes from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

from .._describe.probes import say_probe
from .._model.bridge_vlans import PortVlans
from .._model.changes import Change, Thing, links_among
from .._model.current_state import There
from .._model.desired_state import Wish
from .._model.fast_replace import replace
from .._model.impairments import Impairment
from .._model.links import Link, Place, Veth
from .._model.nat import RULES, Admitted, Guarded, Isolated, NatThing
from .._model.netns import Netns, Resolver, Stale, Sysctl
from .._model.probes import Probe
from .._model.routes import Route
from .addresses import check_overlaps
from .bridges import check_room, plan_bridge, plan_bridge_mtu, plan_ports
from .ipv6 import check_inet6
from .link_removal import plan_no_link, plan_no_veth
from .link_settings import plan_ends
from .namespaces import (
    plan_loopback,
    plan_netns,
    plan_no_addresses,
    plan_no_netns,
    plan_resolver,
    plan_sysctl,
)
from .nat import plan_nat
from .notices import LeftAlone, compose_warnings, leave_alone, say_swept
from .phases import Phase
from .projection import Draft
from .purge import find_swept
from .replacements import find_misfits
from .routes import plan_no_route, plan_route
from .veths import plan_veth
from .virtual_links import check_links, find_held, in_order, plan_link


@dataclass(frozen=True)
class Plan:
    """The steps, in order; what check mode took for granted; what of the lab is not wanted and stays; what is asked in the end."""

    changes: Tuple[Change, ...]
    notes: Tuple[str, ...] = ()
    purged: Tuple[str, ...] = ()
    left_alone: Tuple[LeftAlone, ...] = ()
    warnings: Tuple[str, ...] = ()
    probes: Tuple[Probe, ...] = ()


def _plan_debris(draft: Draft, wish: Wish) -> None:
    """What somebody of us was killed over goes first, and without asking: it bears no lab's mark yet."""
    named = {thing.name for thing in (*wish.present, *wish.absent) if isinstance(thing, Netns)}
    for name in sorted(draft.there.debris - named):
        draft.step(Phase.CLEAR, Stale(name), None)
    for link in [link for link in draft.links.values() if link.unfinished]:
        if link.place in draft.links:
            draft.remove_link(link, Phase.CLEAR)


def _plan_absent(draft: Draft, wish: Wish, absent: List[Thing]) -> None:
    if not absent:
        return
    for thing in absent:
        if isinstance(thing, Route):
            plan_no_route(draft, thing, ours_only=wish.lab is not None)
    going = {thing.key for thing in absent if isinstance(thing, Netns)}
    leaving = {thing.key for thing in absent}
    for link in find_held(draft.there, links_among(wish.present)):
        # It goes late with its namespace, and what is to be made needs what it has.
        if (
            link.key in leaving or Netns(link.netns or "").key in leaving
        ) and link.place in draft.links:
            draft.remove_link(link, Phase.CLEAR)
    links = [thing for thing in absent if isinstance(thing, Link) and thing.name != "lo"]
    phases = [
        (Phase.CLEAR if draft.is_in_the_way(thing) else Phase.REMOVE_LINK, thing) for thing in links
    ]
    # What goes first takes along what sits on it.
    for phase, thing in sorted(phases, key=lambda pair: pair[0]):
        plan_no_link(draft, thing, phase)
    for thing in absent:
        if isinstance(thing, Veth):
            plan_no_veth(draft, thing)
        elif (
            isinstance(thing, Link)
            and thing.name == "lo"
            and thing.addresses is not None
            and Netns(thing.netns or "").key not in going
        ):
            plan_no_addresses(draft, thing)
    for thing in absent:
        if isinstance(thing, Netns):
            plan_no_netns(draft, thing)


def _plan_present(draft: Draft, wish: Wish) -> None:
    of: Dict[type, List[Any]] = {}
    for thing in wish.present:
        of.setdefault(type(thing), []).append(thing)
    links = of.get(Link, [])
    bridges = [link for link in links if link.kind == "bridge"]
    others = in_order([link for link in links if link.kind != "bridge" and link.name != "lo"])
    for netns in of.get(Netns, ()):
        plan_netns(draft, netns)
    for link in links:
        if link.name == "lo":
            plan_loopback(draft, link)
    for link in bridges:
        plan_bridge(draft, link)
    # Cables may lead into a vrf.
    for link in [link for link in others if link.kind == "vrf"]:
        plan_link(draft, link)
    for veth in of.get(Veth, ()):
        plan_veth(draft, veth)
    for link in [link for link in others if link.kind != "vrf"]:
        plan_link(draft, link)
    check_links(draft, others)
    ends = [*others, *(end for veth in of.get(Veth, ()) for end in (veth.end, veth.peer))]
    for link in bridges:
        if link.ports is not None:
            plan_ports(
                draft,
                link,
                {end.name: end.bridge for end in ends if end.bridge and end.netns == link.netns},
            )
        plan_bridge_mtu(draft, link)
    check_room(draft)
    plan_ends(draft, of.get(PortVlans, ()), of.get(Impairment, ()), bridges)
    check_overlaps(draft)
    check_inet6(draft, of.get(Sysctl, ()))
    planners: Dict[type, Callable[[Draft, Any], None]] = {
        Sysctl: plan_sysctl,
        Resolver: plan_resolver,
        Route: plan_route,
    }
    for kind, planner in planners.items():
        for thing in of.get(kind, ()):
            planner(draft, thing)


def _plan_probes(draft: Draft, probes: Sequence[Probe]) -> None:
    """What they name is there, or will be. A file that shows a namespace is looked for when it is opened."""
    for probe in probes:
        for parameter, netns in probe.places:
            if "/" not in (netns or ""):
                draft.need_netns(netns, say_probe(probe), parameter)


def _is_its_own(draft: Draft, thing: Thing) -> bool:
    """Whether a lab may isolate or admit an interface: it may list one that others made, but must not cut it off from them, or let it through."""
    return (
        not isinstance(thing, (Isolated, Admitted))
        or getattr(draft.links.get((thing.netns, thing.interface)), "owner", None) == draft.lab
    )


def _of_nat(things: List[Thing], netns: Optional[str]) -> List[NatThing]:
    return [thing for thing in things if isinstance(thing, RULES) and thing.netns == netns]


def plan(wish: Wish, there: There, assume: bool = False) -> Plan:
    """The steps from what is there to what is wished, in order; empty when nothing is to be done.

    :param assume: take missing namespaces, bridges and links for granted (and say so), as an earlier task would have made them.
    :raises Refused: when the wish breaks a rule on this host. Nothing has been touched then.
    """
    draft = Draft(wish, there, assume)
    swept = find_swept(wish, there) if wish.lab is not None else []
    absent = [
        *wish.absent,
        *(swept if wish.sweep else ()),
        *(find_misfits(wish, there) if wish.lab is not None else ()),
    ]
    if wish.open:
        absent += [thing for thing in swept if isinstance(thing, Isolated) and thing not in absent]
    if wish.lab is not None:
        absent = [thing for thing in absent if _is_of_lab(draft, thing)]
    _plan_debris(draft, wish)
    # What goes is planned first, so that what is wanted sees its places free; the phases put the steps into order.
    _plan_absent(draft, wish, absent)
    draft.forget_settings()
    _plan_present(draft, wish)
    _plan_probes(draft, wish.probes)
    # A guard goes with its port: whoever comes to bear that name must not meet it.
    guards = [
        thing
        for ruleset in there.nat.values()
        for thing in ruleset.things
        if isinstance(thing, Guarded)
    ]
    absent += [thing for thing in guards if (thing.netns, thing.interface) not in draft.links]
    places = {thing.netns for thing in (*wish.present, *absent) if isinstance(thing, RULES)}
    # Somebody may have flushed a lab's rules, and not what was opened for them.
    places |= {None} if wish.sweep and None not in there.nat else set()
    for netns in sorted(places, key=str):
        present, gone = (
            _of_nat([thing for thing in wish.present if _is_its_own(draft, thing)], netns),
            _of_nat(absent, netns),
        )
        if present or (netns is None or netns in draft.namespaces):
            plan_nat(draft, netns, present, gone)
    changes = tuple(
        _own_up([change for phase, change in sorted(draft.steps, key=lambda step: step[0])])
    )
    warnings = (*draft.warnings, *compose_warnings(wish, there, changes))
    purged = say_swept(swept) if wish.sweep else ()
    return Plan(
        changes,
        tuple(draft.notes),
        purged,
        tuple(leave_alone(wish, there, swept)),
        warnings,
        wish.probes,
    )


def _leaves(change: Change) -> List[Place]:
    """Places where a link no longer is, or no longer carries routes, after a change."""
    before, after = change.before, change.after
    if isinstance(before, Veth):
        return [before.end.place, before.peer.place]
    if not isinstance(before, Link):
        return []
    stays = (
        isinstance(after, Link)
        and after.place == before.place
        and not (before.up and after.up is False)
    )
    return [] if stays else [before.place]


def _own_up(changes: List[Change]) -> List[Change]:
    """A route that is to go has gone by itself once its link has left. It comes first, so that it is undone when its link is back."""
    left: Set[Place] = set()
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


def _is_of_lab(draft: Draft, thing: Thing) -> bool:
    """Of what a lab's removal lists, only what bears the lab's mark."""
    there = draft.there
    if isinstance(thing, Netns):
        return (
            thing.name in there.blocked
            or getattr(there.namespaces.get(thing.name), "owner", None) == draft.lab
        )
    if isinstance(thing, (Veth, Link)):
        places = [thing.place] if isinstance(thing, Link) else [thing.end.place, thing.peer.place]
        return any(getattr(there.links.get(place), "owner", None) == draft.lab for place in places)
    if isinstance(thing, RULES):
        return thing.key in draft.own_rules
    return True
