# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what iptables-save lists back to our chains and to NAT things. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

from ..._model.nat import (
    SAVED_SYSCTLS,
    ForwardingEnabled,
    Isolation,
    Masquerade,
    NatResource,
    SavedSysctl,
)
from ..._model.ownership import MARK, read_mark
from ..._model.rulesets import sort_rules
from ..comments import is_marked, read_device, read_note
from ..dnat import TO_MANY, Piece, assemble
from .render import CHAINS, FWD, IN, POST, PRE, IptablesRule, IptablesRules, render_iptables

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_TARGET = re.compile(
    r"(?:\[(?P<bracketed>[^\]]+)\]|(?P<dotted>[0-9.]+)(?=:)|(?P<alone>[0-9a-f.:]+$))(?::(?P<port>[0-9]+)(?:-[0-9]+/[0-9]+)?)?"
)


@dataclass
class LiveRules:
    """What one family has of ours: chains that exist, their rules, and how many marked jumps lead to each."""

    chains: IptablesRules = field(default_factory=dict)
    jumps: Dict[str, int] = field(default_factory=dict)

    @property
    def marked(self) -> bool:
        return any(self.jumps.values()) or any(
            is_marked(rule.comment) for rules in self.chains.values() for rule in rules
        )

    @property
    def filled(self) -> bool:
        return any(self.chains.values())


def _parse(text: str) -> IptablesRule:
    """One listed rule, without its chain. Modules are left out: the options tell them."""
    options: List[str] = []
    comment = ""
    words = [match[1] if match[2] is None else match[2] for match in _WORD.finditer(text)]
    index = 0
    while index < len(words):
        start = index
        index += 2 if words[index] == "!" else 1
        while index < len(words) and words[index] != "!" and not words[index].startswith("-"):
            index += 1
        group = words[start:index]
        if group[0] == "--comment":
            comment = " ".join(group[1:])
        elif group[0] != "-m":
            options.append(" ".join(group))
    return IptablesRule(tuple(options), comment)


def read_iptables_rules(text: str, known: Mapping[str, Tuple[str, str]] = CHAINS) -> LiveRules:
    """Our part of what iptables-save lists: these chains, each with its table and the chain that jumps to it."""
    live = LiveRules()
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            chain = line[1:].partition(" ")[0]
            if known.get(chain, ("",))[0] == table:
                live.chains.setdefault(chain, [])
        elif line.startswith("-A "):
            chain, _space, rest = line[3:].partition(" ")
            if known.get(chain, ("",))[0] == table:
                live.chains.setdefault(chain, []).append(_parse(rest))
                continue
            ours = rest.rpartition("-j ")[2]
            if known.get(ours) == (table, chain) and _parse(rest) == IptablesRule(
                (f"-j {ours}",), MARK
            ):
                live.jumps[ours] = live.jumps.get(ours, 0) + 1
    return live


def _options(rule: IptablesRule) -> Dict[str, str]:
    """Values by option; one that occurs several times keeps all its values."""
    found: Dict[str, str] = {}
    for option in rule.options:
        words = option.split()
        name = " ".join(words[:2]) if words[0] == "!" else words[0]
        value = " ".join(words[2:] if words[0] == "!" else words[1:])
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def _network(span: str) -> str:
    first, last = (ipaddress.ip_address(text) for text in span.split("-"))
    return ",".join(map(str, ipaddress.summarize_address_range(first, last)))


def _masquerades(rules: List[IptablesRule], netns: Optional[str]) -> Iterator[Masquerade]:
    for rule in rules:
        noted, options = read_device(rule.comment), _options(rule)
        if noted is None or "-s" not in options:
            continue
        kept = tuple(_network(span) for span in options.get("! --dst-range", "").split())
        source = options["-s"]
        excepted = kept[len(TO_MANY[6 if ":" in source else 4]) :]
        yield Masquerade(
            netns,
            source,
            options.get("-o"),
            excepted,
            options.get("--to-source"),
            noted[1],
            noted[0],
        )


def _pieces(rules: List[IptablesRule]) -> Iterator[Piece]:
    for rule in rules:
        note, options = read_note(rule.comment), _options(rule)
        target = _TARGET.fullmatch(options.get("--to-destination", ""))
        if note is None or target is None or not options.get("--dport"):
            continue
        port = int(options["--dport"].partition(":")[0])
        source = _network(options["--src-range"]) if "--src-range" in options else options.get("-s")
        to = options["-d"].partition("/")[0] if "-d" in options else None
        address = target["bracketed"] or target["dotted"] or target["alone"]
        yield Piece(
            note,
            options.get("-i"),
            source,
            to,
            options.get("-p", ""),
            port,
            address,
            int(target["port"] or port),
        )


def _opened(
    rules: List[IptablesRule], netns: Optional[str], family: int
) -> Iterator[ForwardingEnabled]:
    for rule in rules:
        if "-j DROP" in rule.options and rule.comment == MARK:
            yield ForwardingEnabled(netns, family, _options(rule).get("-i", "all"))


def _isolated(chains: IptablesRules, netns: Optional[str]) -> Iterator[Isolation]:
    """The isolated interfaces, with their networks of this family."""
    networks: Dict[str, List[str]] = {}
    for rule in chains.get(IN, []):
        noted, source = read_device(rule.comment), _options(rule).get("-s")
        if noted is not None and noted[1] is not None and source is not None:
            networks.setdefault(noted[1], []).append(source)
    for rule in chains.get(FWD, []):
        mark, _space, word = rule.comment.partition(" ")
        if word == "isolated" and "-o" in _options(rule):
            interface = _options(rule)["-o"]
            yield Isolation(
                netns, interface, tuple(sorted(networks.get(interface, ()))), read_mark(mark)
            )


def _kept(rules: List[IptablesRule], netns: Optional[str]) -> Iterator[SavedSysctl]:
    for rule in rules:
        for setting in SAVED_SYSCTLS:
            if rule.comment == f"{MARK} {setting}":
                yield SavedSysctl(netns, _options(rule).get("-i", ""), setting)


def normalize(rules: IptablesRules) -> Dict[str, List[Tuple[Tuple[str, ...], str]]]:
    """Rules in a form that is the same for what means the same."""
    return {
        chain: [(tuple(sorted(rule.options)), rule.comment) for rule in listed]
        for chain, listed in rules.items()
    }


def parse_resources(
    live: LiveRules, netns: Optional[str], family: int, bridges_filtered: bool
) -> Tuple[Tuple[NatResource, ...], bool]:
    """The things of one family, and whether the chains are exactly what they render."""
    found: List[NatResource] = list(_masquerades(live.chains.get(POST, []), netns))
    found += assemble(netns, _pieces(live.chains.get(PRE, [])))
    guard = live.chains.get(FWD, [])
    found += (*_opened(guard, netns, family), *_isolated(live.chains, netns), *_kept(guard, netns))
    resources = sort_rules(found)
    wanted = render_iptables(resources, family, bridges_filtered)
    return resources, normalize(wanted) == normalize(live.chains) and live.jumps == dict.fromkeys(
        wanted, 1
    )
