# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of names, links, addresses and neighbours."""

from __future__ import annotations

from shlex import quote
from typing import FrozenSet, Iterator, Set

from ..._describe.links import describe_type
from ..._describe.places import describe_location, describe_netns
from ..._model.link_options import BridgeOptions
from ..._model.link_types import NETNS_LINK_KINDS
from ..._model.links import Link, LinkRef
from ..facts.host_facts import HostFacts
from ..facts.segments import Segments
from ..findings import ERROR, Finding, describe_at, describe_sysctl, ip, subject_of, tool, whole


def check_names(facts: HostFacts) -> Iterator[Finding]:
    """Names under /run/netns that are no namespaces."""
    for name, what in sorted(facts.current.unusable_names.items()):
        check = (
            "netns_stale"
            if what == "stale"
            else "netns_private"
            if what.startswith("a namespace only")
            else "netns_blocked"
        )
        said = {
            "netns_stale": "is an empty file that a crash left behind",
            "netns_private": f"is {what}",
        }.get(check, f"is {what}")
        remedy = (
            "make it again, where all can see it, after that process has ended"
            if check == "netns_private"
            else f"rm -d {quote(f'/run/netns/{name}')}"
        )
        yield Finding(
            check,
            ERROR,
            name,
            f"/run/netns/{name} {said}, and no namespace",
            f"ls -l {quote(f'/run/netns/{name}')}; {ip(name)} link: no namespace is mounted there",
            remedy,
            at=frozenset({whole(name)}),
        )


def _matters(link: Link, facts: HostFacts, bridged: FrozenSet[LinkRef]) -> bool:
    if link.kind == "bridge":
        return link.ref in bridged or link.owner is not None
    if link.kind in NETNS_LINK_KINDS or link.saved is not None:
        return link.owner is not None
    return link.kind == "veth" and (
        link.owner is not None
        or bool(link.peer and (link.addresses or link.bridge) and (link.netns or link.peer[0]))
    )


def check_up(facts: HostFacts) -> Iterator[Finding]:
    """Loopbacks, bridges and cables that are down. What is behind them cannot be judged."""
    bridged, grounds = facts.bridged(), facts.bridges_with_addresses()
    for link in facts.current.links.values():
        if link.up or not (
            link.name == "lo"
            and link.netns
            or link.ref in grounds
            or _matters(link, facts, bridged)
        ):
            continue
        if link.kind == "vlan" and link.parent in grounds and not facts.is_up(link.parent):
            continue
        check = (
            "loopback_down"
            if link.name == "lo"
            else "bridge_down"
            if link.kind == "bridge"
            else "link_down"
        )
        at = {link.ref, *([link.peer] if link.peer else [])}
        at |= {
            port.ref
            for port in facts.on(link.netns)
            if link.kind == "bridge" and port.bridge == link.name
        }
        at |= {child.ref for child in grounds.get(link.ref, ())}
        yield Finding(
            check,
            ERROR,
            subject_of(link),
            f"{'the loopback' if link.name == 'lo' else describe_type(link)} {link.name} {describe_location(link.netns)} is down",
            f"{ip(link.netns)} link show dev {quote(link.name)}: no UP among its flags",
            f"{ip(link.netns)} link set dev {quote(link.name)} up (option up)",
            at=frozenset(at),
        )


def check_carrier(facts: HostFacts) -> Iterator[Finding]:
    """Ports of the host with nobody at their other end, in a namespace or with links on them."""
    grounds = facts.bridges_with_addresses()
    for link in [
        link
        for link in facts.current.links.values()
        if link.ref in facts.no_carrier and link.kind in ("", "veth")
    ]:
        other = facts.current.links.get(link.peer) if link.peer else None
        if (
            link.saved is None
            and link.ref not in grounds
            or (other is not None and not other.up and _matters(other, facts, frozenset()))
        ):
            continue
        why = (
            f"its other end, {subject_of(other)}, is down"
            if other
            else "nobody is at its other end"
        )
        yield Finding(
            "no_carrier",
            ERROR,
            subject_of(link),
            f"{describe_type(link)} {link.name} {describe_location(link.netns)} is up and has no carrier: {why}",
            f"{ip(link.netns)} link show dev {quote(link.name)}: NO-CARRIER",
            f"{ip(other.netns)} link set dev {quote(other.name)} up"
            if other
            else "plug its cable in, or raise what that leads to",
            at=frozenset({link.ref, *(child.ref for child in grounds.get(link.ref, ()))}),
        )


def check_stranded(facts: HostFacts) -> Iterator[Finding]:
    """Interfaces of the host that were taken into a namespace, and left behind when somebody deleted that."""
    for link in facts.on(None):
        if link.saved is not None:
            yield Finding(
                "link_stranded",
                ERROR,
                subject_of(link),
                f"{link.name} was {link.saved.name} before it was taken into a namespace, and lies on the host again, bare: the namespace was deleted under it",
                f"ip link show dev {quote(link.name)}: its alias says what it was",
                "module topology or netns_link takes it again, or with state absent gives it back as it was",
                at=frozenset({link.ref}),
            )


