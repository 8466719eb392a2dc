# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs from a topology: every step of the plan that would mend it is one finding."""

from __future__ import annotations

import ipaddress
from shlex import quote
from typing import FrozenSet, Iterator, List, Optional, cast

from ..._describe.links import describe_kind
from ..._describe.nat import describe_nat
from ..._describe.places import describe_location
from ..._describe.routes import describe_route
from ..._model.addresses import Address, network_of
from ..._model.bridge_vlans import PortVlans
from ..._model.changes import Change, Resource, links_in
from ..._model.current_state import CurrentState
from ..._model.desired_state import DesiredState
from ..._model.errors import Refused
from ..._model.forwarding import FORWARDING_OFF
from ..._model.impairments import Impairment
from ..._model.links import Link, LinkRef, Veth
from ..._model.nat import NAT_RULES, ForwardingEnabled, NatBackend, NatRule, SavedSysctl
from ..._model.netns import Netns, Resolver, StaleName, Sysctl
from ..._model.routes import Route
from ..._plan.plan import plan
from ..._render.actions import describe_change
from ..._render.commands import render_commands
from ..evidence import show_command
from ..findings import ERROR, WARNING, Finding, describe_at, ip, rules, subject_of, whole

_EVIDENCE = "the plan of module topology: "
_FORWARDING = "/forwarding"


def _places(change: Change) -> FrozenSet[LinkRef]:
    resource = change.resource
    if isinstance(resource, Veth):
        return frozenset({resource.end.ref, resource.peer.ref})
    if isinstance(resource, (Netns, StaleName)):
        return frozenset({whole(resource.name)})
    if isinstance(resource, Link):
        return frozenset({resource.ref})
    return (
        frozenset({(resource.netns, resource.link)})
        if isinstance(resource, Address)
        else frozenset()
    )


def _carriers(route: Route, desired: DesiredState) -> FrozenSet[LinkRef]:
    """The links on whose networks a route's gateways are."""
    hops = [(hop.gateway, hop.device) for hop in route.nexthops or ()] or [
        (route.gateway, route.device)
    ]
    found = {(route.netns, device) for _gateway, device in hops if device}
    for end in [end for end in links_in(desired.present) if end.netns == route.netns]:
        networks = [network_of(text) for text in end.addresses or ()]
        if any(
            ipaddress.ip_address(gateway) in network
            for gateway, _device in hops
            if gateway
            for network in networks
        ):
            found.add(end.ref)
    return frozenset(found)


def _needs(resource: Resource, desired: DesiredState) -> FrozenSet[LinkRef]:
    """Without which a thing cannot stand."""
    if isinstance(resource, Veth):
        return frozenset(whole(end.netns) for end in (resource.end, resource.peer) if end.netns)
    if isinstance(resource, Link):
        return frozenset(
            {whole(resource.netns), resource.ref} if resource.netns else {resource.ref}
        )
    if isinstance(resource, (Address, Impairment, PortVlans)):
        return frozenset(
            {whole(resource.netns), (resource.netns, resource.link)}
            if resource.netns
            else {(None, resource.link)}
        )
    if isinstance(resource, Route):
        return _carriers(resource, desired) | (
            frozenset({whole(resource.netns)}) if resource.netns else frozenset()
        )
    names = [
        getattr(resource, name, None)
        for name in ("device", "interface", "in_interface", "out_interface")
    ]
    netns: Optional[str] = getattr(resource, "netns", None)
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
    before, after, resource = change.before, change.after, change.resource
    if isinstance(before, Link) and isinstance(after, Link):
        return list(_words_of_link(before, after)) or ["differs"]
    if isinstance(before, StaleName):
        return ["netns_stale"]
    if isinstance(resource, NatBackend):
        return ["nat_damaged"]
    if isinstance(resource, (Impairment, PortVlans)):
        return ["differs"]
    if after is None:
        return ["not_declared"]
    if isinstance(resource, Sysctl):
        return [
            "forwarding_off"
            if resource.key_path.endswith(_FORWARDING) and resource.value != FORWARDING_OFF
            else "differs"
        ]
    kinds = {
        Netns: "netns_missing",
        Veth: "link_missing",
        Address: "address_missing",
        Route: "route_missing",
        Resolver: "differs",
    }
    if isinstance(resource, Link):
        return ["bridge_missing" if resource.kind == "bridge" else "link_missing"]
    return [kinds.get(type(resource), "nat_missing")]


