# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a topology, or what ``netns_info`` saw, to what a picture shows. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Sequence, Tuple

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import (
    STATE,
    TOPOLOGY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.ranges import (
    list_items,
    list_sources,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

from .labels import describe_detail, describe_forward, describe_masquerade, describe_route, legible
from .model import Diagram, DiagramRule, Interface, Key, Neighbour, Place, VethPair, group

Item = Dict[str, Any]

HOST = "host"
"""What netns_info calls the host, and what stands over its box unless there is a better name."""


def _clean(value: Any) -> Any:
    """The same with texts that can be drawn. The name of a namespace and that of a link are then alike wherever they stand."""
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, Mapping):
        return {_clean(key): _clean(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(one) for one in value]
    return value


def _items(topology: Any, prefix: str) -> Dict[str, List[Item]]:
    """By kind, ranges filled in."""
    if not isinstance(topology, Mapping):
        raise Refused(
            prefix.rstrip(".") or "_input",
            topology,
            "is not a topology, nor what netns_info returns",
        )
    params = validate(dict(topology), {**TOPOLOGY_SPEC, **STATE}, prefix)
    if params["src"] is not None:
        raise Refused(
            f"{prefix}src",
            params["src"],
            "is not read here; hand over what stands in the file, as from_yaml makes it of the file's text",
        )
    return group(
        (kind, _with_path(item, f"{prefix}{path}"))
        for path, kind, item in list_items(list_sources(params))
    )


def _with_path(item: Item, path: str) -> Item:
    return {**item, "path": path}


def _interface(item: Item, kind: str) -> Interface:
    parent = (item.get("link_netns"), item["link"]) if item.get("link") else None
    return Interface(
        item["netns"],
        item["name"],
        kind,
        tuple(item["addresses"] or ()),
        item["up"],
        item.get("bridge") or "",
        parent,
        describe_detail(item),
    )


def _declared(items: Mapping[str, List[Item]]) -> Iterator[Interface]:
    for item in items.get("linux_bridge", ()):
        yield _interface(item, "bridge")
    for item in items.get("veth", ()):
        if item["peer"] is None:
            raise Refused(f"{item['path']}.peer", None, "is required")
        yield from (_interface(end, "veth") for end in (item, item["peer"]))
    for item in items.get("netns_link", ()):
        yield _interface(item, item["type"] or "")


def _seen(links: Mapping[Place, Sequence[Item]]) -> Iterator[Interface]:
    for place, ones in links.items():
        for one in ones:
            addresses = tuple(
                address
                for address in one.get("addresses") or ()
                if not ipaddress.ip_interface(address).is_loopback
            )
            kind, parent = one.get("kind") or "", one.get("parent") or {}
            sits_on = (_place(parent["netns"]), parent["name"]) if parent.get("name") else None
            detail = describe_detail({**(one.get("options") or {}), **one, "type": kind})
            yield Interface(
                place,
                one["name"],
                kind,
                addresses,
                one.get("up", True),
                one.get("bridge") or "",
                sits_on,
                detail,
                declared=False,
            )


def _interfaces(
    items: Mapping[str, List[Item]], links: Mapping[Place, Sequence[Item]]
) -> Dict[Key, Interface]:
    """What is declared comes first; what was seen besides is added."""
    found = {interface.key: interface for interface in _declared(items)}
    for interface in _seen(links):
        found.setdefault(interface.key, interface)
    for bridge in items.get("linux_bridge", ()):
        for name in bridge["ports"] or ():
            port = found.get((bridge["netns"], name)) or Interface(bridge["netns"], name)
            found[port.key] = replace(port, bridge=bridge["name"])
    return found


def _veth_pairs(items: Mapping[str, List[Item]], found: Mapping[Key, Interface]) -> List[VethPair]:
    pairs = [
        VethPair(found[_key(veth)], found[_key(veth["peer"])]) for veth in items.get("veth", ())
    ]
    children = [
        interface
        for interface in found.values()
        if interface.parent and interface.parent[0] != interface.place
    ]
    return pairs + [
        VethPair(found.get(child.parent) or Interface(*child.parent), child)
        for child in children
        if child.parent
    ]


def _key(item: Item) -> Key:
    return (item["netns"], item["name"])


def _address(target: str) -> str:
    """Of a forward's target, without the port."""
    if target.startswith("["):
        return target[1:].partition("]")[0]
    return target if target.count(":") > 1 else target.partition(":")[0]


def _rules(
    items: Mapping[str, List[Item]], found: Iterable[Interface]
) -> Iterator[Tuple[Place, DiagramRule]]:
    places = {
        address.partition("/")[0]: interface.place
        for interface in found
        for address in interface.addresses
    }
    for item in items.get("masquerade", ()):
        yield item["netns"], DiagramRule(describe_masquerade(item))
    for item in items.get("dnat", ()):
        target = item["to_destination"]
        if target is None:
            raise Refused(f"{item['path']}.to_destination", None, "is required")
        address = _address(target)
        yield (
            item["netns"],
            DiagramRule(
                f"forward: {describe_forward(item)} -> {target}",
                describe_forward(item),
                places.get(address),
                address in places,
            ),
        )


def _places(items: Mapping[str, List[Item]], others: Iterable[Place]) -> Tuple[Place, ...]:
    """The host, the namespaces that are listed, and those that are only spoken of."""
    return tuple(dict.fromkeys([None, *(item["name"] for item in items.get("netns", ())), *others]))


def _place(name: str) -> Place:
    return None if name == HOST else name


def _by_place(part: Any) -> Dict[Place, Any]:
    """A part of what netns_info returns."""
    return {_place(name): value for name, value in (part or {}).items()}


def _faults(info: Mapping[str, Any], found: Iterable[Interface]) -> Iterator[Tuple[Place, str]]:
    for interface in found:
        if interface.name == "lo" and not interface.up:
            yield interface.place, "lo (down)"
    for place, nat in _by_place(info.get("nat")).items():
        if nat.get("damaged"):
            yield place, "NAT rules were changed by others"
    for name in info.get("stale") or ():
        yield name, "a stale name, no namespace"


def _neighbours(info: Mapping[str, Any]) -> Dict[Place, List[Neighbour]]:
    """Those that somebody asked for: what the kernel maps by itself answers to nobody."""
    return {
        place: [
            Neighbour(
                entry["address"], entry.get("device") or "", entry.get("mac") or "", entry["state"]
            )
            for entry in entries
            if entry["state"] != "noarp"
        ]
        for place, entries in _by_place(info.get("neighbours")).items()
    }


def read_diagram(name: str, data: Any, links: Sequence[Item] = (), prefix: str = "") -> Diagram:
    """One machine, from a topology with the links of its host, or from what ``netns_info`` returned.

    :raises Refused: with the path of what is neither.
    """
    data = _clean(data)
    info: Mapping[str, Any] = (
        data if _is_info(data) else {"topology": data, "links": {HOST: _clean(links)}}
    )
    items = _items(info["topology"], prefix)
    found = _interfaces(items, _by_place(info.get("links")))
    cables = _veth_pairs(items, found)
    faults = group(_faults(info, found.values()))
    routes = group(
        (route["netns"], describe_route(route)) for route in items.get("netns_route", ())
    )
    rules = group(_rules(items, found.values()))
    return Diagram(
        name=legible(name),
        places=_places(items, [*(place for place, _name in found), *routes, *rules, *faults]),
        interfaces=found,
        veth_pairs=tuple(cables),
        routes={place: list(dict.fromkeys(texts)) for place, texts in routes.items()},
        rules=rules,
        neighbours=_neighbours(info),
        faults=faults,
    )


def _is_info(data: Any) -> bool:
    """No option of a topology has this name, and none is a dictionary."""
    return (
        isinstance(data, Mapping)
        and isinstance(data.get("topology"), Mapping)
        and not isinstance(data["topology"].get("topology"), Mapping)
    )


def _is_fleet(data: Any) -> bool:
    return (
        isinstance(data, Mapping)
        and bool(data)
        and not _is_info(data)
        and all(isinstance(one, Mapping) for one in data.values())
    )


def read_fleet(data: Any, name: str = HOST, links: Sequence[Item] = ()) -> List[Diagram]:
    """One machine, or several by their names.

    :raises Refused: with the path of what is neither.
    """
    if _is_fleet(data):
        return [read_diagram(str(host), one, prefix=f"{host}.") for host, one in data.items()]
    return [read_diagram(name, data, links)]
