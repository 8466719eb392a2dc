# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies and address sets, from the options of a topology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.lazy_pattern import compile_lazily
from .._model.network_policies import (
    ADDRESS_SET,
    ALLOW,
    DIRECTIONS,
    DNS,
    HOST,
    INGRESS,
    LAB,
    LIMIT_UNITS,
    NETNS,
    NETWORK,
    PEER_KINDS,
    PORT_PROTOCOLS,
    AddressSet,
    Entry,
    NetworkPolicy,
    Peer,
    RateLimit,
    list_named_sets,
)
from .addresses import check_network
from .dns_names import check_dns_name
from .names import check_lab_name
from .ports import check_ports
from .unique import check_unique

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .specs.netns_policy import (
        AddressSetParams,
        LimitParams,
        NetnsPolicyParams,
        PolicyLists,
    )

_NAME = compile_lazily(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_RATE = compile_lazily(rf"([1-9][0-9]{{0,5}})/({'|'.join(LIMIT_UNITS)})")
_MAX_BURST = 1_000_000
_MOST_CONNECTIONS = 1_000_000
_MAX_GROUP = 65535
_PATTERN = compile_lazily(r"[A-Za-z0-9_.*?-]{1,64}")


def parse_policies(
    sources: Sequence[tuple[str, PolicyLists]], lab: str, isolate: bool
) -> list[AddressSet | NetworkPolicy]:
    """Return the address sets and policies of a topology.

    :raises Refused: a name occurs twice, a rule breaks a rule, or the topology is not isolated.
    """
    sets: dict[str, AddressSet] = {}
    policies: dict[str, NetworkPolicy] = {}
    for prefix, source in sources:
        for index, item in enumerate(source["address_sets"] or ()):
            made = _parse_set(f"{prefix}address_sets[{index}].", item, lab, sets)
            sets[made.name] = made
    for prefix, source in sources:
        for index, entry in enumerate(source["policy"] or ()):
            path = f"{prefix}policy[{index}]."
            name = _check_new_name(path, entry["name"], policies)
            policies[name] = _parse_policy(path, entry, lab, sets)
    if policies and not isolate:
        rule = "excludes policy: without isolation others could send with the members' addresses"
        raise Refused("isolate", False, rule)
    return [*sets.values(), *policies.values()]


def parse_single_policy(params: NetnsPolicyParams, lab: str) -> list[AddressSet | NetworkPolicy]:
    """Return the policy of a single module, and its address sets.

    :raises Refused: a rule breaks a rule.
    """
    sets: dict[str, AddressSet] = {}
    for index, item in enumerate(params["address_sets"] or ()):
        made = _parse_set(f"address_sets[{index}].", item, lab, sets)
        sets[made.name] = replace(made, single=True)
    _check_new_name("", params["name"], ())
    policy = replace(_parse_policy("", params, lab, None), single=True)
    named = set(list_named_sets([policy]))
    for index, name in enumerate(sets):
        if name not in named:
            # The next task would remove it: an address set goes with the last policy that names it.
            raise Refused(f"address_sets[{index}].name", name, "no rule of the policy names it")
    return [*sets.values(), policy]


def _check_new_name(prefix: str, name: str, taken: Collection[str]) -> str:
    if not _NAME.fullmatch(name):
        rule = "has only letters, digits and _ . -, at most 32, and begins with a letter or digit"
        raise Refused(f"{prefix}name", name, rule)
    if name in taken:
        raise Refused(f"{prefix}name", name, "is listed twice")
    return name


def _parse_set(
    prefix: str, params: AddressSetParams, lab: str, taken: Collection[str]
) -> AddressSet:
    name = _check_new_name(prefix, params["name"], taken)
    return AddressSet(None, name, _check_networks(f"{prefix}addresses", params["addresses"]), lab)


def _check_networks(parameter: str, values: Sequence[str]) -> tuple[str, ...]:
    networks = [check_network(f"{parameter}[{index}]", text) for index, text in enumerate(values)]
    return tuple(sorted(check_unique(parameter, networks)))


def _parse_policy(
    prefix: str, params: Mapping[str, Any], lab: str, sets: Collection[str] | None
) -> NetworkPolicy:
    """Return a policy. Without ``sets`` the plan checks the names of address sets."""
    members = params["netns"]
    for index, text in enumerate(members or ()):
        _check_pattern(f"{prefix}netns[{index}]", text)
    if members == []:
        rule = "is empty; name namespaces, or omit the option to mean all members of the topology"
        raise Refused(f"{prefix}netns", [], rule)
    directions: dict[str, Any] = {
        direction: None
        if params[direction] is None
        else tuple(
            _parse_entry(f"{prefix}{direction}[{index}]", direction, entry, sets)
            for index, entry in enumerate(params[direction])
        )
        for direction in DIRECTIONS
    }
    return NetworkPolicy(
        None,
        params["name"],
        None if members is None else check_unique(f"{prefix}netns", members),
        refuse=params["refuse"],
        audit=params["audit"],
        nflog=_check_group(f"{prefix}nflog", params["nflog"]),
        owner=lab,
        **directions,
    )


def _check_group(path: str, group: int | None) -> int | None:
    if group is not None and not 0 <= group <= _MAX_GROUP:
        raise Refused(path, group, f"must be a group of NFLOG, from 0 to {_MAX_GROUP}")
    return group


def _check_pattern(parameter: str, text: str) -> str:
    if not _PATTERN.fullmatch(text):
        rule = "is not a name of a namespace, nor a pattern of names with * and ?"
        raise Refused(parameter, text, rule)
    return text


def _parse_entry(
    path: str, direction: str, params: Mapping[str, Any], sets: Collection[str] | None
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
            _parse_peer(f"{path}.{side}[{index}]", peer, sets, direction, params["action"])
            for index, peer in enumerate(peers or ())
        ),
        protocol,
        tuple(
            check_ports(f"{path}.ports[{index}]", text) for index, text in enumerate(ports or ())
        ),
        params["action"],
        params["log"],
        limit=_parse_rate(f"{path}.limit", params["action"], params["limit"]),
        connections=_parse_connections(f"{path}.limit.connections", params["limit"]),
    )


