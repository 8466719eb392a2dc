# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole lab as one wish: the items of all resources, checked against each other before anything is observed."""

from __future__ import annotations

import ipaddress
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

from .._model.addresses import Network, network_of
from .._model.changes import Thing
from .._model.desired_state import Allowance, Wish
from .._model.errors import Refused
from .._model.link_types import BRIDGE_PORTS, TOO_MANY_PORTS
from .._model.links import Link, Place, Veth
from .._model.nat import Admitted, Dnat, Isolated, Masquerade
from .._model.netns import Netns
from .._model.routes import Route
from .._params.ranges import Listed, list_items, list_sources
from .._params.validators import check_lab_name
from .common import Params, allowances
from .links import linux_bridge_things, veth_things
from .nat import dnat_things, masquerade_things
from .netns import netns_things
from .netns_link import netns_link_things
from .probes import count_probes, probes_of
from .routes import netns_route_things

_THINGS: Dict[str, Callable[[Params, str], List[Thing]]] = {
    "netns": netns_things,
    "linux_bridge": linux_bridge_things,
    "veth": veth_things,
    "netns_link": netns_link_things,
    "netns_route": netns_route_things,
    "masquerade": masquerade_things,
    "dnat": dnat_things,
}

_KINDS: Dict[type, str] = {
    Netns: "netns",
    Veth: "veth",
    Route: "netns_route",
    Masquerade: "masquerade",
    Dnat: "dnat",
}

Item = Tuple[str, Thing]
"""A thing and the path of the item that asks for it."""


def _links_of(thing: Thing) -> List[Tuple[str, Link]]:
    if isinstance(thing, Veth):
        return [("", thing.end), (".peer", thing.peer)]
    return [("", thing)] if isinstance(thing, Link) and module_of(thing) else []


def module_of(thing: Thing) -> Optional[str]:
    """The module that a thing is of. That a loopback is up goes with its namespace."""
    if isinstance(thing, Link):
        return (
            "linux_bridge"
            if thing.kind == "bridge"
            else None
            if thing.name == "lo" and thing.up
            else "netns_link"
        )
    return _KINDS.get(type(thing))


def _check_twice(items: List[Item]) -> None:
    """No thing, name, address or MAC twice; both places are named."""
    taken: Dict[Any, str] = {}

    def take(key: Any, path: str, value: str, what: str) -> None:
        if key in taken:
            raise Refused(path, value, f"{what} stands at {taken[key]} already")
        taken[key] = path

    for path, thing in items:
        links = _links_of(thing)
        if not links:
            take(thing.key, path, _say_identity(thing), "the same")
        for end, link in links:
            take(
                ("name", link.place),
                f"{path}{end}.name",
                link.name,
                "an interface of this name in this namespace",
            )
            if link.home is not None:
                take(
                    ("device", link.home.name or link.name),
                    f"{path}{end}.device",
                    link.home.name or link.name,
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


def _say_identity(thing: Thing) -> str:
    return " ".join(str(part) for part in thing.key[1:] if part not in (None, ()))


def _check_ports(items: List[Item]) -> None:
    ports: Dict[Place, int] = {}
    for path, thing in items:
        for end, link in _links_of(thing):
            if link.bridge:
                place = (link.netns, link.bridge)
                ports[place] = ports.get(place, 0) + 1
                if ports[place] > BRIDGE_PORTS:
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


def isolate(things: Iterable[Thing]) -> List[Isolated]:
    """The interfaces on the host by which a lab's networks are reached: all ways into it and out of it lead over these."""
    found: List[Isolated] = []
    for thing in things:
        for _end, link in _links_of(thing):
            if link.netns is None and link.addresses:
                found.append(Isolated(None, link.name, _merge(map(network_of, link.addresses))))
    return found


def wish_topology(params: Params) -> Wish:
    """A lab: all its things, made by one owner."""
    if params["name"] is None:
        raise Refused("name", None, "is required")
    name = check_lab_name("name", params["name"])
    items: List[Item] = []
    allowed: List[Allowance] = []
    sources = list_sources(params)
    listed = list_items(sources)
    for path, kind, item in listed:
        things = _THINGS[kind]({**item, "state": params["state"]}, f"{path}.")
        items += [(path, thing) for thing in things]
        allowed += allowances(item, things)
    _check_twice(items)
    _check_ports(items)
    things_listed = tuple(thing for _path, thing in items)
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
        Admitted(None, way.interface, firewall) for way in ways_in for firewall in integrate
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
    return Wish(
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
