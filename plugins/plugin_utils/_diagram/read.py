# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the input of the filter picture. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._params.host_access import (
    check_host_access,
)

from .contents import read_contents, read_faults, read_published
from .interfaces import HOST, Observed, netns_of, read_connections, read_interfaces
from .items import TopologyItems, read_items
from .labels import describe_forward, describe_masquerade, describe_route, printable
from .model import Diagram, Interface, NatRule, Neighbour, NetnsName, group
from .policies import read_policies


def _make_printable(value: Any) -> Any:
    """The value with printable texts, so that the same name is the same text everywhere."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {_make_printable(key): _make_printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_make_printable(item) for item in value]
    return value


def _address_of(target: str) -> str:
    """The address of a port forward's target, without the port."""
    if target.startswith("["):
        return target[1:].partition("]")[0]
    return target if target.count(":") > 1 else target.partition(":")[0]


def _read_nat_rules(
    items: TopologyItems, interfaces: Iterable[Interface]
) -> Iterator[tuple[NetnsName, NatRule]]:
    namespaces = {
        address.partition("/")[0]: interface.netns
        for interface in interfaces
        for address in interface.addresses
    }
    for rule in items.masquerades:
        yield rule["netns"], NatRule(describe_masquerade(rule))
    for forward, target in items.forwards:
        address, match = _address_of(target), describe_forward(forward)
        text = f"forward: {match} -> {target}"
        known = address in namespaces
        yield forward["netns"], NatRule(text, match, namespaces.get(address), known)


def _read_openness(
    topology: Mapping[str, Any], interfaces: Iterable[Interface]
) -> Iterator[tuple[NetnsName, NatRule]]:
    """What is unusual: a topology with an address on the host that is not isolated there.

    A result of netns_info names the topology, unless there are several or none.
    """
    name = topology.get("name")
    is_on_host = any(
        interface.netns is None and interface.declared and interface.kind and interface.addresses
        for interface in interfaces
    )
    if topology.get("isolate") is False and name not in (None, HOST) and is_on_host:
        yield None, NatRule(f"not isolated: {name} is open to other networks")


def _read_host_access(topology: Mapping[str, Any]) -> Iterator[tuple[NetnsName, NatRule]]:
    """What a topology may reach of the host, if that is limited.

    :raises Refused: a word of the option is not valid.
    """
    words = topology.get("host_access")
    if words is None or topology.get("name") in (None, HOST):
        return
    listed = words if isinstance(words, list) else [words]
    allowed = check_host_access("host_access", [str(word) for word in listed])
    if allowed is not None:
        name = topology["name"]
        text = f"only {', '.join(allowed)}" if allowed else "nothing"
        yield None, NatRule(f"host access: {name} reaches {text} of the host")


def _read_rules(
    topology: Mapping[str, Any], items: TopologyItems, interfaces: Collection[Interface]
) -> Iterator[tuple[NetnsName, NatRule]]:
    yield from _read_nat_rules(items, interfaces)
    yield from _read_openness(topology, interfaces)
    yield from _read_host_access(topology)


def _by_netns(part: Any) -> dict[NetnsName, Any]:
    """A part of a result of netns_info by namespace; empty if the result does not contain it."""
    return {netns_of(name): value for name, value in (part or {}).items()}


def _read_problems(
    info: Mapping[str, Any], interfaces: Iterable[Interface]
) -> Iterator[tuple[NetnsName, str]]:
    for interface in interfaces:
        # One that is declared is drawn as an interface.
        if interface.name == "lo" and not interface.up and not interface.declared:
            yield interface.netns, "lo (down)"
    for netns, nat in _by_netns(info.get("nat")).items():
        if nat.get("damaged"):
            yield netns, "NAT rules changed by another program"
    for item in info.get("policies") or ():
        if item["damaged"]:
            yield None, f"damaged policy: {item['options']['name']}"
    for name in info.get("stale") or ():
        yield name, "stale name: not a namespace"


def _read_neighbours(info: Mapping[str, Any]) -> dict[NetnsName, list[Neighbour]]:
    """The neighbours, except multicast addresses (noarp), which the kernel resolves by itself."""
    neighbours: dict[NetnsName, list[Neighbour]] = {}
    for netns, entries in _by_netns(info.get("neighbours")).items():
        neighbours[netns] = [
            Neighbour(
                entry["address"], entry.get("device") or "", entry.get("mac") or "", entry["state"]
            )
            for entry in entries
            if entry["state"] != "noarp"
        ]
    return neighbours


def read_diagram(name: str, data: Any, links: Sequence[Observed] = (), prefix: str = "") -> Diagram:
    """One machine, from a result of netns_info, or from a topology and the links of its host.

    :param name: the title of the host.
    :param prefix: of the paths in error messages.
    :raises Refused: the data is neither; with the path of the wrong option.
    """
    data = _make_printable(data)
    info: Mapping[str, Any] = data
    if not _is_info(data):
        info = {"topology": data, "links": {HOST: _make_printable(links)}}
    items = read_items(info["topology"], prefix)
    interfaces = read_interfaces(items, _by_netns(info.get("links")))
    routes: dict[NetnsName, list[str]] = group(
        (route["netns"], describe_route(route)) for route in items.routes
    )
    nat_rules = group(
        chain(_read_rules(info["topology"], items, interfaces.values()), read_published(info))
    )
    policies = group(read_policies(info, items.sources, [*interfaces.values()], prefix))
    processes = group(read_contents(info, items))
    problems = group(chain(_read_problems(info, interfaces.values()), read_faults(info)))
    declared = (item["name"] for item in items.namespaces)
    linked = (netns for netns, _name in interfaces)
    mentioned = [*linked, *routes, *nat_rules, *processes, *problems]
    return Diagram(
        name=printable(name),
        namespaces=tuple(dict.fromkeys([None, *declared, *mentioned])),
        interfaces=interfaces,
        connections=tuple(read_connections(items, interfaces)),
        routes={netns: list(dict.fromkeys(texts)) for netns, texts in routes.items()},
        nat_rules=nat_rules,
        policies=policies,
        processes=processes,
        neighbours=_read_neighbours(info),
        problems=problems,
    )


def _is_info(data: Any) -> bool:
    """Whether the data is a result of netns_info. No option of a topology is named ``topology``."""
    return (
        isinstance(data, Mapping)
        and isinstance(data.get("topology"), Mapping)
        and not isinstance(data["topology"].get("topology"), Mapping)
    )


def _is_fleet(data: Any) -> bool:
    """Whether the data is a dictionary of machines. No option of a topology is a dictionary."""
    return (
        isinstance(data, Mapping)
        and bool(data)
        and not _is_info(data)
        and all(isinstance(machine, Mapping) for machine in data.values())
    )


def read_fleet(data: Any, name: str = HOST, links: Sequence[Observed] = ()) -> list[Diagram]:
    """One machine, or several by their names.

    :raises Refused: the data is no topology and no result of netns_info; with the path of the
        wrong option.
    """
    if _is_fleet(data):
        return [
            read_diagram(str(host), machine, prefix=f"{host}.") for host, machine in data.items()
        ]
    return [read_diagram(name, data, links)]
