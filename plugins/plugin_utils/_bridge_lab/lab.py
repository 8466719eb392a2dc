# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of the filter bridge_lab to those of the module topology. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypedDict

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.names import (
    check_lab_name,
    check_link_name,
    check_netns_name,
)

from .defaults import choose_gateways, default_forwards, default_routes, is_walkthrough
from .links import compose_bridge, compose_veth_pairs
from .namespaces import read_namespaces
from .nat import compose_forwards, compose_masquerade
from .networks import assign_addresses, read_gateways, read_networks
from .options import Item, read_list, read_text
from .routes import compose_routes
from .switch import read_switch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .namespaces import LabNamespace
    from .networks import Network


@dataclass(frozen=True)
class LabOptions:
    """The options of the filter as the user gave them, before they are read."""

    namespaces: Any
    name: Any
    bridge: Any
    network: Any
    gateway: Any
    routes: Any
    masquerade: Any
    forwards: Any
    switch_netns: Any
    out_interface: Any
    in_interface: Any
    backend: Any
    switch: Any = "linux"
    switch_options: Any = None


class LabTopology(TypedDict):
    """The options of the module topology that the filter returns."""

    name: str
    netns: list[Item]
    linux_bridge: list[Item]
    ovs_bridge: list[Item]
    veth: list[Item]
    netns_route: list[Item]
    masquerade: list[Item]
    dnat: list[Item]
    backend: str


def compose_removal(name: Any) -> LabTopology:
    """The options that remove a lab. Its name is enough, and its other options may be wrong.

    :raises Refused: the name is not valid.
    """
    return {
        "name": check_lab_name("name", read_text("name", name)),
        "netns": [],
        "linux_bridge": [],
        "ovs_bridge": [],
        "veth": [],
        "netns_route": [],
        "masquerade": [],
        "dnat": [],
        "backend": "auto",
    }


def compose_lab(options: LabOptions) -> LabTopology:
    """The options that build a lab.

    :raises Refused: with the path of the option that is wrong.
    """
    namespaces = read_namespaces(options.namespaces)
    networks = read_networks(options.network)
    options = _count(options, namespaces, networks)
    gateways = read_gateways(options.gateway, networks)
    assign_addresses(namespaces, networks, gateways)
    names = [namespace.name for namespace in namespaces]
    bridge = check_link_name("bridge", read_text("bridge", options.bridge))
    switch_netns = _read_switch_netns(options.switch_netns, names)
    out_interface = _read_interface("out_interface", options.out_interface)
    in_interface = _read_interface("in_interface", options.in_interface)
    bridge_addresses = [
        f"{gateways[network.version]}/{network.prefixlen}"
        for network in networks
        if network.version in gateways
    ]
    switch = read_switch(options.switch, options.switch_options, switch_netns)
    bridges, uplinks = compose_bridge(bridge, bridge_addresses, switch_netns)
    switches: list[Item] = [] if switch_netns is None else [{"name": switch_netns}]
    return {
        "name": check_lab_name("name", read_text("name", options.name)),
        "netns": [
            *switches,
            *({"name": namespace.name, **namespace.netns_options} for namespace in namespaces),
        ],
        "linux_bridge": bridges if switch is None else [],
        "ovs_bridge": [] if switch is None else [{**bridges[0], **switch}],
        "veth": [*uplinks, *compose_veth_pairs(namespaces, bridge, switch_netns)],
        "netns_route": compose_routes(options.routes, names, gateways),
        "masquerade": compose_masquerade(options.masquerade, networks, gateways, out_interface),
        "dnat": compose_forwards(options.forwards, namespaces, in_interface),
        "backend": read_text("backend", options.backend),
    }


def _count(
    options: LabOptions, namespaces: Sequence[LabNamespace], networks: Sequence[Network]
) -> LabOptions:
    """The options with what is not given counted from the namespaces and networks."""
    given = options.gateway
    gateways = choose_gateways(namespaces, networks) if given is None else {}
    addresses = list(gateways.values()) if given is None else read_list("gateway", given)
    routes, forwards = options.routes, options.forwards
    if routes is None:
        routes = default_routes(networks, addresses)
    if forwards is None:
        forwards = default_forwards(is_walkthrough(namespaces, networks), addresses)
    return replace(options, gateway=addresses, routes=routes, forwards=forwards)


def _read_switch_netns(value: Any, names: list[str]) -> str | None:
    if value is None:
        return None
    netns = check_netns_name("switch_netns", read_text("switch_netns", value))
    if netns in names:
        raise Refused(
            "switch_netns",
            netns,
            "is a namespace of the lab; the switch needs a namespace of its own",
        )
    return netns


def _read_interface(parameter: str, value: Any) -> str | None:
    return None if value is None else check_link_name(parameter, read_text(parameter, value))
