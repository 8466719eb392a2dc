# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a chart, and what was declared, to what is wrong. Pure."""

from __future__ import annotations

from typing import Callable, Iterator, List, Optional, Sequence

from . import _doctor_ends, _doctor_filters, _doctor_gateways, _doctor_host, _doctor_links, _doctor_refusals, _doctor_routes, _doctor_segments
from ._chart import Chart
from ._doctor_plan import check_plan
from ._findings import Finding, rank
from ._wish import Wish

CHECKS: Sequence[Callable[[Chart], Iterator[Finding]]] = (
    _doctor_links.check_names, _doctor_links.check_stranded, _doctor_links.check_up, _doctor_links.check_carrier, _doctor_links.check_ports,
    _doctor_segments.check_segments, _doctor_links.check_inet6, _doctor_links.check_neighbours, _doctor_gateways.check_gateways,
    _doctor_gateways.check_arp, _doctor_refusals.check_rules, _doctor_refusals.check_sent, _doctor_routes.check_forwarding,
    _doctor_routes.check_overlaps, _doctor_routes.check_advertised, _doctor_routes.check_reverse_path,
    _doctor_filters.check_unhooked, _doctor_filters.check_filters, _doctor_host.check_rules, _doctor_host.check_ports, _doctor_host.check_limits,
    _doctor_host.check_managers, _doctor_host.check_resolvers,
)


def diagnose(wish: Optional[Wish], chart: Chart) -> List[Finding]:
    """Worst first. Of what is said twice the standing checks' words are kept: they name the command that shows it."""
    standing = (finding for check in CHECKS for finding in check(chart))
    meant = [*_doctor_ends.check_impairments(wish, chart), *_doctor_refusals.check_routes(wish, chart)]
    return rank([*standing, *meant, *check_plan(wish, chart.there)])
