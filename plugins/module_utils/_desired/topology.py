# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of a topology. Its items are compared before the host is observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .._model.desired_state import Allowance, DesiredState
from .._model.errors import Refused
from .._model.link_types import MAX_BRIDGE_PORTS, TOO_MANY_PORTS
from .._model.nat import IntegratedFirewall, Isolation
from .._params.cni import parse_attachments
from .._params.host_access import check_host_access
from .._params.names import check_lab_name, check_range
from .._params.policies import parse_policies
from .._params.processes import parse_processes
from .._params.ranges import ListedItem, list_items, list_sources
from .._params.src_file import reporting_recursion
from .bridges import linux_bridge_resources
from .common import allowances
from .duplicates import Entry, check_duplicates
from .lab_interfaces import (
    host_accesses,
    isolations,
    links_on_host,
    routed_networks,
)
from .namespaces import netns_resources
from .nat import dnat_resources, masquerade_resources, routed_resources
from .persistence import parse_persistence
from .policy_names import check_served, list_policy_names
from .probes import check_probe_count, parse_probe_list
from .routes import netns_route_resources
from .veths import veth_resources

if TYPE_CHECKING:
    from .._model.links import Link, LinkRef
    from .._model.netns import HostsFile
    from .._model.probes import Probe
    from .._model.resources import Resource
    from .._params.specs.topology import ItemLists, TopologyParams
    from .name_servers import NameServers


def _netns_link_resources(params: Any, state: str, prefix: str) -> list[Resource]:
    from .netns_links import netns_link_resources  # most labs have bridges and veth pairs only

    return netns_link_resources(params, state, prefix)


def _ovs_bridge_resources(params: Any, state: str, prefix: str) -> list[Resource]:
    from .ovs import ovs_bridge_resources

    return ovs_bridge_resources(params, state, prefix)


# Each takes the TypedDict of its kind. Validation made sure that the items are such.
_PARSERS: dict[str, Callable[[Any, str, str], list[Resource]]] = {
    "netns": netns_resources,
    "linux_bridge": linux_bridge_resources,
    "ovs_bridge": _ovs_bridge_resources,
    "veth": veth_resources,
    "netns_link": _netns_link_resources,
    "netns_route": netns_route_resources,
    "masquerade": masquerade_resources,
    "dnat": dnat_resources,
}

_KINDS_OF_RULES = ("masquerade", "dnat")
"""The kinds whose items have backend and integrate (``_params/specs/nat.py``)."""

MAX_CONFIRM_TIMEOUT = 86400
"""Seconds. As long as a run waits for its confirmation, no other one can change the host."""


def _check_port_counts(links: list[tuple[str, Link]]) -> None:
    counts: dict[LinkRef, int] = {}
    for path, link in links:
        if link.bridge:
            bridge = (link.netns, link.bridge)
            counts[bridge] = counts.get(bridge, 0) + 1
            if counts[bridge] > MAX_BRIDGE_PORTS:
                raise Refused(f"{path}.bridge", link.bridge, TOO_MANY_PORTS)


def _choose_backend(params: TopologyParams, items: list[ListedItem]) -> str:
    """Return the backend of the topology: that of the task, or of the items."""
    backend, origin = params["backend"], "backend"
    for path, kind, item in items:
        if kind not in _KINDS_OF_RULES or item["backend"] in ("auto", backend):
            continue
        if backend != "auto":
            rule = f"{origin} is {backend}; a topology has a single backend"
            raise Refused(f"{path}.backend", item["backend"], rule)
        backend, origin = item["backend"], f"{path}.backend"
    return backend


def _integrated_firewalls(params: TopologyParams, items: list[ListedItem]) -> tuple[str, ...]:
    """Return the firewalls that the task or an item names, each once."""
    names = list(params["integrate"])
    for _path, kind, item in items:
        if kind in _KINDS_OF_RULES:
            names += item["integrate"]
    return tuple(dict.fromkeys(names))


def _integrate_firewalls(
    isolated: list[Isolation], names: tuple[str, ...]
) -> tuple[IntegratedFirewall, ...]:
    """Return each of these firewalls for each interface of the topology on the host."""
    return tuple(
        IntegratedFirewall(None, isolation.interface, firewall)
        for isolation in isolated
        for firewall in names
    )


