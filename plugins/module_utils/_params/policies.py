# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies and address sets, from the options of a topology."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .._model.errors import Refused
from .._model.network_policies import (
    ADDRESS_SET,
    DIRECTIONS,
    HOST,
    INGRESS,
    LAB,
    NETNS,
    NETWORK,
    PEER_KINDS,
    PORT_PROTOCOLS,
    AddressSet,
    Entry,
    NetworkPolicy,
    Peer,
)
from .addresses import check_network
from .names import check_lab_name
from .ports import check_ports
from .unique import check_unique

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .specs.topology import ItemLists

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_PATTERN = re.compile(r"[A-Za-z0-9_.*?-]{1,64}")


def parse_policies(
    sources: Sequence[tuple[str, ItemLists]], lab: str, isolate: bool
) -> list[AddressSet | NetworkPolicy]:
    """Return the address sets and policies of a topology.

    :raises Refused: a name occurs twice, a rule breaks a rule, or the topology is not isolated.
    """
    sets: dict[str, AddressSet] = {}
    policies: dict[str, NetworkPolicy] = {}
    for prefix, source in sources:
        for index, item in enumerate(source["address_sets"] or ()):
            path = f"{prefix}address_sets[{index}]"
            sets[_check_new_name(path, item["name"], sets)] = AddressSet(
                None, item["name"], _check_networks(f"{path}.addresses", item["addresses"]), lab
            )
    for prefix, source in sources:
        for index, entry in enumerate(source["policy"] or ()):
            path = f"{prefix}policy[{index}]"
            name = _check_new_name(path, entry["name"], policies)
            policies[name] = _parse_policy(path, entry, lab, sets)
    if policies and not isolate:
        rule = "excludes policy: without isolation others could send with the members' addresses"
        raise Refused("isolate", False, rule)
    return [*sets.values(), *policies.values()]


def _check_new_name(path: str, name: str, taken: Mapping[str, object]) -> str:
    if not _NAME.fullmatch(name):
        rule = "has only letters, digits and _ . -, at most 32, and begins with a letter or digit"
        raise Refused(f"{path}.name", name, rule)
    if name in taken:
        raise Refused(f"{path}.name", name, "is listed twice")
    return name


def _check_networks(parameter: str, values: Sequence[str]) -> tuple[str, ...]:
    networks = [check_network(f"{parameter}[{index}]", text) for index, text in enumerate(values)]
    return tuple(sorted(check_unique(parameter, networks)))


def _parse_policy(
    path: str, params: Mapping[str, Any], lab: str, sets: Mapping[str, AddressSet]
) -> NetworkPolicy:
    members = params["netns"]
    for index, text in enumerate(members or ()):
        _check_pattern(f"{path}.netns[{index}]", text)
    if members == []:
        rule = "is empty; name namespaces, or omit the option to mean all members of the topology"
        raise Refused(f"{path}.netns", [], rule)
    directions: dict[str, Any] = {
        direction: None
        if params[direction] is None
        else tuple(
            _parse_entry(f"{path}.{direction}[{index}]", direction, entry, sets)
            for index, entry in enumerate(params[direction])
        )
        for direction in DIRECTIONS
    }
    return NetworkPolicy(
        None,
        params["name"],
        None if members is None else check_unique(f"{path}.netns", members),
        refuse=params["refuse"],
        owner=lab,
        **directions,
    )


def _check_pattern(parameter: str, text: str) -> str:
    if not _PATTERN.fullmatch(text):
        rule = "is not a name of a namespace, nor a pattern of names with * and ?"
        raise Refused(parameter, text, rule)
    return text


def _parse_entry(
    path: str, direction: str, params: Mapping[str, Any], sets: Mapping[str, AddressSet]
) -> Entry:
    side = "from" if direction == INGRESS else "to"
    peers = params[side]
    if peers == []:
        rule = "is empty; name somebody, or omit the option to mean any address"
        raise Refused(f"{path}.{side}", [], rule)
    protocol, ports = params["protocol"], params["ports"]
    if ports is not None and protocol not in PORT_PROTOCOLS:
        rule = f"has no ports; write one of {', '.join(PORT_PROTOCOLS)}"
        raise Refused(f"{path}.protocol", protocol, rule)
    if ports == []:
        rule = "is empty; write ports, or omit the option to mean all ports"
        raise Refused(f"{path}.ports", [], rule)
    return Entry(
        tuple(
            _parse_peer(f"{path}.{side}[{index}]", peer, sets)
            for index, peer in enumerate(peers or ())
        ),
        protocol,
        tuple(
            check_ports(f"{path}.ports[{index}]", text) for index, text in enumerate(ports or ())
        ),
        params["action"],
        params["log"],
    )


def _parse_peer(path: str, params: Mapping[str, Any], sets: Mapping[str, AddressSet]) -> Peer:
    kind = next(name for name in PEER_KINDS if params[name] is not None)
    value, path = params[kind], f"{path}.{kind}"
    if kind == HOST:
        if not value:
            raise Refused(path, value, "cannot be false; omit the option")
        return Peer(HOST, "")
    if kind == NETWORK:
        return Peer(NETWORK, check_network(path, value))
    if kind == LAB:
        return Peer(LAB, check_lab_name(path, value))
    if kind == NETNS:
        return Peer(NETNS, _check_pattern(path, value))
    if value not in sets:
        raise Refused(path, value, "is not in address_sets")
    return Peer(ADDRESS_SET, value)