def _parse_rate(path: str, action: str, params: LimitParams | None) -> RateLimit | None:
    if params is None:
        return None
    if action != ALLOW:
        shown = params["connections"] if params["rate"] is None else params["rate"]
        raise Refused(path, shown, f"is not for rules that {action}")
    if params["rate"] is None:
        return None
    rate = _RATE.fullmatch(params["rate"])
    if rate is None:
        rule = f"must be a number and one of {', '.join(LIMIT_UNITS)}, such as 10/second"
        raise Refused(f"{path}.rate", params["rate"], rule)
    if not 1 <= params["burst"] <= _MAX_BURST:
        raise Refused(f"{path}.burst", params["burst"], f"must be from 1 to {_MAX_BURST}")
    return RateLimit(int(rate[1]), rate[2], params["burst"])


def _parse_connections(path: str, params: LimitParams | None) -> int | None:
    most = params["connections"] if params else None
    if most is not None and not 1 <= most <= _MOST_CONNECTIONS:
        raise Refused(path, most, f"must be from 1 to {_MOST_CONNECTIONS}")
    return most


def _parse_peer(
    path: str,
    params: Mapping[str, Any],
    sets: Collection[str] | None,
    direction: str,
    action: str,
) -> Peer:
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
    if kind == DNS:
        return Peer(DNS, _check_name_of_peer(path, value, direction, action))
    if kind == NETNS:
        return Peer(NETNS, _check_pattern(path, value))
    if sets is not None and value not in sets:
        raise Refused(path, value, "is not in address_sets")
    return Peer(ADDRESS_SET, value)


def _check_name_of_peer(path: str, name: str, direction: str, action: str) -> str:
    if direction == INGRESS:
        rule = "is only for egress: nobody looks up who sends; write network, netns or address_set"
        raise Refused(path, name, rule)
    if action != ALLOW:
        rule = f"is not for rules that {action}: before a member has looked the name up, its "
        rule += "addresses are not known; write network or address_set"
        raise Refused(path, name, rule)
    return check_dns_name(path, name)
