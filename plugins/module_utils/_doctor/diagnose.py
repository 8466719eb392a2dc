# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a chart, and what was declared, to what is wrong. Pure."""

from __future__ import annotations

from typing import Callable, Iterator, List, Optional, Sequence

from .._model.desired_state import DesiredState
from .checks.drift import check_drift
from .checks.firewall import check_filters, check_unhooked
from .checks.gateways import check_arp, check_gateways
from .checks.host import (
    check_forwarded_ports,
    check_limits,
    check_managers,
    check_own_rules,
    check_resolvers,
)
from .checks.impairments import check_impairments
from .checks.links import (
    check_bridge_ports,
    check_carrier,
    check_ipv6_disabled,
    check_names,
    check_neighbours,
    check_stranded,
    check_up,
)
from .checks.policy_routing import check_policy_rules, check_routes, check_sent
from .checks.routes import check_advertised, check_forwarding, check_overlaps, check_reverse_path
from .checks.segments import check_segments
from .facts.host_facts import HostFacts
from .findings import Finding, rank

CHECKS: Sequence[Callable[[HostFacts], Iterator[Finding]]] = (
    check_names,
    check_stranded,
    check_up,
    check_carrier,
    check_bridge_ports,
    check_segments,
    check_ipv6_disabled,
    check_neighbours,
    check_gateways,
    check_arp,
    check_policy_rules,
    check_sent,
    check_forwarding,
    check_overlaps,
    check_advertised,
    check_reverse_path,
    check_unhooked,
    check_filters,
    check_own_rules,
    check_forwarded_ports,
    check_limits,
    check_managers,
    check_resolvers,
)


def diagnose(desired: Optional[DesiredState], facts: HostFacts) -> List[Finding]:
    """Worst first. Of what is said twice the standing checks' words are kept: they name the command that shows it."""
    standing = (finding for check in CHECKS for finding in check(facts))
    meant = [*check_impairments(desired, facts), *check_routes(desired, facts)]
    return rank([*standing, *meant, *check_drift(desired, facts.current)])
