# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the rules that translate addresses from what iptables-save lists. Pure."""

from __future__ import annotations

import ipaddress
import re
import shlex
from typing import TYPE_CHECKING

from ..._model.foreign_forwards import Packets
from ..._model.lazy_pattern import compile_lazily
from ..listing import IPTABLES_FAMILIES
from ..networks import networks_of_range
from .rules import ALWAYS, NEVER, SHARE, UNKNOWN, Chains, Condition, ForeignRule, ForeignTable

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN_PREFIX = "REDBLUE-"
_TRANSLATIONS = {"nat": ("DNAT", "REDIRECT", "NETMAP"), "mangle": ("TPROXY",)}
"""The targets that take packets, by table. TPROXY hands them to a program of the host."""
_VERDICTS = {"ACCEPT": "accept", "DROP": "accept", "RETURN": "return"}
_WITHOUT_CONDITION = (
    *("--comment", "--syn"),
    # Options of the extension recent; --rcheck, --update and --remove are its conditions.
    *("--set", "--name", "--mask", "--rsource", "--rdest", "--seconds", "--reap", "--hitcount"),
)
_SHARES = ("--probability", "--mode", "--every", "--packet")
_PORTS = ("--dport", "--dports", "--ports", "--ctorigdstport")
"""Options for the port of the destination. The other ones of --ports are those of clients."""
_LOADED_ONLY = (
    *("addrtype", "comment", "conntrack", "iprange", "multiport", "recent", "state", "statistic"),
    *("sctp", "tcp", "udp"),
)
"""Match extensions that are no condition by themselves; their options are."""
_PROTOCOL_NUMBERS = {"6": "tcp", "17": "udp", "132": "sctp"}
_COMMENT = compile_lazily(r'--comment (?:"(?:[^"\\]|\\.)*"|\S+) ')
_TABLE = compile_lazily(r"^\*(nat|mangle)\n(.*?)^COMMIT$", re.MULTILINE | re.DOTALL)


def read_iptables_tables(program: str, saved: str) -> Iterator[ForeignTable]:
    """Return the tables of a program of iptables that take packets.

    :param saved: the output of the program's iptables-save.
    """
    for table, text in _TABLE.findall(saved):
        targets = _TRANSLATIONS[table]
        if any(f" -j {target}" in text for target in targets):
            packets = Packets(family=IPTABLES_FAMILIES[program])
            chains = _read_chains(text, targets)
            yield ForeignTable(f"table {table} ({program})", packets, ("PREROUTING",), chains)


def _read_chains(text: str, translations: tuple[str, ...]) -> Chains:
    chains: Chains = {name: [] for name in re.findall(r"^:(\S+) ", text, re.MULTILINE)}
    for line in text.splitlines():
        if line.startswith("-A "):
            chain, rule = _read_rule(line, chains, translations)
            if rule is not None and not chain.startswith(_OWN_PREFIX):
                chains.setdefault(chain, []).append(rule)
    return chains


def _split(line: str) -> list[str]:
    if '"' in line:
        # A cluster has thousands of rules with comments, and shlex is slow.
        line = _COMMENT.sub("", line)
    if '"' not in line:
        return line.split()
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _read_rule(
    line: str, chains: Chains, translations: tuple[str, ...]
) -> tuple[str, ForeignRule | None]:
    """Return the chain of a rule, and the rule; None if it does nothing to the packets."""
    _append, chain, *words = _split(line)
    conditions: list[Condition] = []
    for option, values, negated in _split_options(words):
        if option in ("-j", "-g"):
            target = values[0] if values else ""
            if target in translations:
                return chain, ForeignRule(tuple(conditions), "translate")
            return chain, _make_rule(tuple(conditions), option, target, chains)
        condition = _read_condition(option, values, negated)
        if condition is not ALWAYS:
            conditions.append(condition)
    return chain, None


def _split_options(words: list[str]) -> Iterator[tuple[str, list[str], bool]]:
    """Return each option with its values, and whether it is negated."""
    index, negated = 0, False
    while index < len(words):
        if words[index] == "!":
            negated, index = True, index + 1
            continue
        start = index
        index += 1
        while index < len(words) and words[index] != "!" and not words[index].startswith("-"):
            index += 1
        yield words[start], words[start + 1 : index], negated
        negated = False


def _make_rule(
    conditions: tuple[Condition, ...], option: str, target: str, chains: Chains
) -> ForeignRule | None:
    if target in _VERDICTS:
        return ForeignRule(conditions, _VERDICTS[target])
    if target in chains and not target.startswith(_OWN_PREFIX):
        return ForeignRule(conditions, "jump" if option == "-j" else "goto", target)
    return None


def _read_condition(option: str, values: list[str], negated: bool) -> Condition:
    value = values[0] if values else ""
    if option == "-m":
        return ALWAYS if value in _LOADED_ONLY else UNKNOWN
    if option in (*_WITHOUT_CONDITION, *_SHARES):
        return SHARE if option in _SHARES else ALWAYS
    if option in ("--dst-type", "--ctstate", "--state"):
        wanted = "LOCAL" if option == "--dst-type" else "NEW"
        return ALWAYS if (wanted in value.split(",")) is not negated else NEVER
    if option == "--tcp-flags":
        return UNKNOWN if negated or values[-1] != "SYN" else ALWAYS
    try:
        alternatives = _read_alternatives(option, value)
    except ValueError:
        return UNKNOWN
    return UNKNOWN if alternatives is None else Condition(alternatives, negated)


def _read_alternatives(option: str, value: str) -> tuple[Packets, ...] | None:
    """Return the packets that an option matches; None if that cannot be told."""
    if option == "-p":
        protocol = _PROTOCOL_NUMBERS.get(value, value)
        return (Packets(protocol="" if protocol in ("all", "0") else protocol),)
    if option == "-i":
        return (Packets(interface=f"{value[:-1]}*" if value.endswith("+") else value),)
    if option in _PORTS:
        return tuple(_read_ports(value))
    if option in ("-d", "-s", "--dst-range", "--src-range"):
        networks = tuple(_read_networks(value))
        if option in ("-d", "--dst-range"):
            return tuple(Packets(destination=network) for network in networks)
        return tuple(Packets(source=network) for network in networks)
    return None


def _read_ports(value: str) -> Iterator[Packets]:
    for span in value.split(","):
        first, _colon, last = span.partition(":")
        yield Packets(ports=(int(first), int(last or first)))


def _read_networks(value: str) -> Iterator[str]:
    """Return the networks of an address, of one with a mask, or of a range FIRST-LAST."""
    first, dash, last = value.partition("-")
    if dash:
        yield from networks_of_range(first, last)
    else:
        yield str(ipaddress.ip_network(value, strict=False))