def _parse_items(
    items: list[ListedItem], routed: list[str], state: str
) -> tuple[tuple[Resource, ...], list[Allowance]]:
    entries: list[Entry] = []
    allowed: list[Allowance] = []
    for path, kind, item in items:
        resources = _PARSERS[kind](item, state, f"{path}.")
        entries += [(path, resource) for resource in resources]
        allowed += allowances(item, resources[0])
    for index, resource in enumerate(routed_resources(routed)):
        entries.append((f"routed[{index}]", resource))
    _check_port_counts(check_duplicates(entries, allowed))
    return tuple(resource for _path, resource in entries), allowed


def _parse_named(
    params: TopologyParams,
    sources: list[tuple[str, ItemLists]],
    name: str,
    resources: tuple[Resource, ...],
) -> tuple[Resource, ...]:
    """Return what has names within the topology."""
    hosts: list[HostsFile] = []
    if params["hosts"]:
        from .hosts import hosts_files, list_members

        hosts = hosts_files("hosts", list_members(resources))
    policies = parse_policies(sources, name, params["isolate"])
    named = (*hosts, *policies, *parse_processes(sources, name))
    return (*named, *parse_attachments(sources, name))


def _find_servers(
    params: TopologyParams,
    sources: list[tuple[str, ItemLists]],
    resources: tuple[Resource, ...],
    name: str,
) -> NameServers | None:
    """The servers of a topology for names and addresses; None if it asks for none."""
    names = list_policy_names(sources)
    if params["dns"] in (None, False):
        check_served(names, None)
    if all(value in (None, False) for value in (params["dns"], params["dhcp"], params["ra"])):
        return None
    from .._params.name_servers import parse_server_options
    from .name_servers import list_name_servers

    return list_name_servers(resources, parse_server_options(params), name, names)


def _parse_probes(sources: list[tuple[str, ItemLists]]) -> tuple[Probe, ...]:
    probes: list[Probe] = []
    for prefix, source in sources:
        probes += parse_probe_list(source["probes"] or (), prefix)
    return tuple(check_probe_count("probes", probes))


def _parse_confirm_timeout(params: TopologyParams) -> int | None:
    return check_range("confirm_timeout", params["confirm_timeout"], 1, MAX_CONFIRM_TIMEOUT)


def parse_topology(params: TopologyParams) -> DesiredState:
    """Return the desired state of a topology, whose name is the owner of its resources."""
    if params["name"] is None:
        raise Refused("name", None, "is required")
    name = check_lab_name("name", params["name"])
    with reporting_recursion(params):
        sources = list_sources(params)
    items = list_items(sources)
    resources, allowed = _parse_items(items, params["routed"] or [], params["state"])
    on_host = links_on_host(resources)
    isolated = isolations(on_host)
    resources += tuple(isolated if params["isolate"] else routed_networks(resources, on_host))
    allowed_of_host = check_host_access("host_access", params["host_access"])
    servers = _find_servers(params, sources, resources, name)
    served = {} if servers is None else servers.on_host
    resources += tuple(host_accesses(on_host, allowed_of_host, served))
    integrate = _integrated_firewalls(params, items)
    resources += _integrate_firewalls(isolated, integrate)
    resources += _parse_named(params, sources, name, resources)
    resources = resources if servers is None else servers.add_to(resources)
    probes = _parse_probes(sources)
    is_present = params["state"] == "present"
    return DesiredState(
        present=resources if is_present else (),
        absent=() if is_present else resources,
        allowed=frozenset(allowed),
        force=params["force"],
        backend=_choose_backend(params, items),
        lab=name,
        purge=params["purge"] or not is_present,
        not_isolated=not params["isolate"],
        host_is_open=allowed_of_host is None,
        integrate=integrate,
        # A topology that is removed is not probed: all its probes would fail.
        probes=probes if is_present else (),
        persistence=parse_persistence(params),
        rollback_on=frozenset(params["rollback_on"]),
        confirm_timeout=_parse_confirm_timeout(params),
    )
