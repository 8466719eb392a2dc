# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the rules that iptables-save and its variants print."""

from __future__ import annotations

import re
import shlex
from shlex import quote
from typing import TYPE_CHECKING

from ..._firewall.listing import IPTABLES_FAMILIES, Listing
from ..._model.lazy_pattern import compile_lazily
from .alterations import Alteration, Rule, iptables_effect, walk
from .mark_changes import find_iptables_mark_changes
from .rules import UNKNOWN, FirewallRule, Hook, Match, PacketFilters

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOOKS = {
    "PREROUTING": "prerouting",
    "INPUT": "input",
    "FORWARD": "forward",
    "OUTPUT": "output",
    "POSTROUTING": "postrouting",
}
_OWN_PREFIX = "REDBLUE-"
_FIELDS = {
    "-i": "input_link",
    "-o": "output_link",
    "-s": "source",
    "-d": "destination",
    "-p": "protocol",
    "--ctstate": "state",
    "--state": "state",
}
_LOADED_ONLY = ("comment", "conntrack", "state", "tcp", "udp")
"""Match extensions that are no condition by themselves; their options are."""
_VERDICTS = {
    "ACCEPT": "accept",
    "DROP": "drop",
    "REJECT": "drop",
    "RETURN": "return",
    "QUEUE": "queue",
    "NFQUEUE": "queue",
}
_TABLE = compile_lazily(r"^\*(\S+)\n(.*?)^COMMIT$", re.MULTILINE | re.DOTALL)
Chains = dict[str, list[FirewallRule]]
"""The rules of a table by chain."""
_DOCKER_USER_JUMP = compile_lazily(r"^-A \S+ (?:.* )?-j DOCKER-USER$", re.MULTILINE)


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _read_match(option: str, value: str, negated: bool) -> Match:
    is_state = option.endswith("state")
    values = tuple(value.lower().split(",")) if is_state else (value,)
    return Match(_FIELDS[option], values, negated)


def _read_rule(line: str) -> FirewallRule:
    _append, chain, *arguments = _split(line)
    remaining = iter(arguments)
    matches: list[Match] = []
    negated, verdict, target = False, "", ""
    for word in remaining:
        if word in ("-j", "-g"):
            target = next(remaining, "")
            verdict = _VERDICTS.get(target, "jump" if word == "-j" else "goto")
            break
        if word in _FIELDS:
            matches.append(_read_match(word, next(remaining, ""), negated))
        elif word == "--comment":
            next(remaining, "")
        elif word == "-m":
            if next(remaining, "") not in _LOADED_ONLY:
                matches.append(UNKNOWN)
        elif word != "!":
            matches.append(UNKNOWN)
        negated = word == "!"
    return FirewallRule(chain, line, tuple(dict.fromkeys(matches)), verdict, target)


def read_chains(text: str) -> Chains:
    """All rules of a table by chain.

    :param text: the lines of the table from iptables-save.
    """
    names = re.findall(r"^:(\S+) ", text, re.MULTILINE)
    chains: Chains = {name: [] for name in names}
    for line in text.splitlines():
        if line.startswith("-A "):
            rule = _read_rule(line)
            chains.setdefault(rule.chain, []).append(rule)
    return chains


def select_verdicts(chains: Chains) -> Chains:
    """What decides about packets, without what this collection drops.

    A jump to a target that is not a chain, such as LOG, is left out.
    """
    return {
        name: [
            rule
            for rule in rules
            if not (rule.verdict == "drop" and name.startswith(_OWN_PREFIX))
            and (rule.verdict not in ("jump", "goto") or rule.target in chains)
        ]
        for name, rules in chains.items()
    }


def _identify_firewall(text: str) -> str:
    """The value of option integrate for the program that wrote a table."""
    if "-j DOCKER-USER" in text:
        return "docker"
    if "ufw-user-forward" in text or "ufw6-user-forward" in text:
        return "ufw"
    return "forward"


def _read_hooks(program: str, table: str, text: str, chains: Chains) -> Iterator[Hook]:
    chains = select_verdicts(chains)
    for base, hook in _HOOKS.items():
        if base in chains:
            yield Hook(
                program,
                table,
                base,
                hook,
                (IPTABLES_FAMILIES[program],),
                f":{base} DROP " in text,
                chains,
                _identify_firewall(text),
            )


def _find_alterations(program: str, table: str, read: Chains) -> Iterator[Alteration]:
    """The rules of others that change packets before their route is looked up."""
    chains: dict[str, list[Rule]] = {}
    for name, rules in read.items():
        for rule in () if name.startswith(_OWN_PREFIX) else rules:
            words, mark = iptables_effect(rule.text) or ("", None)
            remedy = f"{program} -t {table} -D{rule.text[2:]}"
            chains.setdefault(name, []).append(
                Rule(rule.text, rule.matches, rule.target, words, mark, remedy)
            )
    for base in ("PREROUTING", "FORWARD", "OUTPUT"):
        for chain, found, matches in walk(chains, base):
            yield Alteration(
                f"chain {chain} of table {table} ({program})",
                found.text,
                _HOOKS[base],
                (IPTABLES_FAMILIES[program],),
                matches,
                found.effect,
                found.mark,
                f"{program} -t {table} -S {quote(chain)}",
                found.remedy,
            )


def read_iptables(listing: Listing, filters: PacketFilters) -> None:
    """Add the base chains that can drop packets, in the order in which they are listed."""
    for program in listing.iptables_programs:
        for table, text in _TABLE.findall(listing.iptables_save(program)):
            if table == "mangle":
                filters.mark_changes += find_iptables_mark_changes(program, text)
            chains = read_chains(text)
            filters.alterations += _find_alterations(program, table, chains)
            hooks = _read_hooks(program, table, text, chains)
            filters.hooks += [hook for hook in hooks if hook.can_drop()]
            has_docker_user = table == "filter" and ":DOCKER-USER " in text
            if has_docker_user and not _DOCKER_USER_JUMP.search(text):
                filters.unhooked_docker_user.append(program)
