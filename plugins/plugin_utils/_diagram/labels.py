# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that several formats share. Pure."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from ansible_collections.redblue.netns.plugins.module_utils._model.routes import MAIN_TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.dnat import DnatParams
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.masquerade import (
        MasqueradeParams,
    )
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_route import (
        NetnsRouteParams,
    )

    from .model import Connection, Interface

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


def describe_settings(interface: Interface) -> str:
    return f"({', '.join(interface.settings)})" if interface.settings else ""


def describe_kind(interface: Interface) -> str:
    """The link type, its detail and its parent. Veth ends and hardware have no type to show."""
    kind = "" if interface.kind == "veth" else interface.kind
    return words(kind, interface.detail, interface.parent and f"on {interface.parent[1]}")


def describe_interface(interface: Interface) -> str:
    return words(
        interface.name,
        describe_kind(interface),
        describe_addresses(interface),
        describe_settings(interface),
        describe_down(interface),
    )


def describe_end(interface: Interface) -> str:
    """An end of a connection with its namespace."""
    return words(
        interface.name, interface.netns and f"in {interface.netns}", describe_down(interface)
    )


def describe_connection(connection: Connection) -> str:
    return f"{describe_end(connection.first)} = {describe_end(connection.second)}"


def describe_detail(kind: str, options: Mapping[str, object]) -> str:
    """The options that distinguish a link from others of its type.

    These are the id of a VLAN or VXLAN, the other side of a VXLAN, and the VRF.
    """
    remote = options.get("remote") or options.get("group") if kind == "vxlan" else None
    vrf = options.get("vrf")
    return words(options.get("id"), remote and f"to {remote}", vrf and f"in vrf {vrf}")


def describe_route(route: NetnsRouteParams) -> str:
    """A route as iproute2 writes it, but without the metric, and the device only if needed."""
    destination = route["destination"]
    if destination in ("0.0.0.0/0", "::/0"):
        destination = "default"
    parts = [destination if route["type"] == "unicast" else f"{route['type']} {destination}"]
    hops = [(hop["gateway"], hop["device"]) for hop in route["nexthops"] or ()]
    for gateway, device in hops or [(route["gateway"], route["device"])]:
        if gateway:
            parts.append(f"via {gateway}")
        elif device:
            parts.append(f"dev {device}")
    if route["table"] != MAIN_TABLE:
        parts.append(f"table {route['table']}")
    return " ".join(parts)


def describe_forward(forward: DnatParams) -> str:
    """A port forward without its target: the port, and which packets it is limited to."""
    source, interface = forward["source"], forward["in_interface"]
    destination = forward["destination"]
    return words(
        forward["protocol"],
        forward["destination_port"],
        source and f"from {', '.join(source)}",
        interface and f"on {interface}",
        destination and f"to {destination}",
    )


def describe_masquerade(rule: MasqueradeParams) -> str:
    out = rule["out_interface"] or "any interface"
    source = rule["to_source"]
    if not rule["translate"]:
        return words("routed without NAT:", ", ".join(rule["source"]), "->", out)
    return words("masquerade:", ", ".join(rule["source"]), "->", out, source and f"as {source}")
