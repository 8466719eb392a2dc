# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs from a topology: every step of the plan that would mend it is one finding."""

from __future__ import annotations

import ipaddress
from shlex import quote
from typing import FrozenSet, Iterator, List, Optional, cast

from ..._describe.links import say_kind
from ..._describe.nat import say_nat
from ..._describe.places import say_where
from ..._describe.routes import say_route
from ..._model.addresses import Address, network_of
from ..._model.bridge_vlans import PortVlans
from ..._model.changes import Change, Thing, links_among
from ..._model.current_state import There
from ..._model.desired_state import Wish
from ..._model.errors import Refused
from ..._model.forwarding import CLOSED
from ..._model.impairments import Impairment
from ..._model.links import Link, Place, Veth
from ..._model.nat import RULES, Kept, NatBackend, Opened, Rule
from ..._model.netns import Netns, Resolver, Stale, Sysctl
from ..._model.routes import Route
from ..._plan.plan import plan
from ..._render.actions import say_change
from ..._render.commands import type_commands
from ..evidence import show
from ..findings import ERROR, WARNING, Finding, ip, rules, say_at, subject_of, whole

_EVIDENCE = "the plan of module topology: "
_FORWARDING = "/forwarding"


def _places(change: Change) -> FrozenSet[Place]:
    thing = change.thing
    if isinstance(thing, Veth):
        return frozenset({thing.end.place, thing.peer.place})
    if isinstance(thing, (Netns, Stale)):
        return frozenset({whole(thing.name)})
    if isinstance(thing, Link):
        return frozenset({thing.place})
    return frozenset({(thing.netns, thing.link)}) if isinstance(thing, Address) else frozenset()


def _carriers(route: Route, wish: Wish) -> FrozenSet[Place]:
    """The links on whose networks a route's gateways are."""
    hops = [(hop.gateway, hop.device) for hop in route.nexthops or ()] or [
        (route.gateway, route.device)
    ]
    found = {(route.netns, device) for _gateway, device in hops if device}
    for end in [end for end in links_among(wish.present) if end.netns == route.netns]:
        networks = [network_of(text) for text in end.addresses or ()]
        if any(
            ipaddress.ip_address(gateway) in network
            for gateway, _device in hops
            if gateway
            for network in networks
        ):
            found.add(end.place)
    return frozenset(found)


def _needs(thing: Thing, wish: Wish) -> FrozenSet[Place]:
    """Without which a thing cannot stand."""
    if isinstance(thing, Veth):
        return frozenset(whole(end.netns) for end in (thing.end, thing.peer) if end.netns)
    if isinstance(thing, Link):
        return frozenset({whole(thing.netns), thing.place} if thing.netns else {thing.place})
    if isinstance(thing, (Address, Impairment, PortVlans)):
        return frozenset(
            {whole(thing.netns), (thing.netns, thing.link)} if thing.netns else {(None, thing.link)}
        )
    if isinstance(thing, Route):
        return _carriers(thing, wish) | (
            frozenset({whole(thing.netns)}) if thing.netns else frozenset()
        )
    names = [
        getattr(thing, name, None)
        for name in ("device", "interface", "in_interface", "out_interface")
    ]
    netns: Optional[str] = getattr(thing, "netns", None)
    return frozenset({*((netns, name) for name in names if name), rules(netns)})


def _words_of_link(before: Link, after: Link) -> Iterator[str]:
    if before.netns != after.netns:
        yield "link_misplaced"
    if after.up and not before.up:
        yield (
            "loopback_down"
            if after.name == "lo"
            else "bridge_down"
            if before.kind == "bridge"
            else "link_down"
        )
    if after.bridge != before.bridge:
        yield "port_missing" if after.bridge else "not_declared"
    if (after.vrf or "") != (before.vrf or ""):
        yield "vrf_missing" if after.vrf else "not_declared"
    if (after.arp, before.arp) == (True, False):
        yield "arp_off"


def _words_of(change: Change) -> List[str]:
    """The checks that a step answers for."""
    before, after, thing = change.before, change.after, change.thing
    if isinstance(before, Link) and isinstance(after, Link):
        return list(_words_of_link(before, after)) or ["differs"]
    if isinstance(before, Stale):
        return ["netns_stale"]
    if isinstance(thing, NatBackend):
        return ["nat_damaged"]
    if isinstance(thing, (Impairment, PortVlans)):
        return ["differs"]
    if after is None:
        return ["not_declared"]
    if isinstance(thing, Sysctl):
        return [
            "forwarding_off"
            if thing.key_path.endswith(_FORWARDING) and thing.value != CLOSED
            else "differs"
        ]
    kinds = {
        Netns: "netns_missing",
        Veth: "link_missing",
        Address: "address_missing",
        Route: "route_missing",
        Resolver: "differs",
    }
    if isinstance(thing, Link):
        return ["bridge_missing" if thing.kind == "bridge" else "link_missing"]
    return [kinds.get(type(thing), "nat_missing")]


def _subject(change: Change) -> str:
    thing = change.thing
    if isinstance(thing, Veth):
        return subject_of(thing.end)
    if isinstance(thing, Link):
        return subject_of(thing)
    if isinstance(thing, (Netns, Stale)):
        return thing.name
    if isinstance(thing, (Impairment, PortVlans)):
        return say_at((thing.netns, thing.link))
    if isinstance(thing, Address):
        return say_at((thing.netns, thing.address))
    if isinstance(thing, Route):
        return say_at((thing.netns, say_route(thing)))
    if isinstance(thing, Sysctl):
        parts = thing.key_path.split("/")
        return say_at(
            (
                thing.netns,
                f"{parts[1]}:{parts[3]}"
                if thing.key_path.endswith(_FORWARDING)
                else thing.key_path,
            )
        )
    if isinstance(thing, RULES):
        return say_at((thing.netns, say_nat(cast(Rule, thing))))
    return thing.netns or "the host"


