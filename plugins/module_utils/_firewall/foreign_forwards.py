# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ports that somebody else's rules forward already, by iptables or nft, in the calling thread's network namespace.

Which of two rules a packet meets first nobody can say who did not write both. Rules that name no port are passed over: they
translate addresses, not services.
"""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from .._model.nat import ForeignForward
from .listing import IPTABLES, Listing, ask_nft

_RULE = re.compile(
    r"^-A (?P<chain>(?!REDBLUE-)\S+) (?P<rest>.*-j (?:DNAT|REDIRECT)\b.*)$", re.MULTILINE
)
_OURS, _OF_IPTABLES = ("inet", "redblue_netns"), (("ip", "nat"), ("ip6", "nat"))
_ANY_PROTOCOL = ("th", "")


def _of_iptables(listing: Listing) -> Iterator[ForeignForward]:
    for program in listing.iptables:
        family, text = IPTABLES[program], listing.saved(program)
        for found in _RULE.finditer(text.partition("*nat\n")[2].partition("\nCOMMIT")[0]):
            rest = found["rest"]
            ports = re.search(r"--dports? (\S+)", rest)
            protocol, destination = (
                re.search(r"(?<!! )-p (\S+)", rest),
                re.search(r"(?<!! )-d ([^/\s]+)", rest),
            )
            to, where = (
                destination[1] if destination else None,
                f"the chain {found['chain']} of {program}",
            )
            for one in ports[1].split(",") if ports and "! --dport" not in rest else ():
                first, _colon, last = one.partition(":")
                yield ForeignForward(
                    family,
                    protocol[1] if protocol else "",
                    (int(first), int(last or first)),
                    to,
                    where,
                )


def _bounds(value: Any) -> Iterator[Tuple[int, int]]:
    if isinstance(value, int):
        yield value, value
    elif isinstance(value, dict) and "range" in value:
        yield int(value["range"][0]), int(value["range"][1])
    elif isinstance(value, dict) and "set" in value:
        for one in value["set"]:
            yield from _bounds(one[0] if isinstance(one, list) else one)


def _matched(expressions: Sequence[Any], field: str) -> List[Tuple[str, Any]]:
    """What a rule wants of a header field: the protocol whose header it is, and the value."""
    found = []
    for expression in expressions:
        match = expression.get("match", {}) if isinstance(expression, dict) else {}
        left = match.get("left")
        payload = left.get("payload", {}) if isinstance(left, dict) else {}
        if payload.get("field") == field and match.get("op") == "==":
            found.append((payload["protocol"], match["right"]))
    return found


def _mapped(expressions: Sequence[Any], maps: Dict[str, Any]) -> Iterator[Tuple[str, Any]]:
    """The ports of a map by which a rule finds its target."""
    for expression in expressions:
        translation = expression.get("dnat") if isinstance(expression, dict) else None
        for part in (translation or {}).values() if isinstance(translation, dict) else ():
            if (
                isinstance(part, dict)
                and "map" in part
                and part["map"]["key"].get("payload", {}).get("field") == "dport"
            ):
                data = part["map"]["data"]
                yield (
                    part["map"]["key"]["payload"]["protocol"],
                    maps.get(data[1:], {}) if isinstance(data, str) else data,
                )


def _of_table(family: str, name: str) -> Iterator[ForeignForward]:
    items = ask_nft("list", "table", family, name)
    maps = {
        item["map"]["name"]: {"set": item["map"].get("elem", [])} for item in items if "map" in item
    }
    for rule in (item["rule"] for item in items if "rule" in item):
        translated = any(
            isinstance(one, dict) and ("dnat" in one or "redirect" in one) for one in rule["expr"]
        )
        for protocol, value in (
            [*_matched(rule["expr"], "dport"), *_mapped(rule["expr"], maps)] if translated else ()
        ):
            to = [one for _header, one in _matched(rule["expr"], "daddr") if isinstance(one, str)]
            for bounds in _bounds(value):
                known = "" if protocol in _ANY_PROTOCOL else protocol
                version = {"ip": 4, "ip6": 6}.get(family, 0)
                yield ForeignForward(
                    version,
                    known,
                    bounds,
                    to[0] if to else None,
                    f"the chain {rule['chain']} of table {family} {name}",
                )


def _of_nft(listing: Listing) -> Iterator[ForeignForward]:
    known = {_OURS, *(_OF_IPTABLES if listing.iptables else ())}
    hooked = {
        (chain["family"], chain["table"])
        for chain in listing.chains
        if chain.get("type") == "nat" and chain.get("hook") == "prerouting"
    }
    for family, name in sorted(hooked - known):
        yield from _of_table(family, name)


def read_foreign_forwards(listing: Listing) -> Tuple[ForeignForward, ...]:
    """What others forward."""
    return (*_of_iptables(listing), *_of_nft(listing))
