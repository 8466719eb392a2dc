# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The current state as a topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.host_access import HostAccess
from .._model.nat import IntegratedFirewall, Isolation
from .._params.host_access import ALL, NONE
from .attachments import compose_attachments
from .bridges import compose_bridges
from .items import HOST, Item
from .link_sysctls import format_key, is_setting_of_link
from .links import compose_links
from .nat import compose_dnats, compose_masquerades
from .overlaps import find_overlapping
from .ovs import compose_ovs_bridges
from .policies import compose_address_sets, compose_policies
from .processes import compose_processes, compose_served, list_served
from .routes import compose_routes
from .veths import compose_veths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._model.current_state import CurrentState
    from .._model.links import LinkRef
    from .._model.netns import Attachment
    from .._model.resources import NatResource


def _compose_namespaces(current: CurrentState) -> list[Item]:
    items = []
    sysctls: dict[str | None, dict[str, str]] = {}
    for (netns, key), value in current.sysctls.items():
        if netns is not None and value is not None and is_setting_of_link(key):
            sysctls.setdefault(netns, {})[format_key(key)] = value
    for name in sorted(current.namespaces):
        item: Item = {"name": name}
        attached = current.namespaces[name].attached
        if attached is not None:
            item["attach"] = _compose_attach(attached)
        if name in sysctls:
            item["sysctls"] = sysctls[name]
        resolver = current.resolvers.get(name)
        if resolver is not None and resolver.owner is not None:
            item.update(nameservers=list(resolver.nameservers), search=list(resolver.search))
        items.append(item)
    return items


def _compose_attach(attached: Attachment) -> Item:
    """The option that attaches the same container or process."""
    if attached.container is None:
        return {"pid": attached.pid}
    return {"container": attached.container, "engine": attached.engine}


def _compose_host_access(
    rules: Iterable[NatResource], name: str, served: Mapping[str, Sequence[str]]
) -> list[str]:
    """What a topology may reach of the host; the least of it if its interfaces differ."""
    limits = [
        [word for word in rule.allowed if word not in served.get(rule.interface, ())]
        for rule in rules
        if isinstance(rule, HostAccess) and rule.owner == name
    ]
    if not limits:
        return [ALL]
    return sorted(limits, key=len)[0] or [NONE]


def _has_hosts_files(current: CurrentState, name: str) -> bool:
    """Whether a topology gives each namespace the names of all."""
    return bool(current.namespaces) and all(
        netns in current.hosts_files and current.hosts_files[netns].owner == name
        for netns in current.namespaces
    )


def _mark_overlapping(item: Item, overlapping: set[LinkRef]) -> Item:
    """The item of a link, with the option that it needs if others have its addresses too."""
    if "peer" in item:
        item = {**item, "peer": _mark_overlapping(item["peer"], overlapping)}
    if (item.get("netns"), item["name"]) in overlapping:
        return {**item, "allow_overlap": True}
    return item


def compose_topology(current: CurrentState) -> Item:
    """The options with which module ``topology`` changes nothing.

    The name is that of the topology if there is only one on the host, else ``host``.
    """
    owners = current.owners()
    name = owners.pop() if len(owners) == 1 else HOST
    rulesets = list(current.rulesets.values())
    rules = [resource for ruleset in rulesets for resource in ruleset.resources]
    firewalls = {
        rule.firewall
        for rule in rules
        if isinstance(rule, IntegratedFirewall) and rule.owner == name
    }
    overlapping = find_overlapping(current)

    def mark(items: Iterable[Item]) -> list[Item]:
        return [_mark_overlapping(item, overlapping) for item in items]

    return {
        "name": name,
        "isolate": any(isinstance(rule, Isolation) and rule.owner == name for rule in rules),
        "host_access": _compose_host_access(rules, name, list_served(current, name)),
        "integrate": sorted(firewalls),
        "netns": _compose_namespaces(current),
        "linux_bridge": mark(compose_bridges(current)),
        "ovs_bridge": mark(compose_ovs_bridges(current)),
        "veth": mark(compose_veths(current)),
        "netns_link": mark(compose_links(current)),
        "netns_route": compose_routes(current),
        "masquerade": [item for ruleset in rulesets for item in compose_masquerades(ruleset)],
        "address_sets": compose_address_sets(rules, name),
        "policy": compose_policies(rules, name),
        "processes": compose_processes(current, name),
        "hosts": _has_hosts_files(current, name),
        **compose_served(current, name),
        "cni": compose_attachments(current, name),
        "dnat": [item for ruleset in rulesets for item in compose_dnats(ruleset)],
    }
