# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nft lists of others' tables, as rules: what they say is read from its JSON, and how it is said from its own words."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ..._firewall.comments import is_marked
from ..._firewall.listing import NftObjects, list_nft
from ..._host.programs import run
from ..._model.errors import Failed
from .rules import ARP, OTHER, FirewallRule, Hook, Match

FAMILIES = {
    "inet": (4, 6),
    "ip": (4,),
    "ip6": (6,),
    "bridge": (4, 6, ARP),
    "netdev": (4, 6, ARP),
    "arp": (ARP,),
}
_META = {
    "iif": "came_by",
    "iifname": "came_by",
    "ibrname": "came_by",
    "oif": "leaves_by",
    "oifname": "leaves_by",
    "obrname": "leaves_by",
    "nfproto": "family",
    "protocol": "family",
    "l4proto": "protocol",
}
_PAYLOAD = {
    "ip saddr": "source",
    "ip daddr": "to",
    "ip6 saddr": "source",
    "ip6 daddr": "to",
    "ip protocol": "protocol",
    "ip6 nexthdr": "protocol",
    "ether type": "family",
}
_IMPLIED = {
    "ip": Match("family", ("ip",)),
    "ip6": Match("family", ("ip6",)),
    "arp": Match("family", ("arp",)),
    "tcp": Match("protocol", ("tcp",)),
    "udp": Match("protocol", ("udp",)),
    "icmp": Match("protocol", ("icmp",)),
    "icmpv6": Match("protocol", ("icmpv6",)),
}
"""What must be so for the rule to look at a header at all."""
_VERDICTS = {
    "accept": "accept",
    "drop": "drop",
    "reject": "drop",
    "return": "return",
    "queue": "queue",
    "continue": "",
    "jump": "jump",
    "goto": "goto",
}
_NO_LIMITS = ("counter", "log", "mangle", "notrack", "ct helper")
_HANDLE = re.compile(r" # handle ([0-9]+)$")
_QUOTED = re.compile(r'("[^"]*")')

Values = Optional[Tuple[str, ...]]
"""None: cannot be told."""


class _Table(NamedTuple):
    words: Dict[int, str]
    sets: Dict[str, List[Any]]


def _words_of(family: str, name: str) -> Dict[int, str]:
    """By handle, each rule as nft writes it, without counters: what they have counted is no part of a rule."""
    answer = run("nft", ["-a", "-s", "list", "table", family, name])
    if answer.code:
        raise Failed(f"nft list table {family} {name}: {answer.complaint}")
    found = {}
    for line in answer.output.splitlines():
        noted = _HANDLE.search(line)
        if noted:
            parts = _QUOTED.split(line.strip())
            found[int(noted[1])] = "".join(
                part if part[:1] == '"' else re.sub(r"\bcounter (?!name )", "", part)
                for part in parts
            )
    return found


def _values(right: Any, sets: Dict[str, List[Any]]) -> Values:
    if isinstance(right, dict):
        kind, what = next(iter(right.items()))
        if kind == "prefix":
            return (f"{what['addr']}/{what['len']}",)
        if kind == "range":
            return ("-".join(map(str, what)),)
        return (
            _values(what["val"] if kind == "elem" else what, sets)
            if kind in ("set", "elem")
            else None
        )
    if isinstance(right, list):
        found = [_values(one, sets) for one in right]
        return None if None in found else tuple(text for values in found for text in values or ())
    if isinstance(right, str) and right[:1] == "@":
        return _values(sets[right[1:]], sets) if right[1:] in sets else None
    return (str(right),) if isinstance(right, (str, int)) else None


def _key_of(left: Any) -> Tuple[str, List[Match]]:
    """What a match looks at, and what that implies."""
    kind, what = next(iter(left.items())) if isinstance(left, dict) else ("", {})
    if kind == "meta":
        return _META.get(what["key"], "other"), []
    if kind == "payload" and "protocol" in what:
        implied = _IMPLIED.get(what["protocol"])
        return _PAYLOAD.get(f"{what['protocol']} {what['field']}", "other"), [
            implied
        ] if implied else []
    return "state" if kind == "ct" and what["key"] in ("state", "status") else "other", []


