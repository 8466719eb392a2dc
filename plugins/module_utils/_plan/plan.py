# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one plan: what is wanted and what is there give the steps between them. Pure; every answer of a module comes from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Set, Tuple, cast

from . import _model, _rules
from ._changes import Change, Thing, links_among
from ._draft import Draft, Phase, say_where
from ._impairment import Impairment
from ._misfits import find_misfits
from ._plan_addresses import check_overlaps
from ._plan_ends import plan_ends
from ._plan_inet6 import check_inet6
from ._plan_kinds import check_links, find_held, in_order, plan_link
from ._plan_links import check_room, plan_bridge, plan_bridge_mtu, plan_no_link, plan_no_veth, plan_ports, plan_veth
from ._plan_nat import Rule, plan_nat
from ._plan_netns import plan_loopback, plan_netns, plan_no_addresses, plan_no_netns, plan_resolver, plan_sysctl
from ._plan_routes import plan_no_route, plan_route, say_route
from ._probe import Probe
from ._probe_report import say_probe
from ._say_links import say_link
from ._say_nat import say_nat
from ._sweep import find_swept, routes_of_lab, wanted_keys
from ._there import There
from ._vlans import PortVlans
from ._wish import Wish


@dataclass(frozen=True)
class LeftAlone:
    """Something of a lab that was not touched, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Plan:
    """The steps, in order; what check mode took for granted; what of the lab is not wanted and stays; what is asked in the end."""

    changes: Tuple[Change, ...]
    notes: Tuple[str, ...] = ()
    purged: Tuple[str, ...] = ()
    left_alone: Tuple[LeftAlone, ...] = ()
    warnings: Tuple[str, ...] = ()
    probes: Tuple[Probe, ...] = ()


def say_thing(thing: Thing) -> str:
    """A thing that may be swept, in words."""
    if isinstance(thing, _model.Netns):
        return f"namespace {thing.name}"
    if isinstance(thing, _model.Link):
        return say_link(thing)
    if isinstance(thing, _model.Route):
        return f"route {say_route(thing)} {say_where(thing.netns)}"
    rule = cast(Rule, thing)
    return f"{say_nat(rule)} {say_where(rule.netns)}"


def _leave_alone(wish: Wish, there: There, swept: List[Thing]) -> Iterator[LeftAlone]:
    """What of a lab stays although it is not wanted. An isolation or a guard is no thing of its own: it goes with its interface."""
    if wish.lab is None:
        return
    if not wish.sweep:
        yield from (LeftAlone(text, "not listed any more; purge would remove it") for text in _say_swept(swept))
        return
    wanted, others = wanted_keys(wish.present), sorted(there.share_number(wish.lab))
    for route in routes_of_lab(wish.lab, there)[1]:
        if route.key not in wanted:
            yield LeftAlone(say_thing(route), f"may be of topology {others[0]}, whose routes bear the same number; a task of its own would remove it")


def _say_swept(swept: List[Thing]) -> Tuple[str, ...]:
    return tuple(say_thing(thing) for thing in swept if not isinstance(thing, (_rules.Guarded, _rules.Isolated)))


def _plan_debris(draft: Draft, wish: Wish) -> None:
    """What somebody of us was killed over goes first, and without asking: it bears no lab's mark yet."""
    named = {thing.name for thing in (*wish.present, *wish.absent) if isinstance(thing, _model.Netns)}
    for name in sorted(draft.there.debris - named):
        draft.step(Phase.CLEAR, _model.Stale(name), None)
    for link in [link for link in draft.links.values() if link.unfinished]:
        if link.place in draft.links:
            draft.remove_link(link, Phase.CLEAR)


