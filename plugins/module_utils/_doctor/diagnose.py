# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs all checks on the facts of a host. Pure.

To add a check:

* Write a function ``(HostFacts) -> Iterator[Finding]`` in a file of ``checks``. It reads facts
  only. What it needs and ``facts/collect.py`` does not collect yet is added there.
* Add the function to ``CHECKS`` here, and the identifiers of its findings to ``findings.ORDER``,
  each before those of its effects.
* Name the identifiers in docs/docsite/rst/troubleshooting.rst; tests/guides looks for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Callable

from .checks.attached_netns import check_attached_netns
from .checks.attachments import check_attachments
from .checks.bridge_ports import check_bridge_ports
from .checks.drift import check_drift
from .checks.firewall import check_docker_user, check_packet_filters
from .checks.forwards import check_forward_replies, check_stranded_processes
from .checks.gateways import check_arp_ignore, check_gateways
from .checks.host import (
    check_forwarded_ports,
    check_link_managers,
    check_resolvers,
    check_rulesets,
    check_table_limits,
)
from .checks.host_access import check_nameservers_on_host
from .checks.impairments import check_impairments
from .checks.ipv6 import check_duplicate_address_detection, check_ipv6_disabled
from .checks.links import (
    check_arp,
    check_carrier,
    check_link_states,
    check_names,
    check_stranded_links,
)
from .checks.losses import check_losses
from .checks.marks import check_marks
from .checks.name_servers import check_name_servers, check_queried_servers
from .checks.neighbours import (
    check_neighbour_requests,
    check_neighbours,
    check_outdated_gateways,
)
from .checks.overlaps import check_overlaps
from .checks.ovs import check_open_vswitch
from .checks.own_rules import check_isolations
from .checks.policies import check_policies
from .checks.policy_names import check_policy_names
from .checks.policy_routing import check_policy_rules
from .checks.ports import check_port_flags
from .checks.processes import check_processes
from .checks.proxies import check_proxies
from .checks.refusals import check_refused_gateways, check_refusing_routes
from .checks.routes import (
    check_forwarding,
    check_reverse_path,
    check_router_advertisements,
)
from .checks.segments import check_address_scopes, check_segments
from .checks.services import check_services
from .checks.vlans import check_bridge_vlans
from .facts.host_facts import HostFacts
from .findings import Finding, rank

Check = Callable[[HostFacts], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    check_names,
    check_attached_netns,
    check_stranded_links,
    check_open_vswitch,
    check_link_states,
    check_carrier,
    check_bridge_ports,
    check_bridge_vlans,
    check_arp,
    check_segments,
    check_address_scopes,
    check_ipv6_disabled,
    check_duplicate_address_detection,
    check_neighbour_requests,
    check_neighbours,
    check_outdated_gateways,
    check_gateways,
    check_arp_ignore,
    check_policy_rules,
    check_refused_gateways,
    check_forwarding,
    check_proxies,
    check_overlaps,
    check_router_advertisements,
    check_reverse_path,
    check_docker_user,
    check_packet_filters,
    check_isolations,
    check_marks,
    check_rulesets,
    check_forwarded_ports,
    check_table_limits,
    check_link_managers,
    check_resolvers,
    check_nameservers_on_host,
    check_impairments,
    check_refusing_routes,
    check_policies,
    check_policy_names,
    check_forward_replies,
    check_attachments,
    check_processes,
    check_name_servers,
    check_queried_servers,
    check_stranded_processes,
    check_services,
    check_drift,
    check_losses,
    check_port_flags,
)
"""``check_drift`` and ``check_losses`` come last: of two findings of one check about one subject
the first stays, and the evidence of the other checks is more specific."""


def diagnose(facts: HostFacts) -> list[Finding]:
    """The findings of all checks, the most severe first."""
    return rank(finding for check in CHECKS for finding in check(facts))
