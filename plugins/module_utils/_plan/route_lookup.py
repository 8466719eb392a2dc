# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which route a packet of the host takes: policy rules, then the longest prefix of a table.

The kernel answers this for the host as it is; this is for the host as it will be. It is the lookup
of net/core/fib_rules.c for packets without a mark that a process of root sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import address_of, family_of, network_of
from .._model.policy_rules import PolicyRule
from .._model.routes import LOCAL_TABLE, MAIN_TABLE, Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.host_paths import Flow, HostPaths
    from .._model.policy_rules import Range

_DEFAULT_TABLE = 253
_RULES_OF_THE_KERNEL = tuple(
    PolicyRule(family, 0, "lookup", table)
    for family in (4, 6)
    for table in (LOCAL_TABLE, MAIN_TABLE, _DEFAULT_TABLE)
)
"""Those of a kernel without policy routing."""
_TCP, _ROOT = 6, 0


def look_up(host: HostPaths, flow: Flow, vrf_table: int = MAIN_TABLE) -> Route | None:
    """The route that a packet takes; None if there is none.

    :param vrf_table: the table of the VRF of the flow.
    """
    family = family_of(flow.destination)
    if any(flow.destination == text.split("/")[0] for _device, text in host.addresses):
        return Route(None, _as_network(flow.destination), table=LOCAL_TABLE, type="local")
    rules = host.rules or _RULES_OF_THE_KERNEL
    next_priority = 0
    for rule in rules:
        if rule.family != family or rule.priority < next_priority or not _applies(rule, flow):
            continue
        if rule.action == "goto":
            next_priority = rule.limits.goto or 0
        elif rule.action == "lookup":
            table = vrf_table if rule.limits.in_vrf else rule.table
            route = _find_longest(host.routes, table, flow.destination)
            if route is not None and route.type != "throw" and not _is_suppressed(rule, route):
                return route
        elif rule.action != "nop":
            return Route(None, _as_network(flow.destination), type=rule.action)
    return None


def _as_network(address: str) -> str:
    return f"{address}/{address_of(address).max_prefixlen}"


def _find_longest(routes: Iterable[Route], table: int, destination: str) -> Route | None:
    """The route of the longest prefix, and among those the one with the least metric."""
    address, family = address_of(destination), family_of(destination)
    best: tuple[tuple[int, int], Route] | None = None
    for route in routes:
        # What is for a TOS or for some sources alone is not for all packets of a connection.
        if route.table != table or family_of(route.destination) != family or route.selector:
            continue
        network = network_of(route.destination)
        if address not in network:
            continue
        rank = (network.prefixlen, -route.metric)
        if best is None or rank > best[0]:
            best = rank, route
    return None if best is None else best[1]


def _is_suppressed(rule: PolicyRule, route: Route) -> bool:
    """Whether a rule passes over a route, which it does with no blackhole."""
    length = rule.limits.suppressed_length
    return (
        length is not None
        and route.type in ("unicast", "local")
        and network_of(route.destination).prefixlen <= length
    )


def _applies(rule: PolicyRule, flow: Flow) -> bool:
    limits = rule.limits
    source_port, destination_port = flow.ports or (None, None)
    applies = (
        _contains(rule.source, flow.source)
        and _contains(rule.to, flow.destination)
        and limits.iif in (None, "lo")
        and limits.oif in (None, flow.vrf)
        and limits.tos == 0
        and (limits.mark is None or limits.mark[0] & limits.mark[1] == 0)
        and _includes(limits.uids, _ROOT)
        and limits.protocol in (None, _TCP if flow.ports else None)
        and _includes(limits.source_ports, source_port)
        and _includes(limits.destination_ports, destination_port)
        and (flow.vrf is not None or not limits.in_vrf)
        and not limits.others
    )
    return applies is not limits.inverted


def _contains(network: str | None, address: str | None) -> bool:
    """Whether a network contains an address.

    Without one, the kernel compares with 0.0.0.0, and not at all for IPv6.
    """
    if network is None:
        return True
    if address is None:
        address = "0.0.0.0"
    return address_of(address) in network_of(network)


def _includes(numbers: Range | None, number: int | None) -> bool:
    return numbers is None or (number is not None and numbers[0] <= number <= numbers[1])