def _plan_absent(draft: Draft, wish: Wish, absent: List[Thing]) -> None:
    if not absent:
        return
    for thing in absent:
        if isinstance(thing, _model.Route):
            plan_no_route(draft, thing, ours_only=wish.lab is not None)
    going = {thing.key for thing in absent if isinstance(thing, _model.Netns)}
    leaving = {thing.key for thing in absent}
    for link in find_held(draft.there, links_among(wish.present)):
        # It goes late with its namespace, and what is to be made needs what it has.
        if (link.key in leaving or _model.Netns(link.netns or "").key in leaving) and link.place in draft.links:
            draft.remove_link(link, Phase.CLEAR)
    links = [thing for thing in absent if isinstance(thing, _model.Link) and thing.name != "lo"]
    phases = [(Phase.CLEAR if draft.is_in_the_way(thing) else Phase.REMOVE_LINK, thing) for thing in links]
    # What goes first takes along what sits on it.
    for phase, thing in sorted(phases, key=lambda pair: pair[0]):
        plan_no_link(draft, thing, phase)
    for thing in absent:
        if isinstance(thing, _model.Veth):
            plan_no_veth(draft, thing)
        elif isinstance(thing, _model.Link) and thing.name == "lo" and thing.addresses is not None and _model.Netns(thing.netns or "").key not in going:
            plan_no_addresses(draft, thing)
    for thing in absent:
        if isinstance(thing, _model.Netns):
            plan_no_netns(draft, thing)


def _plan_present(draft: Draft, wish: Wish) -> None:
    of: Dict[type, List[Any]] = {}
    for thing in wish.present:
        of.setdefault(type(thing), []).append(thing)
    links = of.get(_model.Link, [])
    bridges = [link for link in links if link.kind == "bridge"]
    others = in_order([link for link in links if link.kind != "bridge" and link.name != "lo"])
    for netns in of.get(_model.Netns, ()):
        plan_netns(draft, netns)
    for link in links:
        if link.name == "lo":
            plan_loopback(draft, link)
    for link in bridges:
        plan_bridge(draft, link)
    # Cables may lead into a vrf.
    for link in [link for link in others if link.kind == "vrf"]:
        plan_link(draft, link)
    for veth in of.get(_model.Veth, ()):
        plan_veth(draft, veth)
    for link in [link for link in others if link.kind != "vrf"]:
        plan_link(draft, link)
    check_links(draft, others)
    ends = [*others, *(end for veth in of.get(_model.Veth, ()) for end in (veth.end, veth.peer))]
    for link in bridges:
        if link.ports is not None:
            plan_ports(draft, link, {end.name: end.bridge for end in ends if end.bridge and end.netns == link.netns})
        plan_bridge_mtu(draft, link)
    check_room(draft)
    plan_ends(draft, of.get(PortVlans, ()), of.get(Impairment, ()), bridges)
    check_overlaps(draft)
    check_inet6(draft, of.get(_model.Sysctl, ()))
    planners: Dict[type, Callable[[Draft, Any], None]] = {_model.Sysctl: plan_sysctl, _model.Resolver: plan_resolver, _model.Route: plan_route}
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
    return not isinstance(thing, (_rules.Isolated, _rules.Admitted)) or getattr(draft.links.get((thing.netns, thing.interface)), "owner", None) == draft.lab


def _of_nat(things: List[Thing], netns: Optional[str]) -> List[_rules.NatThing]:
    return [thing for thing in things if isinstance(thing, _rules.RULES) and thing.netns == netns]


def plan(wish: Wish, there: There, assume: bool = False) -> Plan:
    """The steps from what is there to what is wished, in order; empty when nothing is to be done.

    :param assume: take missing namespaces, bridges and links for granted (and say so), as an earlier task would have made them.
    :raises Refused: when the wish breaks a rule on this host. Nothing has been touched then.
    """
    draft = Draft(wish, there, assume)
    swept = find_swept(wish, there) if wish.lab is not None else []
    absent = [*wish.absent, *(swept if wish.sweep else ()), *(find_misfits(wish, there) if wish.lab is not None else ())]
    if wish.open:
        absent += [thing for thing in swept if isinstance(thing, _rules.Isolated) and thing not in absent]
    if wish.lab is not None:
        absent = [thing for thing in absent if _is_of_lab(draft, thing)]
    _plan_debris(draft, wish)
    # What goes is planned first, so that what is wanted sees its places free; the phases put the steps into order.
    _plan_absent(draft, wish, absent)
    draft.forget_settings()
    _plan_present(draft, wish)
    _plan_probes(draft, wish.probes)
    # A guard goes with its port: whoever comes to bear that name must not meet it.
    guards = [thing for ruleset in there.nat.values() for thing in ruleset.things if isinstance(thing, _rules.Guarded)]
    absent += [thing for thing in guards if (thing.netns, thing.interface) not in draft.links]
    places = {thing.netns for thing in (*wish.present, *absent) if isinstance(thing, _rules.RULES)}
    # Somebody may have flushed a lab's rules, and not what was opened for them.
    places |= {None} if wish.sweep and None not in there.nat else set()
    for netns in sorted(places, key=str):
        present, gone = _of_nat([thing for thing in wish.present if _is_its_own(draft, thing)], netns), _of_nat(absent, netns)
        if present or (netns is None or netns in draft.namespaces):
            plan_nat(draft, netns, present, gone)
    changes = tuple(_own_up([change for phase, change in sorted(draft.steps, key=lambda step: step[0])]))
    warnings = (*draft.warnings, *_warnings(wish, there, changes))
    purged = _say_swept(swept) if wish.sweep else ()
    return Plan(changes, tuple(draft.notes), purged, tuple(_leave_alone(wish, there, swept)), warnings, wish.probes)


