# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From our nftables table, as it is live, back to NAT things. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Dict, Iterator, List, Optional, Tuple

from ..._model.errors import Refused
from ..._model.nat import (
    ForwardingEnabled,
    Isolation,
    Masquerade,
    NatResource,
    Ruleset,
    SavedSysctl,
)
from ..._model.ownership import read_mark
from ..._model.rulesets import sort_rules
from ..comments import read_device, read_note
from ..dnat import FAMILIES, TO_MANY, Piece, assemble
from .builder import INSIDE, RECORDS
from .render import recall, render_nft
from .table import NUMBERS, NftRule, Table

_NAMES = {number: name for name, number in NUMBERS.items()}
_MASQUERADE = re.compile(
    r"ip6? saddr (?P<source>\S+)(?P<kept>(?: ip6? daddr != \S+)*)(?: oifname(?P<but> !=)? \"(?P<out>[^\"]+)\")? (?:masquerade|snat ip6? to (?P<to>\S+))"
)
_SOURCED = re.compile(
    r"(?:iifname (?P<not>!= )?\"(?P<iif>[^\"]+)\" )?ip6? saddr (?P<source>\S+) (?:ip6? daddr (?P<to>[^!\s]+)|fib daddr type local ip6? daddr != \S+)"
    r" (?P<protocol>tcp|udp|sctp) dport (?P<port>[0-9]+)(?:-[0-9]+)? dnat ip6? to (?P<target>\S+)"
)

_note = lru_cache(maxsize=None)(read_note)


def full(network: str) -> str:
    """A network with its length, which nft leaves out for one host."""
    return network if "/" in network else f"{network}/{128 if ':' in network else 32}"


def _read_masquerade(netns: Optional[str], rule: NftRule) -> Optional[Masquerade]:
    noted, found = read_device(rule.comment), _MASQUERADE.fullmatch(" ".join(rule.parts))
    if noted is None or found is None:
        return None
    kept = re.findall(r"!= (\S+)", found["kept"])
    source = full(found["source"])
    excepted = tuple(map(full, kept[1 + len(TO_MANY[6 if ":" in source else 4]) :]))
    return Masquerade(
        netns,
        source,
        None if found["but"] else found["out"],
        excepted,
        found["to"],
        noted[1],
        noted[0],
    )


def _target(text: str) -> Tuple[str, Optional[int]]:
    bracketed = re.fullmatch(r"\[(.+)\]:([0-9]+)|([0-9.]+):([0-9]+)", text)
    if bracketed is None:
        return text, None
    return bracketed[1] or bracketed[3], int(bracketed[2] or bracketed[4])


def _sourced_pieces(table: Table) -> Iterator[Piece]:
    for rule in table.chains["prerouting"].rules if "prerouting" in table.chains else ():
        note, found = _note(rule.comment), _SOURCED.fullmatch(" ".join(rule.parts))
        if note is not None and found is not None:
            port = int(found["port"])
            address, to_port = _target(found["target"])
            came_by = None if found["not"] else found["iif"]
            yield Piece(
                note,
                came_by,
                full(found["source"]),
                found["to"],
                found["protocol"],
                port,
                address,
                port if to_port is None else to_port,
            )


def _mapped_pieces(table: Table) -> Iterator[Piece]:
    for family in FAMILIES:
        for shape in ("_in_to", "_to", "_in", ""):
            known = table.sets.get(f"forward{family}{shape}")
            for key, (data, comment) in known.elements.items() if known else ():
                note = _note(comment)
                if note is None:
                    continue
                came_by = key[0] if "_in" in shape else None
                to = key[-3] if "_to" in shape else None
                yield Piece(
                    note,
                    came_by,
                    None,
                    to,
                    _NAMES.get(key[-2], key[-2]),
                    int(key[-1]),
                    data[0],
                    int(data[1]),
                )


def _opened(table: Table, netns: Optional[str]) -> Iterator[ForwardingEnabled]:
    rules = table.chains["forward"].rules if "forward" in table.chains else ()
    for family in FAMILIES:
        known = table.sets.get(f"opened{family}")
        for (interface,) in known.elements if known else ():
            yield ForwardingEnabled(netns, family, interface)
        if any(rule.parts == (f"meta nfproto ipv{family}", "drop") for rule in rules):
            yield ForwardingEnabled(netns, family, "all")


def _isolated(table: Table, netns: Optional[str]) -> Iterator[Isolation]:
    networks: Dict[str, List[str]] = {}
    for family in FAMILIES:
        known = table.sets.get(f"networks{family}")
        for (network,), element in known.elements.items() if known else ():
            noted = read_device(element.comment)
            if noted is not None and noted[1] is not None:
                networks.setdefault(noted[1], []).append(full(network))
    inside = table.sets.get(INSIDE)
    for (interface,), element in inside.elements.items() if inside else ():
        yield Isolation(
            netns, interface, tuple(sorted(networks.get(interface, ()))), read_mark(element.comment)
        )


def _kept(table: Table, netns: Optional[str]) -> Iterator[SavedSysctl]:
    for setting, name in RECORDS.items():
        known = table.sets.get(name)
        for (interface,) in known.elements if known else ():
            yield SavedSysctl(netns, interface, setting)


def parse_resources(table: Table, netns: Optional[str]) -> Ruleset:
    """The things that a live table holds, damaged when they would make another table than this."""
    known = recall(table, netns)
    if known is not None:
        return Ruleset("nftables", known)
    postrouting = table.chains["postrouting"].rules if "postrouting" in table.chains else []
    found: List[NatResource] = [
        resource for resource in (_read_masquerade(netns, rule) for rule in postrouting) if resource
    ]
    found += assemble(netns, (*_sourced_pieces(table), *_mapped_pieces(table)))
    found += (*_opened(table, netns), *_isolated(table, netns), *_kept(table, netns))
    resources = sort_rules(found)
    try:
        whole = render_nft(resources) == table
    except Refused:
        whole = False
    return Ruleset("nftables", resources, damaged=not whole)
