# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a namespace lost a packet: its counters, kernel parameters and packet filters. Pure."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import address_of, family_of, network_of
from ..commands import ip_command, netns_exec, sysctl_command
from ..facts.closed_ports import find_answering_links, is_closed_by_policies
from ..findings import ERROR, INFO, WARNING, format_ref
from .cause import Cause
from .counters import DELIVERED, MEANINGS
from .detours import find_route, show_lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import LinkRef
    from ..facts.host_facts import HostFacts
    from .traces import Trace

_DEFAULT_TTL = "64"


def find_wrong_mac(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """Neighbours with another MAC address than the link that has the address."""
    crossing = trace.crossing
    if crossing.arrival is None:
        return
    lookup, device = crossing.lookup, crossing.hop.device or ""
    known = trace.macs.get((lookup.netns, device, crossing.next_hop))
    right = facts.current.links[crossing.arrival].mac
    if known is None or right is None or known == right:
        return
    if known in _macs_of_host(facts, crossing.arrival):
        return
    ip = ip_command(lookup.netns)
    yield Cause(
        "neighbour_wrong",
        ERROR,
        format_ref((lookup.netns, crossing.next_hop)),
        f"{describe_netns(lookup.netns)} has the MAC address {known} for {crossing.next_hop}, and "
        f"{format_ref(crossing.arrival)} has {right}",
        f"{ip} neigh show {crossing.next_hop} dev {quote(device)}: {known}",
        f"{ip} neigh del {crossing.next_hop} dev {quote(device)}",
    )


def _macs_of_host(facts: HostFacts, arrival: LinkRef) -> list[str | None]:
    """The MAC addresses with which the host answers for a member, since policies are enforced."""
    peer = facts.find_peer(facts.current.links[arrival])
    if peer is None or not is_closed_by_policies(facts, peer.ref):
        return []
    return [link.mac for link in find_answering_links(facts, arrival)]


def find_foreign_source(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """A route whose preferred source is not on its link, where replies would come directly."""
    first = trace.way[0]
    if first.hop.type != "unicast" or not first.next_hop:
        return
    netns, device = first.lookup.netns, first.hop.device or ""
    link = facts.current.links.get((netns, device))
    route = find_route(facts, first.lookup, ("unicast",))
    addresses = link.addresses or () if link is not None else ()
    own = {text.split("/")[0]: network_of(text) for text in addresses}
    target = address_of(first.next_hop)
    near = [
        address
        for address, network in own.items()
        if network.version == target.version and target in network
    ]
    if route is None or route.source is None or route.source in own or not near:
        return
    ip, via = ip_command(netns, target.version), f"via {route.gateway} " if route.gateway else ""
    shown = f"{route.destination} {via}dev {quote(device)}"
    yield Cause(
        "source_wrong",
        ERROR,
        format_ref((netns, route.source)),
        f"the route {shown} of {describe_netns(netns)} sends with the source address "
        f"{route.source}, which is not on {device}: the replies go elsewhere",
        f"{show_lookup(first.lookup)}: src {route.source}",
        f"{ip} route replace {shown} src {near[0]}"
        + (f" metric {route.metric}" * bool(route.metric)),
    )


def find_counted(_facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """What the namespace in which the packet was lost counted for it."""
    netns = trace.netns
    counted = trace.counted.get(netns, {})
    for name, meaning in MEANINGS.items():
        if trace.tried and counted.get(name, 0) >= trace.tried:
            is_policy = name.startswith("Xfrm")
            check = "policy_blocks" if is_policy else "packets_lost"
            check = "rp_filter" if name.endswith("ReversePathFilter") else check
            prefix = netns_exec(netns)
            shown = f"{ip_command(netns)} xfrm policy" if is_policy else f"{prefix}nstat -az"
            yield Cause(
                check,
                ERROR,
                format_ref((netns, name)),
                f"{describe_netns(netns)} counts that {meaning}",
                f"{shown}: {name.rpartition('.')[2]} grows with each packet",
                _remedy_of_counter(trace, name),
            )


def _remedy_of_counter(trace: Trace, name: str) -> str:
    netns, stage = trace.netns, trace.last
    if name.startswith("Xfrm") and netns is None:
        # The host may have policies of a VPN, which all would be lost.
        return "find the policy with ip xfrm policy, and delete it with ip xfrm policy delete"
    if name.startswith("Xfrm"):
        return f"{ip_command(netns)} xfrm policy deleteall  # or delete the one that blocks them"
    if name.endswith("ReversePathFilter") and stage is not None:
        key = f"net/ipv4/conf/{stage.step.link}/rp_filter"
        return (
            f"{sysctl_command(netns, key, '2')}; "
            f"{sysctl_command(netns, 'net/ipv4/conf/all/rp_filter', '2')}"
        )
    if name.endswith("InHdrErrors"):
        return sysctl_command(trace.flow.netns, _ttl_key(trace), _DEFAULT_TTL)
    return f"{ip_command(netns)} route; {ip_command(netns)} rule  # find the route that is missing"


def _ttl_key(trace: Trace) -> str:
    """The kernel parameter of the TTL, or hop limit, with which the sender sends."""
    if family_of(trace.flow.destination) == 4:
        return "net/ipv4/ip_default_ttl"
    return f"net/ipv6/conf/{trace.flow.link}/hop_limit"


def find_sysctls(_facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """Namespaces that do not answer echo requests by their configuration, or send a low TTL."""
    family = family_of(trace.flow.destination)
    netns = trace.flow.to_netns
    key = "net/ipv4/icmp_echo_ignore_all" if family == 4 else "net/ipv6/icmp/echo_ignore_all"
    arrived = trace.last is not None and trace.last.step.netns == netns
    if arrived and trace.settings.sysctls.get((netns, key), "0") not in ("", "0"):
        yield Cause(
            "echo_ignored",
            INFO,
            format_ref((netns, f"ipv{family}")),
            f"{describe_netns(netns)} does not answer echo requests (ping), and may answer others",
            f"{sysctl_command(netns, key)}: 1",
            sysctl_command(netns, key, "0"),
        )


def find_sender_settings(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """A TTL that ends on the way, no requests for MAC addresses, and a source that nobody has."""
    netns, sysctls = trace.flow.netns, trace.settings.sysctls
    key = _ttl_key(trace)
    ttl = sysctls.get((netns, key), "")
    if ttl.isdigit() and int(ttl) < len(trace.way):
        yield Cause(
            "ttl_low",
            ERROR,
            format_ref((netns, "ttl")),
            f"{describe_netns(netns)} sends packets with TTL {ttl}, which the way of "
            f"{len(trace.way) - 1} hops exceeds",
            f"{sysctl_command(netns, key)}: {ttl}",
            sysctl_command(netns, key, _DEFAULT_TTL),
        )
    known = {
        text.split("/")[0] for link in facts.current.links.values() for text in link.addresses or ()
    }
    for source in sorted(trace.sources - known - {trace.flow.source}):
        if not source.startswith("fe80:"):
            yield Cause(
                "source_wrong",
                ERROR,
                source,
                f"they leave with the source address {source}, which no link here has: the "
                "replies go elsewhere",
                "nft list ruleset; iptables -t nat -S POSTROUTING",
                "remove the rule of source NAT that sets this address",
            )


def was_delivered(trace: Trace) -> bool:
    """Whether the request reached the ICMP of its destination."""
    counted = trace.counted.get(trace.flow.to_netns, {})
    return bool(trace.sent) and any(counted.get(name, 0) >= trace.sent for name in DELIVERED)


def find_filter_rules(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """Packet filters of the namespace in which the packet was lost, if they can drop it."""
    netns = trace.netns
    kinds = {stage.kind for stage in (trace.last, trace.missing) if stage is not None}
    # What a filter of a namespace drops is a finding of check_packet_filters.
    for table in facts.arp_tables if netns is None else ():
        if kinds & {"who-has", "is-at"}:
            prefix = netns_exec(netns)
            yield Cause(
                "filter_drop",
                ERROR,
                format_ref((netns, f"arp {table}")),
                f"the table {table} for ARP (nft or arptables) {describe_location(netns)} can drop "
                "them",
                f"{prefix}nft list table arp {quote(table)}",
                f"{prefix}nft delete table arp {quote(table)}  # or the rule that drops",
            )
    filters = facts.packet_filters.get(netns)
    family = family_of(trace.flow.destination)
    hooks = [hook for hook in filters.hooks if family in hook.families] if filters else []
    if not hooks:
        return
    rules = [
        f"{hook.describe_chain(rule.chain)}: {rule.text}"
        for hook in hooks
        for chain in hook.chains.values()
        for rule in chain
        if rule.verdict in ("drop", "queue")
    ]
    rules += [f"the policy of {hook.describe_chain(hook.chain)}" for hook in hooks]
    prefix, hook = netns_exec(netns), hooks[0]
    yield Cause(
        "packets_filtered",
        WARNING,
        format_ref((netns, hook.describe_chain(hook.chain))),
        f"a packet filter {describe_location(netns)} can drop them: {'; '.join(rules[:3])}",
        f"{prefix}{hook.list_command(hook.chain)}",
        "accept the traffic in that chain, or remove the rule that drops it",
    )
