# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the ports that rules of others forward already, by iptables or nft.

The namespace is that of the calling thread. If two rules match the same packet, their order
decides, and only the author of both can know it: such ports are refused. Rules that name no port
are ignored: they translate addresses, not services.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .._model.nat import ForeignForward
from .listing import IPTABLES_FAMILIES, Listing, list_nft

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RULE = re.compile(
    r"^-A (?P<chain>(?!REDBLUE-)\S+) (?P<rest>.*-j (?:DNAT|REDIRECT)\b.*)$", re.MULTILINE
)
_OWN_TABLE = ("inet", "redblue_netns")
_IPTABLES_NFT_TABLES = (("ip", "nat"), ("ip6", "nat"))
_ANY_PROTOCOL = ("th", "")
_FAMILIES = {"ip": 4, "ip6": 6}

Ports = tuple[int, int]


def read_foreign_forwards(listing: Listing) -> tuple[ForeignForward, ...]:
    """Return the ports that others forward in the namespace of this listing."""
    found: list[ForeignForward] = []
    for program in listing.iptables_programs:
        found += _read_iptables(program, listing.iptables_save(program))
    skipped = {_OWN_TABLE}
    if listing.iptables_programs:
        skipped.update(_IPTABLES_NFT_TABLES)
    with_nat = {
        (chain["family"], chain["table"])
        for chain in listing.nft_chains
        if chain.get("type") == "nat" and chain.get("hook") == "prerouting"
    }
    for family, name in sorted(with_nat - skipped):
        found += _read_nft_table(family, name)
    return tuple(found)


def _read_iptables(program: str, saved: str) -> Iterator[ForeignForward]:
    nat_table = saved.partition("*nat\n")[2].partition("\nCOMMIT")[0]
    for rule in _RULE.finditer(nat_table):
        options = rule["rest"]
        ports = re.search(r"--dports? (\S+)", options)
        if ports is None or "! --dport" in options:
            continue
        protocol = re.search(r"(?<!! )-p (\S+)", options)
        destination = re.search(r"(?<!! )-d ([^/\s]+)", options)
        for span in ports[1].split(","):
            first, _colon, last = span.partition(":")
            yield ForeignForward(
                IPTABLES_FAMILIES[program],
                protocol[1] if protocol else "",
                (int(first), int(last or first)),
                destination[1] if destination else None,
                f"the chain {rule['chain']} of {program}",
            )


def _read_nft_table(family: str, name: str) -> Iterator[ForeignForward]:
    items = list_nft("list", "table", family, name)
    maps = {
        item["map"]["name"]: {"set": item["map"].get("elem", [])} for item in items if "map" in item
    }
    for rule in (item["rule"] for item in items if "rule" in item):
        expressions = [entry for entry in rule["expr"] if isinstance(entry, dict)]
        if not any("dnat" in entry or "redirect" in entry for entry in expressions):
            continue
        destination = _find_destination(expressions)
        matched = [*_matched_values(expressions, "dport"), *_mapped_ports(expressions, maps)]
        for protocol, value in matched:
            for ports in _port_ranges(value):
                yield ForeignForward(
                    _FAMILIES.get(family, 0),
                    "" if protocol in _ANY_PROTOCOL else protocol,
                    ports,
                    destination,
                    f"the chain {rule['chain']} of table {family} {name}",
                )


def _find_destination(expressions: Sequence[dict[str, Any]]) -> str | None:
    for _protocol, value in _matched_values(expressions, "daddr"):
        if isinstance(value, str):
            return value
    return None


def _matched_values(expressions: Sequence[dict[str, Any]], field: str) -> list[tuple[str, Any]]:
    """Return the values with which a rule compares a header field, with the header's protocol."""
    found = []
    for expression in expressions:
        match = expression.get("match", {})
        left = match.get("left")
        payload = left.get("payload", {}) if isinstance(left, dict) else {}
        if payload.get("field") == field and match.get("op") == "==":
            found.append((payload["protocol"], match["right"]))
    return found


def _mapped_ports(
    expressions: Sequence[dict[str, Any]], maps: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Return the ports in the maps from which a rule takes its target, with their protocol."""
    for expression in expressions:
        translation = expression.get("dnat")
        if not isinstance(translation, dict):
            continue
        for part in translation.values():
            if not isinstance(part, dict) or "map" not in part:
                continue
            payload = part["map"]["key"].get("payload", {})
            if payload.get("field") == "dport":
                data = part["map"]["data"]
                if isinstance(data, str):  # the name of a map, as @name
                    data = maps.get(data[1:], {})
                yield payload["protocol"], data


def _port_ranges(value: Any) -> Iterator[Ports]:
    """Return the inclusive ranges of a port, a range, a set or a map in nft's JSON."""
    if isinstance(value, int):
        yield value, value
    elif isinstance(value, dict) and "range" in value:
        yield int(value["range"][0]), int(value["range"][1])
    elif isinstance(value, dict) and "set" in value:
        for element in value["set"]:
            yield from _port_ranges(element[0] if isinstance(element, list) else element)