def _subject(change: Change) -> str:
    resource = change.resource
    if isinstance(resource, Veth):
        return subject_of(resource.end)
    if isinstance(resource, Link):
        return subject_of(resource)
    if isinstance(resource, (Netns, StaleName)):
        return resource.name
    if isinstance(resource, (Impairment, PortVlans)):
        return describe_at((resource.netns, resource.link))
    if isinstance(resource, Address):
        return describe_at((resource.netns, resource.address))
    if isinstance(resource, Route):
        return describe_at((resource.netns, describe_route(resource)))
    if isinstance(resource, Sysctl):
        parts = resource.key_path.split("/")
        return describe_at(
            (
                resource.netns,
                f"{parts[1]}:{parts[3]}"
                if resource.key_path.endswith(_FORWARDING)
                else resource.key_path,
            )
        )
    if isinstance(resource, NAT_RULES):
        return describe_at((resource.netns, describe_nat(cast(NatRule, resource))))
    return resource.netns or "the host"


_DESCRIPTIONS = {
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


def _describes(change: Change, word: str, current: CurrentState) -> bool:
    """Whether a step says anything that no other does: what a link is made with belongs to its making, and what is noted to its rules."""
    if isinstance(change.resource, (ForwardingEnabled, SavedSysctl)):
        return False
    if (
        isinstance(change.before, Link)
        and isinstance(change.after, Link)
        and change.before.saved != change.after.saved
    ):
        return False  # what is noted of a link goes before its move
    before, after = change.before, change.after
    return not (
        isinstance(before, Link)
        and isinstance(after, Link)
        and before.ref not in current.links
        and word != "link_misplaced"
    )


def _differs(change: Change, word: str, desired: DesiredState, current: CurrentState) -> Finding:
    subject, harmless = _subject(change), word in ("differs", "not_declared")
    of_rules = isinstance(change.resource, (*NAT_RULES, NatBackend))
    return Finding(
        word,
        WARNING if harmless else ERROR,
        subject,
        _DESCRIPTIONS[word].format(subject),
        f"{show_command(change, current)}; {_EVIDENCE}{describe_change(change)}",
        "module topology, with the same options"
        if of_rules
        else "; ".join(render_commands((change,), current)),
        at=frozenset() if harmless or of_rules else _places(change),
        needs=_needs(change.resource, desired),
    )


def _check_names(desired: DesiredState, current: CurrentState) -> Iterator[Finding]:
    """Names of declared links that something else bears. Who was to be a port of it is spoilt as well."""
    ends = links_in(desired.present)
    for end in ends:
        holder = current.links.get(end.ref)
        if holder is None or end.kind in (None, holder.kind):
            continue
        yield Finding(
            "link_blocked",
            ERROR,
            subject_of(end),
            f"{describe_kind(holder)} bears the name {end.name} {describe_location(end.netns)}, which was declared for a {end.kind}",
            f"{ip(end.netns)} -d link show dev {quote(end.name)}",
            f"{ip(end.netns)} link set dev {quote(end.name)} name ANOTHER, or declare another name",
            at=frozenset(
                {
                    end.ref,
                    *(
                        port.ref
                        for port in ends
                        if port.bridge == end.name and port.netns == end.netns
                    ),
                }
            ),
        )


def _bridges_with_addresses(link: Link, current: CurrentState) -> Optional[LinkRef]:
    """The link on which one sits, or that it was on the host."""
    if link.parent and link.parent[1]:
        return link.parent
    if link.saved is None or link.ref in current.links:
        return None
    name = link.saved.name or link.name
    return (
        None
        if any(one.saved is not None and one.saved.name == name for one in current.links.values())
        else (None, name)
    )


def _check_bridges_with_addresses(
    desired: DesiredState, current: CurrentState
) -> Iterator[Finding]:
    """Links of the host without which declared ones cannot be."""
    ends = links_in(desired.present)
    known = {*current.links, *(end.ref for end in ends)}
    for end in ends:
        place = _bridges_with_addresses(end, current)
        if place is not None and place not in known:
            why, option = (
                (f"on which {end.name} {describe_location(end.netns)} sits", "link")
                if end.parent
                else (f"which was to be {subject_of(end)}", "device")
            )
            yield Finding(
                "link_missing",
                ERROR,
                describe_at(place),
                f"the link {describe_at(place)} is missing, {why}",
                f"{ip(place[0])} link show dev {quote(place[1])}: does not exist",
                f"whatever brings that link back, or option {option}",
                at=frozenset({place, end.ref}),
                needs=frozenset({whole(place[0])} if place[0] else ()),
            )


def check_drift(desired: Optional[DesiredState], current: CurrentState) -> Iterator[Finding]:
    """Nothing where the host is as declared, or nothing was."""
    if desired is None:
        return
    yield from _check_names(desired, current)
    gone = list(_check_bridges_with_addresses(desired, current))
    yield from gone
    for netns in [resource for resource in desired.present if isinstance(resource, Netns)]:
        # Said first, and by itself: with the ends of its cables out of sight the plan may be refused.
        if netns.name not in current.namespaces and netns.name not in current.unusable_names:
            yield _differs(Change(None, netns), "netns_missing", desired, current)
    try:
        drawn = plan(desired, current)
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
            if _describes(change, word, current):
                yield _differs(change, word, desired, current)
