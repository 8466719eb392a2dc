# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the packet filters of the calling thread's namespace drop: read from nft's JSON and from what every iptables saves. Ours excepted."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from . import _errors
from ._chart import Filters, Verdict
from ._listing import IPTABLES, Listing, ask_nft
from ._nat_rules import is_marked
from ._nft_table import NAME, say

_HOOKS = {"PREROUTING": "prerouting", "INPUT": "input", "FORWARD": "forward", "OUTPUT": "output", "POSTROUTING": "postrouting"}
_FAMILIES = {"inet": (4, 6), "ip": (4,), "ip6": (6,), "bridge": (4, 6), "netdev": (4, 6)}
_OURS = "REDBLUE-"
_PLAIN = {"-i": "came_by", "-o": "leaves_by", "-s": "source", "-d": "to"}
_NFT_PLAIN = {"iifname": "came_by", "iif": "came_by", "oifname": "leaves_by", "oif": "leaves_by", "saddr": "source", "daddr": "to"}
_HARMLESS = re.compile(r"--ctstate INVALID\b|--state INVALID\b")
_TABLE = re.compile(r"^\*(\S+)\n(.*?)^COMMIT$", re.MULTILINE | re.DOTALL)

Matches = Dict[str, Tuple[str, ...]]


def _words_of(rule: str) -> Tuple[Matches, bool, str]:
    """What a rule of iptables is limited to, whether there is more to it, and its target."""
    words = re.sub(r'-m comment --comment (?:"[^"]*"|\S+)', "", rule).split()
    found: Dict[str, Tuple[str, ...]] = {}
    more, target = False, ""
    position = 2
    while position < len(words):
        word = words[position]
        value = words[position + 1] if position + 1 < len(words) else ""
        if word in _PLAIN and words[position - 1] != "!":
            found[_PLAIN[word]] = (value,)
            position += 1
        elif word in ("-j", "-g"):
            target = value
            break
        else:
            more = True
        position += 1
    return found, more, target


def _reached(rules: List[Tuple[str, str]], base: str) -> Set[str]:
    """The chains that a packet can come by from one."""
    found, left = {base}, [base]
    while left:
        chain = left.pop()
        for target in [target for where, target in rules if where == chain and target not in found]:
            found.add(target)
            left.append(target)
    return found


def _of_chain(program: str, table: str, base: str, text: str) -> Iterator[Verdict]:
    rules = [line for line in text.splitlines() if line.startswith("-A ")]
    known = [(line, line.split()[1], *_words_of(line)) for line in rules]
    chains = _reached([(chain, target) for _line, chain, _matches, _more, target in known if not target.startswith(_OURS)], base)
    mine = [one for one in known if one[1] in chains and not one[1].startswith(_OURS)]
    families, where = (IPTABLES[program],), f"chain {{}} of table {table} ({program})"
    accepts = tuple(line for line, _chain, _matches, _more, target in mine if target == "ACCEPT")
    for line, chain, matches, more, target in mine:
        if target in ("DROP", "REJECT") and not _HARMLESS.search(line):
            # Who comes to a chain behind the first has met conditions on the way.
            more = more or not matches and chain != base
            yield Verdict(program, families, where.format(chain), _HOOKS[base], line, more=more, accepts=accepts, firewall=_firewall(text), **matches)
    if f":{base} DROP " in text:
        yield Verdict(program, families, where.format(base), _HOOKS[base], "", accepts=accepts, firewall=_firewall(text))


def _firewall(text: str) -> str:
    return "docker" if "-j DOCKER-USER" in text else "ufw" if "ufw-user-forward" in text or "ufw6-user-forward" in text else "forward"


def _of_iptables(listing: Listing, filters: Filters) -> None:
    for program in listing.iptables:
        for table, text in _TABLE.findall(listing.saved(program)):
            for base in _HOOKS:
                filters.verdicts += _of_chain(program, table, base, text) if f":{base} " in text else []
            if table == "filter" and ":DOCKER-USER " in text and not re.search(r"^-A \S+ (?:.* )?-j DOCKER-USER$", text, re.MULTILINE):
                filters.unhooked.append(program)


def _values(right: Any) -> Tuple[str, ...]:
    if isinstance(right, dict) and "prefix" in right:
        return (f"{right['prefix']['addr']}/{right['prefix']['len']}",)
    if isinstance(right, dict) and "set" in right:
        return tuple(text for one in right["set"] for text in _values(one))
    return (right,) if isinstance(right, str) else ()


def _nft_words(expressions: List[Any]) -> Tuple[Matches, bool, str]:
    found: Dict[str, Tuple[str, ...]] = {}
    more, verdict = False, ""
    for expression in expressions:
        kind: str
        what: Any
        kind, what = next(iter(expression.items())) if isinstance(expression, dict) else ("", None)
        left: Any = what.get("left") if kind == "match" else None
        of: Any = left.get("meta", left.get("payload", {})) if isinstance(left, dict) else {}
        name = _NFT_PLAIN.get(of.get("key", of.get("field", "")))
        if kind == "match" and name and what["op"] in ("==", "in") and _values(what["right"]):
            found[name] = _values(what["right"])
        elif kind in ("jump", "goto"):
            verdict = what["target"]
        elif kind in ("drop", "reject", "accept"):
            verdict = kind
        elif kind not in ("counter", "log"):
            more = True
    return found, more, verdict


def _of_table(family: str, name: str) -> Iterator[Verdict]:
    items = ask_nft("list", "table", family, name)
    rules = [(rule, *_nft_words(rule["expr"])) for rule in (item["rule"] for item in items if "rule" in item) if not is_marked(rule.get("comment", ""))]
    for chain in (item["chain"] for item in items if "chain" in item):
        hook: Optional[str] = chain.get("hook")
        if hook is None:
            continue
        reached = _reached([(rule["chain"], verdict) for rule, _matches, _more, verdict in rules], chain["name"])
        mine = [one for one in rules if one[0]["chain"] in reached]
        firewall = "docker" if name == "docker-bridges" else "firewalld" if name == "firewalld" else "forward"
        accepts = tuple(" ".join(map(say, rule["expr"])) for rule, _matches, _more, verdict in mine if verdict == "accept")
        for rule, matches, more, verdict in mine:
            words = " ".join(map(say, rule["expr"]))
            if verdict in ("drop", "reject") and "ct state invalid" not in words:
                where = f"chain {rule['chain']} of table {family} {name} (nft)"
                more = more or not matches and rule["chain"] != chain["name"]
                words += f" # handle {rule['handle']}"
                yield Verdict("nft", _FAMILIES[family], where, hook, words, more=more, accepts=accepts, firewall=firewall, **matches)
        if chain.get("policy") == "drop":
            yield Verdict("nft", _FAMILIES[family], f"chain {chain['name']} of table {family} {name} (nft)", hook, "", accepts=accepts, firewall=firewall)


def read_filters(listing: Listing) -> Filters:
    """All that drops, in the order in which it was listed."""
    filters = Filters()
    if listing.is_empty:
        return filters
    of_iptables = {(family, table) for family in ("ip", "ip6") for table in ("filter", "nat", "mangle", "raw", "security")} if listing.iptables else set()
    try:
        _of_iptables(listing, filters)
        for family, name in sorted(listing.tables or ()):
            if family in _FAMILIES and name != NAME and not name.startswith("redblue_") and (family, name) not in of_iptables:
                filters.verdicts += _of_table(family, name)
    except _errors.NetnsError as error:
        filters.unread.append(str(error))
    return filters
