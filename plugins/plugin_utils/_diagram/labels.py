# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words that stand in pictures. Pure."""

from __future__ import annotations

import unicodedata
from typing import Any, Dict

from .model import Interface, VethPair

Item = Dict[str, Any]

MAIN_TABLE = 254


def legible(text: str) -> str:
    """Without what no picture can hold: control characters, and bytes that are no text (names come from the kernel and from file names)."""
    return "".join(
        "\ufffd" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp") else letter
        for letter in text
    )


def words(*parts: Any) -> str:
    """Those that there are, side by side."""
    return " ".join(str(part) for part in parts if part)


def describe_addresses(interface: Interface) -> str:
    return ", ".join(interface.addresses)


def describe_down(interface: Interface) -> str:
    return "" if interface.up else "(down)"


def describe_kind(interface: Interface) -> str:
    """What is worth saying: most are veth ends and hardware."""
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
    """With its place, as a person would write it."""
    return words(
        interface.name, interface.place and f"in {interface.place}", describe_down(interface)
    )


def describe_veth_pair(cable: VethPair) -> str:
    return f"{describe_end(cable.one)} = {describe_end(cable.other)}"


def describe_detail(item: Item) -> str:
    """Of a link's own options those that tell it from another of its kind."""
    far = item.get("remote") or item.get("group") if item.get("type") == "vxlan" else None
    return words(item.get("id"), far and f"to {far}", item.get("vrf") and f"in vrf {item['vrf']}")


def describe_route(route: Item) -> str:
    hops = route.get("nexthops") or [route]
    destination = (
        "default" if route["destination"] in ("0.0.0.0/0", "::/0") else route["destination"]
    )
    said = [destination if route["type"] == "unicast" else f"{route['type']} {destination}"]
    for hop in hops:
        said += [f"via {hop['gateway']}"] if hop.get("gateway") else []
        said += [f"dev {hop['device']}"] if hop.get("device") and not hop.get("gateway") else []
    said += [f"table {route['table']}"] if route["table"] != MAIN_TABLE else []
    return " ".join(said)


def _limits(item: Item) -> str:
    said = [f"from {', '.join(item['source'])}"] if item.get("source") else []
    said += [f"arriving at {item['in_interface']}"] if item.get("in_interface") else []
    said += [f"for {item['destination']}"] if item.get("destination") else []
    return " ".join(said)


def describe_forward(item: Item) -> str:
    """Where it begins."""
    return words(item["protocol"], item["destination_port"], _limits(item))


def describe_masquerade(item: Item) -> str:
    out = item.get("out_interface") or "every way out"
    return words(
        "masquerade:",
        ", ".join(item["source"]),
        "->",
        out,
        item.get("to_source") and f"as {item['to_source']}",
    )