def _match_of(what: Dict[str, Any], sets: Dict[str, List[Any]]) -> List[Match]:
    key, implied = _key_of(what["left"])
    values = _values(what["right"], sets)
    if key == "other" or values is None or what["op"] not in ("==", "in", "!="):
        return [*implied, OTHER]
    return [*implied, Match(key, values, what["op"] == "!=")]


def _ends_of(
    expression: Dict[str, Any], sets: Dict[str, List[Any]]
) -> Iterator[Tuple[List[Match], str, str]]:
    """The limits, verdict and target of each way that a rule's last expression can end."""
    ((kind, what),) = expression.items()
    if kind in _VERDICTS:
        yield [], _VERDICTS[kind], what["target"] if kind in ("jump", "goto") else ""
    if kind != "vmap":
        return
    key, implied = _key_of(what["key"])
    data = what["data"]
    elements = sets.get(data[1:], []) if isinstance(data, str) else data["set"]
    known = set()
    for value, verdict in elements:
        values = None if value == "*" else _values(value, sets)
        matches = [*implied, OTHER if key == "other" or values is None else Match(key, values)]
        for _none, word, target in _ends_of(verdict, sets):
            # A map of thousands, of which nobody can tell who is within, ends in few ways.
            if (tuple(matches), word, target) not in known:
                known.add((tuple(matches), word, target))
                yield matches, word, target


def _rules_of(rule: Dict[str, Any], table: _Table) -> Iterator[FirewallRule]:
    matches: List[Match] = []
    text = table.words.get(rule["handle"], f"# handle {rule['handle']}")
    for expression in rule["expr"]:
        kind = next(iter(expression), "") if isinstance(expression, dict) else ""
        if kind == "match":
            matches += _match_of(expression["match"], table.sets)
        elif kind == "vmap" or kind in _VERDICTS:
            for more, verdict, target in _ends_of(expression, table.sets):
                yield FirewallRule(
                    rule["chain"], text, tuple(dict.fromkeys([*matches, *more])), verdict, target
                )
        elif kind not in _NO_LIMITS:
            matches.append(OTHER)


def _firewall(name: str) -> str:
    return {"docker-bridges": "docker", "firewalld": "firewalld"}.get(name, "forward")


def _read_table(family: str, name: str) -> Tuple[_Table, NftObjects]:
    items = list_nft("list", "table", family, name)
    sets = {
        what["name"]: what.get("elem", [])
        for item in items
        for kind, what in item.items()
        if kind in ("set", "map")
    }
    drops = any(word in str(items) for word in ("'drop'", "'reject'"))
    return _Table(_words_of(family, name) if drops else {}, sets), items


def read_table(family: str, name: str) -> Iterator[Hook]:
    """Who can drop there, in the order in which it was listed."""
    table, items = _read_table(family, name)
    bases = [item["chain"] for item in items if "chain" in item]
    chains: Dict[str, List[FirewallRule]] = {chain["name"]: [] for chain in bases}
    for rule in (item["rule"] for item in items if "rule" in item):
        ours = is_marked(rule.get("comment", ""))
        chains[rule["chain"]] += [
            one for one in _rules_of(rule, table) if not (ours and one.verdict == "drop")
        ]
    for chain in bases:
        if "hook" in chain:
            devices = chain.get("dev", ())
            known = frozenset([devices] if isinstance(devices, str) else devices)
            drops = chain.get("policy") == "drop"
            hook = Hook(
                "nft",
                f"{family} {name}",
                chain["name"],
                chain["hook"],
                FAMILIES[family],
                drops,
                chains,
                _firewall(name),
                known,
            )
            yield from [hook] if hook.can_drop() else []
