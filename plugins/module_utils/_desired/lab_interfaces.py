# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links of a topology's resources, and the rules for each of the host's interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import merge_networks, network_of
from .._model.host_access import HostAccess
from .._model.links import Link, Veth
from .._model.nat import Dnat, Isolation, Masquerade
from .._model.netns import Netns
from .._model.ovs import OVS_KIND
from .._model.routes import Route
from .._params.host_access import allow_services

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._model.resources import Resource

_MODULES: dict[type, str] = {
    Netns: "netns",
    Veth: "veth",
    Route: "netns_route",
    Masquerade: "masquerade",
    Dnat: "dnat",
}


def module_of(resource: Resource) -> str | None:
    """Return the module of a resource, of which a summary counts the resources.

    A loopback that is only up belongs to its namespace, and what is routed without NAT to links.
    """
    if isinstance(resource, Masquerade) and not resource.translated:
        return None
    if not isinstance(resource, Link):
        return _MODULES.get(type(resource))
    if resource.kind == "bridge":
        return "linux_bridge"
    if resource.kind == OVS_KIND:
        return "ovs_bridge"
    return None if resource.name == "lo" and resource.up else "netns_link"


def links_of(resource: Resource) -> list[tuple[str, Link]]:
    """Return the links of a resource, each with its path within the item."""
    if isinstance(resource, Veth):
        return [("", resource.end), (".peer", resource.peer)]
    return [("", resource)] if isinstance(resource, Link) and module_of(resource) else []


def links_on_host(resources: Iterable[Resource]) -> list[Link]:
    """Return the links of a topology that are on the host."""
    links = [link for resource in resources for _end, link in links_of(resource)]
    return [link for link in links if link.netns is None]


def isolations(links: Iterable[Link]) -> list[Isolation]:
    """Return the isolation of each of the host's interfaces that has a network of the topology.

    All traffic into the topology and out of it uses one of these interfaces.

    :param links: the links of the topology that are on the host.
    """
    return [
        Isolation(
            None,
            link.name,
            tuple(sorted(map(str, merge_networks(map(network_of, link.addresses))))),
        )
        for link in links
        if link.addresses
    ]


def routed_networks(resources: Iterable[Resource], links: Iterable[Link]) -> list[Masquerade]:
    """Return the networks of a topology that is not isolated, and that the host routes.

    These are the networks in which the host is the gateway of a declared route, and those to which
    the host has a declared route by one of the links, unless the same network is masqueraded. Each
    names its interface, which may turn out to be one of others.

    :param links: the links of the topology that are on the host.
    """
    resources, links = list(resources), list(links)
    routes = [route for route in resources if isinstance(route, Route)]
    declared = {rule.key for rule in resources if isinstance(rule, Masquerade)}
    found = {**_networks_of_gateways(routes, links), **_networks_behind(routes, links)}
    rules = [
        Masquerade(None, network, translated=False, device=name) for network, name in found.items()
    ]
    return [rule for rule in rules if rule.key not in declared]


def _networks_of_gateways(routes: Iterable[Route], links: Iterable[Link]) -> dict[str, str]:
    """The networks in which the host is a gateway, each with its interface.

    No other host is in the network of an address with V(/32) or V(/128).
    """
    gateways = {
        gateway
        for route in routes
        if route.netns is not None
        for gateway in (route.gateway, *(hop.gateway for hop in route.nexthops or ()))
    }
    return {
        str(network_of(text)): link.name
        for link in links
        for text in link.addresses or ()
        if text.partition("/")[0] in gateways and network_of(text).num_addresses > 1
    }


def _networks_behind(routes: Iterable[Route], links: Iterable[Link]) -> dict[str, str]:
    """The networks to which the host has a route by an interface of the topology."""
    names = {link.name for link in links}
    return {
        route.destination: route.device
        for route in routes
        if route.netns is None
        and route.device in names
        and route.type in (None, "unicast")
        and route.destination not in ("0.0.0.0/0", "::/0")
    }


def host_accesses(
    links: Iterable[Link], allowed: tuple[str, ...] | None, servers: Mapping[str, Sequence[str]]
) -> list[HostAccess]:
    """Return the limit of each of the host's interfaces by which packets enter from the topology.

    With or without addresses: the host accepts packets to any of its addresses by any interface.
    What enters by a port of a bridge is received by the bridge.

    :param links: the links of the topology that are on the host.
    :param allowed: what may be reached; None for no limit.
    :param servers: the ports at which the topology's own servers are asked, by interface.
    """
    if allowed is None:
        return []
    links = list(links)
    switches = {link.name for link in links if link.kind == OVS_KIND}
    names = dict.fromkeys(link.bridge or link.name for link in links)
    # With the switch of ovs-vswitchd the host itself receives what its ports receive, too.
    names.update(dict.fromkeys(link.name for link in links if link.bridge in switches))
    return [
        HostAccess(None, name, allow_services(allowed, servers.get(name, ()))) for name in names
    ]
