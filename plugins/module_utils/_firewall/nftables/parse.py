# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads NAT resources from our nftables table; render.py goes back. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ..._model import nat
from ..._model.errors import Refused
from ..._model.host_access import ESTABLISHED, ICMP, HostAccess, order_allowed
from ..._model.lazy_pattern import compile_lazily
from ..._model.ownership import read_mark
from ..._model.rulesets import sort_rules
from ..comments import read_dnat_note, read_interface_note
from ..dnat import DnatFragment, join_fragments
from ..resources import FAMILIES, NEVER_MASQUERADED, ParsedRules
from .builder import HOST_ACCESS_SETS, ISOLATED_SET, SYSCTL_SETS
from .table import PROTOCOL_NUMBERS, NftRule, NftTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.resources import NatResource
    from .render import TableRenderer

_PROTOCOLS = {number: name for name, number in PROTOCOL_NUMBERS.items()}
_MASQUERADE = compile_lazily(
    r"ip6? saddr (?P<source>\S+)(?P<excluded>(?: ip6? daddr != \S+)*)"
    r"(?: oifname(?P<negated> !=)? \"(?P<out>[^\"]+)\")?"
    r" (?:masquerade|snat ip6? to (?P<to>\S+)|(?P<untranslated>accept))"
)
_DNAT_WITH_SOURCE = compile_lazily(
    r"(?:iifname (?P<negated>!= )?\"(?P<interface>[^\"]+)\" )?ip6? saddr (?P<source>\S+)"
    r" (?:ip6? daddr (?P<destination>[^!\s]+)|fib daddr type local ip6? daddr != \S+)"
    r" (?P<protocol>tcp|udp|sctp) dport (?P<port>[0-9]+)(?:-[0-9]+)?(?: counter)?"
    r" dnat ip6? to (?P<target>\S+)"
)
_ALLOWED_OF_HOST = compile_lazily(
    r"iifname @(?P<set>\S+) (?:(?P<protocol>tcp|udp|sctp) dport (?P<ports>[0-9]+(?:-[0-9]+)?)"
    r"|(?P<reply>ct direction reply ct state established)|(?P<echo>icmp type echo-request)) accept"
)
_JOINED = compile_lazily(r"iifname \"([^\"]+)\"")
_TARGET_WITH_PORT = compile_lazily(r"\[(.+)\]:([0-9]+)|([0-9.]+):([0-9]+)")

# The elements of a range of ports have the same note.
_read_dnat_note = lru_cache(maxsize=None)(read_dnat_note)


def _with_length(network: str) -> str:
    """Return a network with its length, which nft does not list for a single host."""
    return network if "/" in network else f"{network}/{128 if ':' in network else 32}"


def _read_masquerade(netns: str | None, rule: NftRule) -> nat.Masquerade | None:
    note = read_interface_note(rule.comment)
    found = _MASQUERADE.fullmatch(" ".join(rule.statements))
    if note is None or found is None:
        return None
    source = _with_length(found["source"])
    excluded = list(map(_with_length, re.findall(r"!= (\S+)", found["excluded"])))
    # The rule first excludes the source network itself and what is never masqueraded.
    always_excluded = 1 + len(NEVER_MASQUERADED[6 if ":" in source else 4])
    return nat.Masquerade(
        netns,
        source,
        out_interface=None if found["negated"] else found["out"],
        destination_except=tuple(excluded[always_excluded:]),
        to_source=found["to"],
        translated=not found["untranslated"],
        device=note.interface,
        owner=note.owner,
    )


def _read_masquerades(table: NftTable, netns: str | None) -> Iterator[nat.Masquerade]:
    for rule in table.rules_of("postrouting"):
        masquerade = _read_masquerade(netns, rule)
        if masquerade is not None:
            yield masquerade


def _split_target(text: str) -> tuple[str, int | None]:
    found = _TARGET_WITH_PORT.fullmatch(text)
    if found is None:
        return text, None
    return found[1] or found[3], int(found[2] or found[4])


def read_forward_rule(rule: NftRule) -> DnatFragment | None:
    """Read a rule that forwards ports for some sources; ``None`` for any other rule."""
    note = _read_dnat_note(rule.comment)
    found = _DNAT_WITH_SOURCE.fullmatch(" ".join(rule.statements))
    if note is None or found is None:
        return None
    port = int(found["port"])
    address, to_port = _split_target(found["target"])
    return DnatFragment(
        note,
        in_interface=None if found["negated"] else found["interface"],
        source=_with_length(found["source"]),
        destination=found["destination"],
        protocol=found["protocol"],
        first_port=port,
        to_address=address,
        to_port=port if to_port is None else to_port,
    )


