# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every iptables saves, as rules. What ours drop they are there to drop."""

from __future__ import annotations

import re
import shlex
from typing import Dict, Iterator, List

from ..._firewall.listing import IPTABLES_FAMILIES, Listing
from .rules import OTHER, Filters, FirewallRule, Hook, Match

_HOOKS = {
    "PREROUTING": "prerouting",
    "INPUT": "input",
    "FORWARD": "forward",
    "OUTPUT": "output",
    "POSTROUTING": "postrouting",
}
_OURS = "REDBLUE-"
_LIMITS = {
    "-i": "came_by",
    "-o": "leaves_by",
    "-s": "source",
    "-d": "to",
    "-p": "protocol",
    "--ctstate": "state",
    "--state": "state",
}
_SILENT = ("comment", "conntrack", "state", "tcp", "udp")
"""Matches that are in what is said to them, and are no limit by themselves."""
_VERDICTS = {
    "ACCEPT": "accept",
    "DROP": "drop",
    "REJECT": "drop",
    "RETURN": "return",
    "QUEUE": "queue",
    "NFQUEUE": "queue",
}
_TABLE = re.compile(r"^\*(\S+)\n(.*?)^COMMIT$", re.MULTILINE | re.DOTALL)


def _words_of(line: str) -> List[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _read_rule(line: str) -> FirewallRule:
    _append, chain, *words = _words_of(line)
    left = iter(words)
    matches: List[Match] = []
    negated, verdict, target = False, "", ""
    for word in left:
        if word in ("-j", "-g"):
            target = next(left, "")
            verdict = _VERDICTS.get(target, "jump" if word == "-j" else "goto")
            break
        if word in _LIMITS:
            value = next(left, "")
            matches.append(
                Match(
                    _LIMITS[word],
                    tuple(value.lower().split(",")) if word.endswith("state") else (value,),
                    negated,
                )
            )
        elif word == "--comment" or word == "-m":
            value = next(left, "")
            matches += [OTHER] if word == "-m" and value not in _SILENT else []
        elif word != "!":
            matches.append(OTHER)
        negated = word == "!"
    return FirewallRule(chain, line, tuple(dict.fromkeys(matches)), verdict, target)


def read_chains(text: str) -> Dict[str, List[FirewallRule]]:
    """By chain the rules that a table was saved with."""
    chains: Dict[str, List[FirewallRule]] = {
        name: [] for name in re.findall(r"^:(\S+) ", text, re.MULTILINE)
    }
    for rule in (_read_rule(line) for line in text.splitlines() if line.startswith("-A ")):
        ours = rule.verdict == "drop" and rule.chain.startswith(_OURS)
        if not ours and (rule.verdict not in ("jump", "goto") or rule.target in chains):
            chains.setdefault(rule.chain, []).append(rule)
    return chains


def _firewall(text: str) -> str:
    return (
        "docker"
        if "-j DOCKER-USER" in text
        else "ufw"
        if "ufw-user-forward" in text or "ufw6-user-forward" in text
        else "forward"
    )


def _hooks_of(program: str, table: str, text: str) -> Iterator[Hook]:
    chains = read_chains(text)
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
                _firewall(text),
            )


def read_iptables(listing: Listing, filters: Filters) -> None:
    """All that can drop, in the order in which it was saved."""
    for program in listing.iptables_programs:
        for table, text in _TABLE.findall(listing.iptables_save(program)):
            filters.hooks += [hook for hook in _hooks_of(program, table, text) if hook.can_drop()]
            if (
                table == "filter"
                and ":DOCKER-USER " in text
                and not re.search(r"^-A \S+ (?:.* )?-j DOCKER-USER$", text, re.MULTILINE)
            ):
                filters.unhooked.append(program)