def check_bridge_ports(facts: HostFacts) -> Iterator[Finding]:
    """Cables that end loose, ports that STP holds, links without ARP."""
    links, used = facts.current.links, {*facts.declared, *facts.bridges_with_addresses()}
    for link in links.values():
        other = links.get(link.peer) if link.peer else None
        loose = (
            link.owner is not None
            and link.kind == "veth"
            and link.ref not in used
            and not link.bridge
            and not link.addresses
        )
        if loose and other is not None and other.addresses:
            yield Finding(
                "port_missing",
                ERROR,
                subject_of(link),
                f"{link.name} {describe_location(link.netns)} is the port of no bridge and has no address",
                f"{ip(link.netns)} link show dev {quote(link.name)}: no master",
                f"{ip(link.netns)} link set dev {quote(link.name)} master BRIDGE (option bridge)",
                at=frozenset({link.ref, other.ref}),
                needs=frozenset({link.ref}),
            )
        state = facts.states.get(link.ref, "forwarding")
        # A tap that no program has open is disabled, and waits for one.
        if (
            state != "forwarding"
            and link.up
            and (link.kind == "veth" and link.peer or link.owner is not None)
            and link.kind != "tun"
        ):
            yield from _blocked(facts, link, state)
        if link.arp is False and link.kind == "veth" and link.addresses:
            yield Finding(
                "arp_off",
                ERROR,
                subject_of(link),
                f"{link.name} {describe_location(link.netns)} does not do ARP",
                f"{ip(link.netns)} link show dev {quote(link.name)}: NOARP",
                f"{ip(link.netns)} link set dev {quote(link.name)} arp on (option arp)",
                at=frozenset({link.ref}),
            )


def _blocked(facts: HostFacts, link: Link, state: str) -> Iterator[Finding]:
    """Where bridges are joined in a ring STP has one port stand by, and the rest of the bridge goes on."""
    bridge, other = (
        facts.current.links.get((link.netns, link.bridge or "")),
        facts.current.links.get(link.peer) if link.peer else None,
    )
    stp = (
        bridge is not None
        and isinstance(bridge.options, BridgeOptions)
        and bool(bridge.options.stp)
    )
    rest = [
        port for port in facts.on(link.netns) if port.bridge == link.bridge and port.ref != link.ref
    ]
    if (
        stp
        and state == "blocking"
        and other is not None
        and other.bridge
        and any(facts.states.get(port.ref) == "forwarding" for port in rest)
    ):
        return
    why = (
        "STP lets nothing through"
        if stp
        else "nothing gets through, and its bridge does not do STP"
    )
    yield Finding(
        "stp_blocking",
        ERROR,
        subject_of(link),
        f"{link.name} is a port of {link.bridge} and is {state}: {why}",
        f"{tool('bridge', link.netns)} link show dev {quote(link.name)}: state {state}",
        f"{ip(link.netns)} link set dev {quote(link.bridge or '')} type bridge stp_state 0 (stp: false)"
        if stp
        else f"{tool('bridge', link.netns)} link set dev {quote(link.name)} state 3",
        at=frozenset({link.ref, *([link.peer] if link.peer else [])}),
        needs=frozenset({link.ref, (link.netns, link.bridge or "")}),
    )


def check_ipv6_disabled(facts: HostFacts) -> Iterator[Finding]:
    """IPv6 turned off on a link of a namespace, and addresses that somebody else had first."""
    used = {
        link.netns
        for link in facts.current.links.values()
        if any(":" in text for text in link.addresses or ())
    }
    for link in facts.current.links.values():
        key = f"net/ipv6/conf/{link.name}/disable_ipv6"
        if (
            facts.settings.get((link.netns, key)) == "1"
            and link.name != "lo"
            and not link.bridge
            and link.addresses
            and link.netns is not None
            and used
        ):
            yield Finding(
                "ipv6_disabled",
                ERROR,
                subject_of(link),
                f"IPv6 is turned off on {link.name} {describe_location(link.netns)}: the kernel took its addresses",
                f"{describe_sysctl(link.netns, key)}: 1",
                f"{describe_sysctl(link.netns, key, '0')}, then its addresses again (module topology or veth)",
                at=frozenset({link.ref}),
            )
    for place, address in sorted(facts.dad_failed, key=str):
        yield Finding(
            "dad_failed",
            ERROR,
            describe_at(place),
            f"{address} is not used on {place[1]} {describe_location(place[0])}: somebody there had it first (DAD failed)",
            f"{ip(place[0])} addr show dev {quote(place[1])}: dadfailed",
            f"{ip(place[0])} addr del {address} dev {quote(place[1])}, and give it another (option addresses)",
            at=frozenset({place}),
        )


def check_neighbours(facts: HostFacts) -> Iterator[Finding]:
    """Entries that somebody wrote by hand and that are not true."""
    ethernets = Segments(facts)
    for netns, entries in facts.neighbours.items():
        for entry in [entry for entry in entries if entry.state == "permanent" and entry.mac]:
            macs = _macs_of(ethernets, (netns, entry.device), entry.address)
            if macs and entry.mac not in macs:
                yield Finding(
                    "neighbour_wrong",
                    ERROR,
                    describe_at((netns, entry.address)),
                    f"{describe_netns(netns)} was told that {entry.address} is at {entry.mac}; it is at {', '.join(sorted(macs))}",
                    f"{ip(netns)} neigh show {entry.address} dev {quote(entry.device)}: PERMANENT",
                    f"{ip(netns)} neigh del {entry.address} dev {quote(entry.device)}",
                    at=frozenset({(netns, entry.device)}),
                )


def _macs_of(ethernets: Segments, place: LinkRef, address: str) -> Set[str]:
    """By which an address is reached over a link; none: that is not known. Whoever is elsewhere may be reached by anybody here, who goes on from there."""
    near = [link for link in ethernets.holders(address) if ethernets.are_joined(link.ref, place)]
    held = ethernets.find_holder(place, address)
    beyond = [] if near or held is None else [held, *ethernets.around(place)]
    return {link.mac for link in (*near, *beyond) if link.mac and link.ref != place}