def _fragments_from_rules(table: NftTable) -> Iterator[DnatFragment]:
    return filter(None, map(read_forward_rule, table.rules_of("prerouting")))


def _fragments_from_maps(table: NftTable) -> Iterator[DnatFragment]:
    for family in FAMILIES:
        for suffix in ("_in_to", "_to", "_in", ""):
            elements = table.elements_of(f"forward{family}{suffix}")
            for key, (data, comment) in elements.items():
                note = _read_dnat_note(comment)
                if note is None:
                    continue
                yield DnatFragment(
                    note,
                    in_interface=key[0] if "_in" in suffix else None,
                    source=None,
                    destination=key[-3] if "_to" in suffix else None,
                    protocol=_PROTOCOLS.get(key[-2], key[-2]),
                    first_port=int(key[-1]),
                    to_address=data[0],
                    to_port=int(data[1]),
                )


def _read_forwarding(table: NftTable, netns: str | None) -> Iterator[nat.ForwardingEnabled]:
    for family in FAMILIES:
        for (interface,) in table.elements_of(f"opened{family}"):
            yield nat.ForwardingEnabled(netns, family, interface)
        drop_all = (f"meta nfproto ipv{family}", "drop")
        if any(rule.statements == drop_all for rule in table.rules_of("forward")):
            yield nat.ForwardingEnabled(netns, family, "all")


def _read_isolations(table: NftTable, netns: str | None) -> Iterator[nat.Isolation]:
    networks: dict[str, list[str]] = {}
    for family in FAMILIES:
        for interface, address, length in table.elements_of(f"lab_networks{family}"):
            networks.setdefault(interface, []).append(f"{address}/{length}")
    joined, untracked = _read_joined(table, "spoofed"), _read_joined(table, "untracked")
    for (interface,), element in table.elements_of(ISOLATED_SET).items():
        yield nat.Isolation(
            netns,
            interface,
            tuple(sorted(networks.get(interface, ()))),
            read_mark(element.comment),
            joined=tuple(sorted(joined.get(interface, set()) - {interface})),
            untracked=tuple(sorted(untracked.get(interface, ()))),
        )


def _read_joined(table: NftTable, chain: str) -> dict[str, set[str]]:
    """Return the interfaces on the Ethernet segment of each isolated one that a chain names."""
    joined: dict[str, set[str]] = {}
    for rule in table.rules_of(chain):
        note = read_interface_note(rule.comment)
        found = _JOINED.fullmatch(rule.statements[0])
        if note is not None and note.interface is not None and found is not None:
            joined.setdefault(note.interface, set()).add(found[1])
    return joined


def _read_host_accesses(table: NftTable, netns: str | None) -> Iterator[HostAccess]:
    allowed: dict[str, list[str]] = {}
    for rule in table.rules_of("host_access"):
        found = _ALLOWED_OF_HOST.fullmatch(" ".join(rule.statements))
        if found is not None:
            words = allowed.setdefault(found["set"], [])
            words.append(f"{found['ports']}/{found['protocol']}" if found["ports"] else "")
            words.append(ESTABLISHED if found["reply"] else ICMP if found["echo"] else "")
    for name in table.sets:
        if name.startswith(HOST_ACCESS_SETS):
            words_of_set = order_allowed(filter(None, allowed.get(name, ())))
            for (interface,), element in table.elements_of(name).items():
                yield HostAccess(netns, interface, words_of_set, read_mark(element.comment))


def _read_saved_sysctls(table: NftTable, netns: str | None) -> Iterator[nat.SavedSysctl]:
    for setting, name in SYSCTL_SETS.items():
        for (interface,) in table.elements_of(name):
            yield nat.SavedSysctl(netns, interface, setting)


def parse_resources(table: NftTable, netns: str | None, renderer: TableRenderer) -> ParsedRules:
    """Read the resources from a table."""
    known = renderer.find_resources(table, netns)
    if known is not None:
        return ParsedRules(known, complete=True)
    found: list[NatResource] = [*_read_masquerades(table, netns)]
    found += join_fragments(netns, (*_fragments_from_rules(table), *_fragments_from_maps(table)))
    found += _read_forwarding(table, netns)
    found += _read_isolations(table, netns)
    found += _read_host_accesses(table, netns)
    found += _read_saved_sysctls(table, netns)
    resources = sort_rules(found)
    try:
        complete = renderer.render(resources) == table
    except Refused:
        complete = False
    return ParsedRules(resources, complete)
