# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a doctor finds, and in which order: what explains something else comes before it."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import Dict, FrozenSet, Iterable, List, Optional, Tuple

from .._model.links import Link, LinkRef

ERROR, WARNING, INFO = SEVERITIES = ("error", "warning", "info")

ORDER = (
    "netns_stale",
    "netns_private",
    "netns_blocked",
    "netns_missing",
    "link_blocked",
    "link_stranded",
    "link_missing",
    "link_misplaced",
    "bridge_missing",
    "loopback_down",
    "bridge_down",
    "link_down",
    "no_carrier",
    "port_missing",
    "vrf_missing",
    "stp_blocking",
    "arp_off",
    "arp_ignored",
    "mac_duplicate",
    "ipv6_disabled",
    "dad_failed",
    "address_duplicate",
    "address_missing",
    "neighbour_wrong",
    "router_advertisement",
    "neighbour_limit",
    "conntrack_limit",
    "overlap",
    "rule_missing",
    "rule_refuses",
    "gateway_off_link",
    "route_missing",
    "route_refuses",
    "send_refused",
    "forwarding_off",
    "docker_user_unhooked",
    "br_netfilter",
    "filter_drop",
    "impaired",
    "gateway_silent",
    "nat_flushed",
    "nat_damaged",
    "nat_missing",
    "listener_shadowed",
    "forward_claimed",
    "rp_filter",
    "mtu_mismatch",
    "link_managed",
    "resolver_shadowed",
    "resolver_unreachable",
    "conflict",
    "differs",
    "not_declared",
    "filter_unclear",
)
"""Every check by its word, causes before what they cause."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. ``at``: the places that it spoils; ``needs``: those without which it would not have been noticed."""

    check: str
    severity: str
    subject: str
    message: str
    evidence: str
    remedy: str
    at: FrozenSet[LinkRef] = frozenset()
    needs: FrozenSet[LinkRef] = frozenset()


def whole(netns: Optional[str]) -> LinkRef:
    """A namespace as a place, with all that lies in it."""
    return (netns, "")


def rules(netns: Optional[str]) -> LinkRef:
    """What the packet filters of a namespace have of ours, as a place: no link has such a name."""
    return (netns, "/rules")


def traffic(place: LinkRef, family: int) -> LinkRef:
    """What goes through a link, or through a whole namespace, as a place: it may be stopped where the link itself is well."""
    return (place[0], f"{place[1]}/ipv{family}")


def all_traffic(netns: Optional[str], families: Iterable[int]) -> FrozenSet[LinkRef]:
    """Of a whole namespace: what a filter spoils that drops questions for neighbours, or their answers."""
    return frozenset(traffic(whole(netns), family) for family in families)


def subject_of(link: Link) -> str:
    """A link with its namespace, as one word."""
    return describe_at(link.ref)


def describe_at(place: LinkRef) -> str:
    return place[1] if place[0] is None else f"{place[0]}/{place[1]}"


def ip(netns: Optional[str]) -> str:
    """How iproute2 is called there. Names that others gave are quoted here and wherever they go into a command: they may be anything."""
    return tool("ip", netns)


def tool(name: str, netns: Optional[str]) -> str:
    """How one of the programs of iproute2 is called there."""
    return name if netns is None else f"{name} -n {quote(netns)}"


def within(netns: Optional[str]) -> str:
    """What goes before a command that is to run there."""
    return "" if netns is None else f"ip netns exec {quote(netns)} "


def describe_sysctl(netns: Optional[str], path: str, value: str = "") -> str:
    """How a kernel parameter is read there, or written. With slashes sysctl takes interface names that have dots."""
    return f"{within(netns)}sysctl {'-w ' if value else ''}{quote(path if '.' in path else path.replace('/', '.'))}{f'={value}' if value else ''}"


def _rank(finding: Finding) -> Tuple[int, int, str]:
    return SEVERITIES.index(finding.severity), ORDER.index(finding.check), finding.subject


def rank(found: Iterable[Finding]) -> List[Finding]:
    """Worst first. What is said twice is said once, and what an earlier one explains is not said at all."""
    first: Dict[Tuple[str, str], Finding] = {}
    for finding in found:
        first.setdefault((finding.check, finding.subject), finding)
    causes: List[Finding] = []
    spoilt: Dict[LinkRef, int] = {}
    for finding in sorted(first.values(), key=lambda one: ORDER.index(one.check)):
        position = ORDER.index(finding.check)
        if any(spoilt.get(place, position) < position for place in finding.needs):
            continue
        causes.append(finding)
        for place in finding.at:
            spoilt.setdefault(place, position)
    return sorted(causes, key=_rank)
