# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a packet was lost on a link: what filters it there, and how a bridge port is set. Pure."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._model.addresses import family_of
from ..commands import ip_command, iproute2_command
from ..facts.closed_ports import is_closed_by_policies
from ..findings import ERROR, INFO, format_ref
from .cause import ECHO_BYTES, Cause, links_of_loss

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..._model.links import LinkRef
    from ..._netlink.losing_filters import LosingFilter
    from ..facts.host_facts import HostFacts
    from .traces import Trace


def find_link_filters(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """XDP programs and traffic control on the links between which the packet was lost.

    A packet socket sees what arrives before traffic control, and what is sent after it.
    """
    found = trace.settings
    declared = facts.list_declared_impairments()
    for stage in (trace.last, trace.missing):
        if stage is None:
            continue
        ref, direction, is_last = stage.step.ref, stage.step.direction, stage is trace.last
        if ref in found.xdp and direction == "in" and not is_last:
            yield _xdp_program(ref, found.xdp[ref])
        side = "ingress" if direction == "in" else "egress"
        filters = found.filters.get((ref, side), ()) if is_last == (side == "ingress") else ()
        if filters:
            yield _traffic_control(ref, filters)
        # Without its filters a classful discipline may well send them.
        if ref in found.qdiscs and side == "egress" and not is_last and not filters:
            yield _queue(ref, found.qdiscs[ref], INFO if ref in declared else ERROR)


def _xdp_program(ref: LinkRef, mode: str) -> Cause:
    ip, device = ip_command(ref[0]), quote(ref[1])
    return Cause(
        "link_filter",
        ERROR,
        format_ref(ref),
        f"an XDP program on {ref[1]} {describe_location(ref[0])} drops them",
        f"{ip} link show dev {device}: {mode}",
        f"{ip} link set dev {device} {mode} off",
    )


def _traffic_control(ref: LinkRef, filters: Sequence[LosingFilter]) -> Cause:
    tc, device = iproute2_command("tc", ref[0]), quote(ref[1])
    found = [
        (each.place if each.is_shared else f"dev {device} {each.place}", each.preference)
        for each in filters
    ]
    return Cause(
        "link_filter",
        ERROR,
        format_ref(ref),
        f"a filter of traffic control on {ref[1]} {describe_location(ref[0])} drops or redirects "
        "them",
        "; ".join(f"{tc} filter show {place}: {preference}" for place, preference in found),
        "; ".join(f"{tc} filter del {place} {preference}" for place, preference in found),
    )


def _queue(ref: LinkRef, kind: str, severity: str) -> Cause:
    tc, device = iproute2_command("tc", ref[0]), quote(ref[1])
    return Cause(
        "impaired",
        severity,
        format_ref(ref),
        f"the queueing discipline {kind} of {ref[1]} {describe_location(ref[0])} sends none of "
        "them",
        f"{tc} -s qdisc show dev {device}",
        f"{tc} qdisc del dev {device} root",
    )


_HEADERS = {4: 28, 6: 48}
"""The bytes of an echo's headers, by family."""


def find_small_mtus(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """Links on the way whose MTU is smaller than the echo that was lost there."""
    size = _HEADERS[family_of(trace.flow.destination)] + ECHO_BYTES
    for ref, _direction in links_of_loss(trace):
        link = facts.current.links.get(ref)
        if link is None or link.mtu is None or link.mtu >= size:
            continue
        mtus = [other.mtu or 0 for other in facts.segments.links_with(ref)]
        names = [ref[1]]
        bridge = facts.current.links.get((ref[0], link.bridge or ""))
        if bridge is not None and (bridge.mtu or size) < size:
            names.append(bridge.name)
        ip = ip_command(ref[0])
        yield Cause(
            "mtu_mismatch",
            ERROR,
            format_ref(ref),
            f"{ref[1]} {describe_location(ref[0])} has MTU {link.mtu}, and drops packets of {size} "
            "bytes",
            f"{ip} link show dev {quote(ref[1])}: mtu {link.mtu}",
            "; ".join(f"{ip} link set dev {quote(name)} mtu {max(mtus)}" for name in names),
        )


_PORT_EFFECTS = {
    "isolated": "is isolated",
    "locked": "is locked, and accepts frames of known MAC addresses only",
    "neigh_suppress": "does not pass on ARP and neighbour discovery",
    "learning": "does not learn MAC addresses",
    "flood": "gets no frames to unknown MAC addresses",
    "mcast_flood": "gets no multicast frames, as of neighbour discovery",
    "bcast_flood": "gets no broadcast frames, as of ARP",
}
_CLOSED = "is isolated because policies are enforced there, so that members meet by the host only"
_RUN_AGAIN = "run module topology again, and leave the port isolated"


def find_port_settings(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """Bridge ports whose flags, VLANs or forwarding entries keep frames from passing."""
    severity = INFO if trace.flow.doubtful else ERROR
    for ref, direction in links_of_loss(trace):
        flags = trace.settings.port_flags.get(ref, {})
        found = {
            flag: "on" if value else "off"
            for flag, value in flags.items()
            if flag == "isolated" or (flag == "locked") == (direction == "in")
        }
        if found:
            yield _restricted_port(facts, ref, found, severity)
    yield from _find_static_entry(facts, trace)
    yield from _find_vlans(facts, trace, severity)


def _restricted_port(facts: HostFacts, ref: LinkRef, found: dict[str, str], severity: str) -> Cause:
    bridge, device = iproute2_command("bridge", ref[0]), quote(ref[1])
    effects = {flag: _PORT_EFFECTS[flag] for flag in found}
    opposite = {flag: "off" if value == "on" else "on" for flag, value in found.items()}
    if "isolated" in found and is_closed_by_policies(facts, ref):
        effects["isolated"] = _CLOSED
        del opposite["isolated"]
    return Cause(
        "port_restricted",
        severity,
        format_ref(ref),
        f"the bridge port {ref[1]} {describe_location(ref[0])} {' and '.join(effects.values())}",
        f"{bridge} -d link show dev {device}: {_join(found)}",
        f"{bridge} link set dev {device} {_join(opposite)}" if opposite else _RUN_AGAIN,
    )


def _join(flags: dict[str, str]) -> str:
    return " ".join(f"{flag} {value}" for flag, value in flags.items())


def _find_static_entry(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    crossing = trace.crossing
    if crossing.arrival is None or trace.last is None:
        return
    netns, receiver = trace.last.step.netns, facts.current.links.get(crossing.arrival)
    stage = trace.missing or trace.last
    if stage.kind == "is-at":
        receiver = facts.current.links.get((crossing.lookup.netns, crossing.hop.device or ""))
    if stage.kind == "who-has" or receiver is None or receiver.mac is None:
        return
    mac = receiver.mac
    right = trace.missing.step.link if trace.missing is not None else ""
    for port in trace.settings.static_entries.get((netns, mac), ()):
        own = facts.current.links.get((netns, port))
        if port != right and (own is None or own.mac != mac):
            bridge = iproute2_command("bridge", netns)
            yield Cause(
                "port_restricted",
                ERROR,
                format_ref((netns, port)),
                f"a static entry sends frames for {mac} to {port} {describe_location(netns)}, "
                f"and not to {right or 'the bridge'}",
                f"{bridge} fdb show: {mac} dev {port} static or permanent",
                f"{bridge} fdb del {mac} dev {quote(port)} master",
            )


def _find_vlans(facts: HostFacts, trace: Trace, severity: str) -> Iterator[Cause]:
    vlans = facts.current.vlans
    pairs = [(ref, vlans[ref]) for ref, _direction in links_of_loss(trace) if ref in vlans]
    if len({entry.vlan for _ref, entry in pairs}) < 2:
        return
    (first, before), (second, after) = pairs
    bridge = iproute2_command("bridge", first[0])
    wrong, right = (second, before) if before.vlan else (first, after)
    number = right.vlan or 1
    yield Cause(
        "port_restricted",
        severity,
        format_ref(wrong),
        f"the untagged frames of {first[1]} are in VLAN {before.vlan or 'none'}, and those of "
        f"{second[1]} in VLAN {after.vlan or 'none'} {describe_location(first[0])}",
        f"{bridge} vlan show",
        f"{bridge} vlan add dev {quote(wrong[1])} vid {number} pvid untagged",
    )