_SAID = {
    "netns_missing": "namespace {} is missing",
    "netns_stale": "namespace {} is missing: its name is an empty file that a crash left behind",
    "link_missing": "the link {} is missing",
    "link_misplaced": "{} is in another namespace than declared",
    "bridge_missing": "bridge {} is missing",
    "loopback_down": "{} is down",
    "bridge_down": "bridge {} is down",
    "link_down": "{} is down",
    "port_missing": "{} is not a port of the bridge that was declared",
    "vrf_missing": "{} is not in the vrf that was declared",
    "arp_off": "{} does not do ARP",
    "address_missing": "the address {} is missing",
    "route_missing": "the route {} is missing, or another stands in its place",
    "forwarding_off": "{} is not forwarded",
    "nat_missing": "the {} is missing, or stands otherwise",
    "nat_damaged": "the rules of {} were changed by somebody",
    "differs": "{} is not as declared",
    "not_declared": "{} is not declared",
}


def _tells(change: Change, word: str, there: There) -> bool:
    """Whether a step says anything that no other does: what a link is made with belongs to its making, and what is noted to its rules."""
    if isinstance(change.thing, (Opened, Kept)):
        return False
    if (
        isinstance(change.before, Link)
        and isinstance(change.after, Link)
        and change.before.home != change.after.home
    ):
        return False  # what is noted of a link goes before its move
    before, after = change.before, change.after
    return not (
        isinstance(before, Link)
        and isinstance(after, Link)
        and before.place not in there.links
        and word != "link_misplaced"
    )


def _differs(change: Change, word: str, wish: Wish, there: There) -> Finding:
    subject, harmless = _subject(change), word in ("differs", "not_declared")
    of_rules = isinstance(change.thing, (*RULES, NatBackend))
    return Finding(
        word,
        WARNING if harmless else ERROR,
        subject,
        _SAID[word].format(subject),
        f"{show(change, there)}; {_EVIDENCE}{say_change(change)}",
        "module topology, with the same options"
        if of_rules
        else "; ".join(type_commands((change,), there)),
        at=frozenset() if harmless or of_rules else _places(change),
        needs=_needs(change.thing, wish),
    )


def _check_names(wish: Wish, there: There) -> Iterator[Finding]:
    """Names of declared links that something else bears. Who was to be a port of it is spoilt as well."""
    ends = links_among(wish.present)
    for end in ends:
        holder = there.links.get(end.place)
        if holder is None or end.kind in (None, holder.kind):
            continue
        yield Finding(
            "link_blocked",
            ERROR,
            subject_of(end),
            f"{say_kind(holder)} bears the name {end.name} {say_where(end.netns)}, which was declared for a {end.kind}",
            f"{ip(end.netns)} -d link show dev {quote(end.name)}",
            f"{ip(end.netns)} link set dev {quote(end.name)} name ANOTHER, or declare another name",
            at=frozenset(
                {
                    end.place,
                    *(
                        port.place
                        for port in ends
                        if port.bridge == end.name and port.netns == end.netns
                    ),
                }
            ),
        )


def _grounds_of(link: Link, there: There) -> Optional[Place]:
    """The link on which one sits, or that it was on the host."""
    if link.parent and link.parent[1]:
        return link.parent
    if link.home is None or link.place in there.links:
        return None
    name = link.home.name or link.name
    return (
        None
        if any(one.home is not None and one.home.name == name for one in there.links.values())
        else (None, name)
    )


def _check_grounds(wish: Wish, there: There) -> Iterator[Finding]:
    """Links of the host without which declared ones cannot be."""
    ends = links_among(wish.present)
    known = {*there.links, *(end.place for end in ends)}
    for end in ends:
        place = _grounds_of(end, there)
        if place is not None and place not in known:
            why, option = (
                (f"on which {end.name} {say_where(end.netns)} sits", "link")
                if end.parent
                else (f"which was to be {subject_of(end)}", "device")
            )
            yield Finding(
                "link_missing",
                ERROR,
                say_at(place),
                f"the link {say_at(place)} is missing, {why}",
                f"{ip(place[0])} link show dev {quote(place[1])}: does not exist",
                f"whatever brings that link back, or option {option}",
                at=frozenset({place, end.place}),
                needs=frozenset({whole(place[0])} if place[0] else ()),
            )


def check_plan(wish: Optional[Wish], there: There) -> Iterator[Finding]:
    """Nothing where the host is as declared, or nothing was."""
    if wish is None:
        return
    yield from _check_names(wish, there)
    gone = list(_check_grounds(wish, there))
    yield from gone
    for netns in [thing for thing in wish.present if isinstance(thing, Netns)]:
        # Said first, and by itself: with the ends of its cables out of sight the plan may be refused.
        if netns.name not in there.namespaces and netns.name not in there.blocked:
            yield _differs(Change(None, netns), "netns_missing", wish, there)
    try:
        drawn = plan(wish, there)
    except Refused as error:
        yield Finding(
            "conflict",
            ERROR,
            error.parameter,
            f"the topology cannot stand on this host: {error}",
            "module topology in check mode: refused",
            f"another value for option {error.parameter}, or what it needs",
            needs=frozenset(place for finding in gone for place in finding.at),
        )
        return
    for change in drawn.changes:
        for word in _words_of(change) if not change.implied else ():
            if _tells(change, word, there):
                yield _differs(change, word, wish, there)
