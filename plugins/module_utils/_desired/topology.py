# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole lab as one wish: the items of all resources, checked against each other before anything is observed."""

from __future__ import annotations

import ipaddress
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

from .._model.addresses import Network, network_of
from .._model.changes import Resource
from .._model.desired_state import Allowance, DesiredState
from .._model.errors import Refused
from .._model.link_types import MAX_BRIDGE_PORTS, TOO_MANY_PORTS
from .._model.links import Link, LinkRef, Veth
from .._model.nat import Dnat, IntegratedFirewall, Isolation, Masquerade
from .._model.netns import Netns
from .._model.routes import Route
from .._params.ranges import Listed, list_items, list_sources
from .._params.validators import check_lab_name
from .common import Params, allowances
from .links import linux_bridge_resources, veth_resources
from .nat import dnat_resources, masquerade_resources
from .netns import netns_resources
from .netns_link import netns_link_resources
from .probes import count_probes, probes_of
from .routes import netns_route_resources

_RESOURCES: Dict[str, Callable[[Params, str], List[Resource]]] = {
    "netns": netns_resources,
    "linux_bridge": linux_bridge_resources,
    "veth": veth_resources,
    "netns_link": netns_link_resources,
    "netns_route": netns_route_resources,
    "masquerade": masquerade_resources,
    "dnat": dnat_resources,
}

_KINDS: Dict[type, str] = {
    Netns: "netns",
    Veth: "veth",
    Route: "netns_route",
    Masquerade: "masquerade",
    Dnat: "dnat",
}

Item = Tuple[str, Resource]
"""A thing and the path of the item that asks for it."""


def _links_of(resource: Resource) -> List[Tuple[str, Link]]:
    if isinstance(resource, Veth):
        return [("", resource.end), (".peer", resource.peer)]
    return [("", resource)] if isinstance(resource, Link) and module_of(resource) else []


def module_of(resource: Resource) -> Optional[str]:
    """The module that a thing is of. That a loopback is up goes with its namespace."""
    if isinstance(resource, Link):
        return (
            "linux_bridge"
            if resource.kind == "bridge"
            else None
            if resource.name == "lo" and resource.up
            else "netns_link"
        )
    return _KINDS.get(type(resource))


def _check_twice(items: List[Item]) -> None:
    """No thing, name, address or MAC twice; both places are named."""
    taken: Dict[Any, str] = {}

    def take(key: Any, path: str, value: str, what: str) -> None:
        if key in taken:
            raise Refused(path, value, f"{what} stands at {taken[key]} already")
        taken[key] = path

    for path, resource in items:
        links = _links_of(resource)
        if not links:
            take(resource.key, path, _describe_identity(resource), "the same")
        for end, link in links:
            take(
                ("name", link.ref),
                f"{path}{end}.name",
                link.name,
                "an interface of this name in this namespace",
            )
            if link.saved is not None:
                take(
                    ("device", link.saved.name or link.name),
                    f"{path}{end}.device",
                    link.saved.name or link.name,
                    "this interface of the host",
                )
            # A bridge may have the MAC of one of its ports: it takes one where it is given none.
            if link.mac is not None and link.kind != "bridge":
                take(("mac", link.mac), f"{path}{end}.mac", link.mac, "this MAC address")
            world = (link.netns, link.vrf) if link.vrf else None
            for index, address in enumerate(link.addresses or ()):
                take(
                    ("address", world, address.split("/")[0]),
                    f"{path}{end}.addresses[{index}]",
                    address,
                    "this address",
                )


def _describe_identity(resource: Resource) -> str:
    return " ".join(str(part) for part in resource.key[1:] if part not in (None, ()))


def _check_ports(items: List[Item]) -> None:
    ports: Dict[LinkRef, int] = {}
    for path, resource in items:
        for end, link in _links_of(resource):
            if link.bridge:
                place = (link.netns, link.bridge)
                ports[place] = ports.get(place, 0) + 1
                if ports[place] > MAX_BRIDGE_PORTS:
                    raise Refused(f"{path}{end}.bridge", link.bridge, TOO_MANY_PORTS)


def _choose_backend(params: Params, listed: List[Listed]) -> str:
    """One backend for the whole topology; an item may say the same, or nothing."""
    chosen, where = params["backend"], "backend"
    for path, _kind, item in listed:
        if item.get("backend", "auto") not in ("auto", chosen):
            if chosen != "auto":
                raise Refused(
                    f"{path}.backend",
                    item["backend"],
                    f"{where} says {chosen}; the rules of a namespace are in one backend",
                )
            chosen, where = item["backend"], f"{path}.backend"
    return chosen


def _merge(networks: Iterable[Network]) -> Tuple[str, ...]:
    """Without those that lie within another: one interface may have such."""
    given = list(networks)
    four = ipaddress.collapse_addresses(
        one for one in given if isinstance(one, ipaddress.IPv4Network)
    )
    six = ipaddress.collapse_addresses(
        one for one in given if isinstance(one, ipaddress.IPv6Network)
    )
    return tuple(sorted(map(str, (*four, *six))))


def isolate(resources: Iterable[Resource]) -> List[Isolation]:
    """The interfaces on the host by which a lab's networks are reached: all ways into it and out of it lead over these."""
    found: List[Isolation] = []
    for resource in resources:
        for _end, link in _links_of(resource):
            if link.netns is None and link.addresses:
                found.append(Isolation(None, link.name, _merge(map(network_of, link.addresses))))
    return found


def parse_topology(params: Params) -> DesiredState:
    """A lab: all its things, made by one owner."""
    if params["name"] is None:
        raise Refused("name", None, "is required")
    name = check_lab_name("name", params["name"])
    items: List[Item] = []
    allowed: List[Allowance] = []
    sources = list_sources(params)
    listed = list_items(sources)
    for path, kind, item in listed:
        resources = _RESOURCES[kind]({**item, "state": params["state"]}, f"{path}.")
        items += [(path, resource) for resource in resources]
        allowed += allowances(item, resources)
    _check_twice(items)
    _check_ports(items)
    things_listed = tuple(resource for _path, resource in items)
    ways_in = isolate(things_listed)
    if params["isolate"]:
        things_listed += tuple(ways_in)
    integrate = tuple(
        dict.fromkeys(
            firewall
            for options in (params, *(item for _path, _kind, item in listed))
            for firewall in options.get("integrate") or ()
        )
    )
    things_listed += tuple(
        IntegratedFirewall(None, way.interface, firewall)
        for way in ways_in
        for firewall in integrate
    )
    sweep = params["purge"] or params["state"] == "absent"
    backend, rollback_on = _choose_backend(params, listed), frozenset(params["rollback_on"])
    probes = count_probes(
        "probes",
        [
            probe
            for prefix, source in sources
            for probe in probes_of(source["probes"] or (), prefix)
        ],
    )
    # What is to go is asked nothing: who takes a lab away by its own description would be told that it is gone.
    present, absent, asked = (
        (things_listed, (), tuple(probes))
        if params["state"] == "present"
        else ((), things_listed, ())
    )
    return DesiredState(
        present,
        absent,
        frozenset(allowed),
        backend,
        name,
        sweep,
        not params["isolate"],
        integrate,
        asked,
        rollback_on,
    )
