# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that several formats share. Pure."""

from __future__ import annotations

import unicodedata
from typing import Any, Dict

from ansible_collections.redblue.netns.plugins.module_utils._model.routes import MAIN_TABLE

from .model import Connection, Interface

Item = Dict[str, Any]
"""A validated item of a topology, by option."""

_NOT_PRINTABLE = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
"""General categories of Unicode: control, format, surrogate, unassigned, line, paragraph."""


def printable(text: str) -> str:
    """The text with U+FFFD in place of each character that no format can show.

    These are control characters, and bytes that are not UTF-8: names come from the kernel and from
    file names, which may contain both.
    """
    return "".join(
        "\ufffd" if unicodedata.category(letter) in _NOT_PRINTABLE else letter for letter in text
    )


def words(*parts: Any) -> str:
    """The parts that are not empty, joined by spaces."""
    return " ".join(str(part) for part in parts if part)


def describe_addresses(interface: Interface) -> str:
    return ", ".join(interface.addresses)


def describe_down(interface: Interface) -> str:
    return "" if interface.up else "(down)"


def describe_kind(interface: Interface) -> str:
    """The link type, its detail and its parent. Veth ends and hardware have no type to show."""
    kind = "" if interface.kind == "veth" else interface.kind
    return words(kind, interface.detail, interface.parent and f"on {interface.parent[1]}")


def describe_interface(interface: Interface) -> str:
    return words(
        interface.name,
        describe_kind(interface),
        describe_addresses(interface),
        describe_down(interface),
    )


def describe_end(interface: Interface) -> str:
    """An end of a connection with its namespace."""
    return words(
        interface.name, interface.netns and f"in {interface.netns}", describe_down(interface)
    )


def describe_connection(connection: Connection) -> str:
    return f"{describe_end(connection.first)} = {describe_end(connection.second)}"


def describe_detail(item: Item) -> str:
    """The options that distinguish a link from others of its type.

    These are the id of a VLAN or VXLAN, the other side of a VXLAN, and the VRF.
    """
    remote = item.get("remote") or item.get("group") if item.get("type") == "vxlan" else None
    vrf = item.get("vrf")
    return words(item.get("id"), remote and f"to {remote}", vrf and f"in vrf {vrf}")


def describe_route(route: Item) -> str:
    """A route as iproute2 writes it, but without the metric, and the device only if needed."""
    destination = route["destination"]
    if destination in ("0.0.0.0/0", "::/0"):
        destination = "default"
    parts = [destination if route["type"] == "unicast" else f"{route['type']} {destination}"]
    for hop in route.get("nexthops") or [route]:
        if hop.get("gateway"):
            parts.append(f"via {hop['gateway']}")
        elif hop.get("device"):
            parts.append(f"dev {hop['device']}")
    if route["table"] != MAIN_TABLE:
        parts.append(f"table {route['table']}")
    return " ".join(parts)


def _describe_limits(item: Item) -> str:
    """Which packets a port forward applies to, if not to all."""
    parts = [f"from {', '.join(item['source'])}"] if item.get("source") else []
    parts += [f"on {item['in_interface']}"] if item.get("in_interface") else []
    parts += [f"to {item['destination']}"] if item.get("destination") else []
    return " ".join(parts)


def describe_forward(item: Item) -> str:
    """A port forward without its target."""
    return words(item["protocol"], item["destination_port"], _describe_limits(item))


def describe_masquerade(item: Item) -> str:
    out = item.get("out_interface") or "any interface"
    source = item.get("to_source")
    return words("masquerade:", ", ".join(item["source"]), "->", out, source and f"as {source}")
