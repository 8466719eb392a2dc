# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The current state as a topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.host_access import HostAccess
from .._model.nat import IntegratedFirewall, Isolation
from .._params.host_access import ALL, NONE
from .bridges import compose_bridges
from .items import HOST, Item
from .links import compose_links
from .nat import compose_dnats, compose_masquerades
from .routes import compose_routes
from .veths import compose_veths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.current_state import CurrentState
    from .._model.nat import NatResource


def _compose_namespaces(current: CurrentState) -> list[Item]:
    items = []
    for name in sorted(current.namespaces):
        item: Item = {"name": name}
        resolver = current.resolvers.get(name)
        if resolver is not None and resolver.owner is not None:
            item.update(nameservers=list(resolver.nameservers), search=list(resolver.search))
        items.append(item)
    return items


def _compose_host_access(rules: Iterable[NatResource], name: str) -> list[str]:
    """What a topology may reach of the host; the least of it if its interfaces differ."""
    limits = [
        list(rule.allowed) for rule in rules if isinstance(rule, HostAccess) and rule.owner == name
    ]
    if not limits:
        return [ALL]
    return sorted(limits, key=len)[0] or [NONE]


def compose_topology(current: CurrentState) -> Item:
    """The options with which module ``topology`` changes nothing.

    The name is that of the topology if there is only one on the host, else ``host``.
    """
    links = list(current.links.values())
    owners = current.owners()
    name = owners.pop() if len(owners) == 1 else HOST
    rulesets = list(current.rulesets.values())
    rules = [resource for ruleset in rulesets for resource in ruleset.resources]
    firewalls = {
        rule.firewall
        for rule in rules
        if isinstance(rule, IntegratedFirewall) and rule.owner == name
    }
    return {
        "name": name,
        "isolate": any(isinstance(rule, Isolation) and rule.owner == name for rule in rules),
        "host_access": _compose_host_access(rules, name),
        "integrate": sorted(firewalls),
        "netns": _compose_namespaces(current),
        "linux_bridge": compose_bridges(links),
        "veth": compose_veths(current),
        "netns_link": compose_links(current),
        "netns_route": compose_routes(current),
        "masquerade": [item for ruleset in rulesets for item in compose_masquerades(ruleset)],
        "dnat": [item for ruleset in rulesets for item in compose_dnats(ruleset)],
    }
