# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A finding of the doctor, and the order of findings: causes come before their effects. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .._model.declared_services import FAULTS as SERVICE_FAULTS
from .._model.links import Link, LinkRef

if TYPE_CHECKING:
    from collections.abc import Iterable

ERROR, WARNING, INFO = SEVERITIES = ("error", "warning", "info")
"""An error: traffic is lost. A warning: some traffic is lost, or will be lost. Info: it cannot be
determined whether traffic is lost."""

ORDER = (
    "netns_stale",
    "netns_private",
    "netns_blocked",
    "netns_ended",
    "netns_missing",
    "link_managed",
    "link_blocked",
    "link_stranded",
    "link_missing",
    "link_misplaced",
    "bridge_missing",
    "switch_down",
    "bridge_down",
    "link_down",
    "no_carrier",
    "port_missing",
    "vrf_missing",
    "vlan_missing",
    "vlan_differs",
    "switch_port_failed",
    "switch_without_flows",
    "stp_blocking",
    "arp_off",
    "arp_ignored",
    "mac_duplicate",
    "ipv6_disabled",
    "dad_failed",
    "address_duplicate",
    "address_missing",
    "address_scope",
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
    "proxy_silent",
    "docker_user_unhooked",
    "br_netfilter",
    "filter_drop",
    "rule_link_missing",
    "isolation_outdated",
    "mark_cleared",
    "guard_outdated",
    "impaired",
    "nat_flushed",
    "nat_damaged",
    "nat_missing",
    "mtu_mismatch",
    "packets_altered",
    "no_route",
    "route_diverts",
    "link_filter",
    "port_restricted",
    "policy_blocks",
    "ttl_low",
    "source_wrong",
    "packets_lost",
    "gateway_silent",
    "loopback_down",
    "attachment_broken",
    "process_missing",
    "process_restarting",
    "name_server_silent",
    "resolver_elsewhere",
    "forward_unanswered",
    "service_stranded",
    *SERVICE_FAULTS,
    "guard_bypassed",
    "listener_shadowed",
    "forward_claimed",
    "rp_filter",
    "resolver_shadowed",
    "resolver_unreachable",
    "host_access",
    "policy_refuses",
    "name_unanswered",
    "conflict",
    "differs",
    "not_declared",
    "packets_filtered",
    "filter_unclear",
    "echo_ignored",
)
"""The identifiers of all checks, causes before their effects."""

Location = LinkRef
"""Where a finding has effects: (namespace, link), or what one of the functions below returns."""


@dataclass(frozen=True)
class Finding:
    """A problem.

    ``check`` is an identifier of ``ORDER``. ``evidence`` is the command that shows the problem, and
    what it prints; ``remedy`` is the command or option that fixes it.

    ``affects``: the locations that no longer work because of it. ``depends_on``: locations that
    explain this finding if an earlier check affects one of them; it is then an effect, and dropped.
    ``causes``: subjects of errors that are likely to be caused by this; it is then an error too.
    """

    check: str
    severity: str
    subject: str
    message: str
    evidence: str
    remedy: str
    affects: frozenset[Location] = frozenset()
    depends_on: frozenset[Location] = frozenset()
    causes: frozenset[LinkRef] = frozenset()


def netns_location(netns: str | None) -> Location:
    """A whole namespace."""
    return (netns, "")


def ruleset_location(netns: str | None) -> Location:
    """The rules of this collection in a namespace. No link can have that name."""
    return (netns, "/rules")


def filter_location(netns: str | None) -> Location:
    """The packet filters of a namespace, of others than this collection."""
    return (netns, "/filters")


def traffic_location(location: Location, family: int) -> Location:
    """The IPv4 or IPv6 traffic of a link or of a whole namespace, if the link itself works."""
    return (location[0], f"{location[1]}/ipv{family}")


def netns_traffic(netns: str | None, families: Iterable[int]) -> frozenset[Location]:
    """All traffic of a namespace, of these families."""
    return frozenset(traffic_location(netns_location(netns), family) for family in families)


def subject_of(link: Link) -> str:
    """A link as the subject of a finding."""
    return format_ref(link.ref)


def format_ref(ref: LinkRef) -> str:
    """A link, or any object of a namespace, as NAMESPACE/NAME; NAME alone for the host."""
    return ref[1] if ref[0] is None else f"{ref[0]}/{ref[1]}"


def _sort_key(finding: Finding) -> tuple[int, int, str]:
    return SEVERITIES.index(finding.severity), ORDER.index(finding.check), finding.subject


def rank(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by severity and cause; drop duplicates and effects of earlier findings.

    Of two findings of one check about one subject the first stays, with the severity of both.
    """
    unique: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.check, finding.subject)
        known = unique.setdefault(key, finding)
        severity = ERROR if ERROR in (known.severity, finding.severity) else known.severity
        unique[key] = replace(known, severity=severity, affects=known.affects | finding.affects)
    broken = {finding.subject for finding in unique.values() if finding.severity == ERROR}
    for key, finding in unique.items():
        if broken & {format_ref(ref) for ref in finding.causes}:
            unique[key] = replace(finding, severity=ERROR)
    causes: list[Finding] = []
    affected_by: dict[Location, int] = {}
    for finding in sorted(unique.values(), key=lambda finding: ORDER.index(finding.check)):
        position = ORDER.index(finding.check)
        explained = any(
            affected_by.get(location, position) < position for location in finding.depends_on
        )
        if explained:
            continue
        causes.append(finding)
        for location in finding.affects:
            affected_by.setdefault(location, position)
    return sorted(causes, key=_sort_key)