def _leaves(change: Change) -> List[_model.Place]:
    """Places where a link no longer is, or no longer carries routes, after a change."""
    before, after = change.before, change.after
    if isinstance(before, _model.Veth):
        return [before.end.place, before.peer.place]
    if not isinstance(before, _model.Link):
        return []
    stays = isinstance(after, _model.Link) and after.place == before.place and not (before.up and after.up is False)
    return [] if stays else [before.place]


def _own_up(changes: List[Change]) -> List[Change]:
    """A route that is to go has gone by itself once its link has left. It comes first, so that it is undone when its link is back."""
    left: Set[_model.Place] = set()
    gone_along: List[Change] = []
    others: List[Change] = []
    for change in changes:
        left.update(_leaves(change))
        route = change.before if change.after is None else None
        if isinstance(route, _model.Route) and (route.netns, route.device or "") in left:
            gone_along.append(_model.replace(change, implied=True))
        else:
            others.append(change)
    return [*gone_along, *others]


def _warnings(wish: Wish, there: There, changes: Tuple[Change, ...]) -> List[str]:
    stale = [change.before.name for change in changes if isinstance(change.before, _model.Stale)]
    warnings = [f"/run/netns/{name} was a file that a crash had left behind" for name in stale]
    warnings += [f"{say_link(link)} was left unfinished by a run that had been killed" for link in there.links.values() if link.unfinished]
    warnings += _say_obstacles(wish, there)
    if wish.lab and not wish.present and not changes:
        owners = there.owners()
        warnings.append(f"there is nothing of a topology {wish.lab} here; there is of: {', '.join(sorted(owners)) or 'none'}")
    return warnings


def _has_switch(wish: Wish) -> bool:
    """Whether a bridge on the host is to carry packets from one of its ports to another."""
    ends = [end for thing in wish.present if isinstance(thing, _model.Veth) for end in (thing.end, thing.peer) if end.netns is None and end.bridge]
    return len({end.bridge for end in ends}) < len(ends)


def _say_obstacles(wish: Wish, there: There) -> Iterator[str]:
    """An accept ends only its own chain: what another's chain drops stays dropped."""
    for netns, obstacles in there.obstacles.items():
        families = {thing.family for thing in wish.present if isinstance(thing, (_rules.Masquerade, _rules.Dnat)) and thing.netns == netns}
        if netns is None and _has_switch(wish):
            families |= there.bridges_filtered
        for family, chain, firewall in obstacles:
            if firewall in wish.integrate or not families & {"inet": {4, 6}, "ip": {4}, "ip6": {6}}[family]:
                continue
            what = f"{say_where(netns)} the chain {chain}, which is somebody else's, drops what is forwarded, and no rule of ours can accept it"
            if firewall is None:
                yield f"{what}: let that chain accept what is masqueraded and forwarded here"
            else:
                yield f"{what}; integrate: {firewall} has it let this traffic through (what stays within the lab needs none of it with a switch in a namespace)"


def _is_of_lab(draft: Draft, thing: Thing) -> bool:
    """Of what a lab's removal lists, only what bears the lab's mark."""
    there = draft.there
    if isinstance(thing, _model.Netns):
        return thing.name in there.blocked or getattr(there.namespaces.get(thing.name), "owner", None) == draft.lab
    if isinstance(thing, (_model.Veth, _model.Link)):
        places = [thing.place] if isinstance(thing, _model.Link) else [thing.end.place, thing.peer.place]
        return any(getattr(there.links.get(place), "owner", None) == draft.lab for place in places)
    if isinstance(thing, _rules.RULES):
        return thing.key in draft.own_rules
    return True
