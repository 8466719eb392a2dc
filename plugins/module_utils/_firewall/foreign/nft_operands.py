# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operands of nft's JSON (libnftables-json(5)) as packets. Pure.

A condition compares fields, on the left, with values, on the right. The left side names the fields
of a packet; of a concatenation several. A field without a name here is one that cannot be told.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from ..._model.foreign_forwards import ALL_PACKETS, Packets
from ..._model.ranges import ALL_PORTS
from ..networks import networks_of_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Sets = dict[str, dict[str, Any]]
"""The sets and maps of a table by name, as nft lists them."""

PORT, ADDRESS, SOURCE, INTERFACE, PROTOCOL, FAMILY = (
    *("ports", "destination", "source"),
    *("interface", "protocol", "family"),
)
SPREAD = "spread"
"""A field that spreads connections over its values: each value gets some of them."""
_PAYLOADS = {"dport": PORT, "daddr": ADDRESS, "saddr": SOURCE, "nexthdr": PROTOCOL}
_METAS = {"iifname": INTERFACE, "iif": INTERFACE, "l4proto": PROTOCOL, "nfproto": FAMILY}
_PROTOCOLS = {"6": "tcp", "17": "udp", "132": "sctp"}
_FAMILIES = {"ipv4": 4, "ipv6": 6, "ip": 4, "ip6": 6, "2": 4, "10": 6}
_TRANSPORT = ("tcp", "udp", "sctp", "dccp", "udplite")
ORDERINGS = ("<", ">", "<=", ">=")
_SPREADING = ("numgen", "jhash", "symhash")


def name_fields(left: Any) -> list[str]:
    """Return the name of each field of a left side; empty for one that cannot be told."""
    if not isinstance(left, dict) or not left:
        return [""]
    kind, value = next(iter(left.items()))
    if kind == "concat":
        return [name for part in value for name in name_fields(part)]
    if kind == "payload" and "field" in value:
        is_protocol = (value["protocol"], value["field"]) == ("ip", "protocol")
        return [PROTOCOL if is_protocol else _PAYLOADS.get(value["field"], "")]
    if kind == "meta":
        name = "family" if value["key"] == "protocol" else _METAS.get(value["key"], "")
        return [name]
    return [SPREAD if kind in _SPREADING else ""]


def implied_packets(left: Any) -> Packets:
    """Return the packets that have the fields of a left side at all."""
    found = ALL_PACKETS
    parts = left.get("concat", [left]) if isinstance(left, dict) else []
    for part in parts:
        if isinstance(part, dict) and "&" in part:
            part = part["&"][0]
        header = part.get("payload", {}).get("protocol", "") if isinstance(part, dict) else ""
        implied = Packets(
            family=_FAMILIES.get(header, 0), protocol=header if header in _TRANSPORT else ""
        )
        found = found.intersect(implied) or found
    return found


def list_elements(right: Any, sets: Sets) -> list[Any] | None:
    """Return the values of a right side; None if they cannot be told.

    A set that rules of packets change, or whose elements expire, is not what it was when it was
    read.
    """
    if isinstance(right, str) and right[:1] == "@":
        found = sets.get(right[1:])
        flags = found.get("flags", ()) if found else ("dynamic",)
        flags = [flags] if isinstance(flags, str) else flags
        if found is None or {"dynamic", "timeout"} & {*flags}:
            return None
        return list(found.get("elem", ()))
    if isinstance(right, dict) and "set" in right:
        content = right["set"]
        return list(content) if isinstance(content, list) else [content]
    return [right]


def list_ordered(operator: str, elements: Sequence[Any] | None) -> list[Any] | None:
    """Return the numbers that an ordering permits, as a range; None if they cannot be told."""
    if elements is None or len(elements) != 1 or not isinstance(elements[0], int):
        return None
    bound = elements[0]
    first, last = ALL_PORTS
    if operator in (">", ">="):
        first = bound + (operator == ">")
    else:
        last = bound - (operator == "<")
    return [{"range": [first, last]}]


def read_element(fields: Sequence[str], element: Any) -> tuple[Packets, ...] | None:
    """Return the packets whose fields have the values of an element; None if it cannot be told."""
    if isinstance(element, dict) and "elem" in element:
        element = element["elem"]["val"]
    if element == "*":
        return (ALL_PACKETS,)
    is_concat = isinstance(element, dict) and "concat" in element
    values = element["concat"] if is_concat else [element]
    if len(values) != len(fields):
        return None
    found: list[Packets] = [ALL_PACKETS]
    for name, value in zip(fields, values):
        try:
            alternatives = list(_read_value(name, value))
        except (KeyError, TypeError, ValueError):
            return None
        common = (one.intersect(other) for one in found for other in alternatives)
        found = [packets for packets in common if packets is not None]
    return tuple(found)


def _read_value(name: str, value: Any) -> Iterator[Packets]:
    """Return the packets of which one field has a value.

    :raises ValueError: it cannot be told.
    """
    if name == PORT:
        first, last = value["range"] if isinstance(value, dict) else (value, value)
        yield Packets(ports=(int(first), int(last)))
    elif name in (ADDRESS, SOURCE):
        for network in _read_networks(value):
            yield Packets(destination=network) if name == ADDRESS else Packets(source=network)
    elif name == INTERFACE:
        yield Packets(interface=str(value))
    elif name == PROTOCOL:
        yield Packets(protocol=_PROTOCOLS.get(str(value), str(value)))
    elif name == FAMILY:
        yield Packets(family=_FAMILIES[str(value)])
    elif name == SPREAD:
        yield ALL_PACKETS
    else:
        raise ValueError(name)


def _read_networks(value: Any) -> list[str]:
    if isinstance(value, dict) and "prefix" in value:
        prefix = value["prefix"]
        return [str(ipaddress.ip_network(f"{prefix['addr']}/{prefix['len']}", strict=False))]
    if isinstance(value, dict) and "range" in value:
        return networks_of_range(*value["range"])
    return [str(ipaddress.ip_network(value))]
