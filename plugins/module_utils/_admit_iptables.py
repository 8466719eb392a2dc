# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Letting our traffic through the chains that somebody else filled with iptables: a chain of our own there, and a jump to it.

Docker asks DOCKER-USER before its own rules, ufw its chain for the user's routes; else the jump stands in FORWARD itself. The
rules accept no more than what our own guard lets pass.
"""

from __future__ import annotations

import os
import re
from typing import Dict, FrozenSet, Iterable, Iterator, List, Optional, Sequence, Tuple

from ._errors import Failed
from ._ipt_rules import Rule, Rules, make_rule, ways_out
from ._ipt_things import Live, normal, read
from ._iptables import restore, write_script
from ._model import Admitted, Isolated, Masquerade, NatThing, Obstacle
from ._nat_rules import read_device, write_device
from ._netfilter import legacy_tables
from ._programs import find, run

PROGRAMS = {"iptables": 4, "ip6tables": 6, "iptables-legacy": 4, "ip6tables-legacy": 6}
_CHAINS = {"docker": "REDBLUE-DOCKER", "ufw": "REDBLUE-UFW", "forward": "REDBLUE-FORWARD"}
_PARENTS = {
    4: {"docker": "DOCKER-USER", "ufw": "ufw-user-forward", "forward": "FORWARD"},
    6: {"docker": "DOCKER-USER", "ufw": "ufw6-user-forward", "forward": "FORWARD"},
}
_CATCH_ALL = re.compile(r"^-A FORWARD (?:-m comment --comment \S+ )?-j (?:DROP|REJECT)(?: --reject-with \S+)?$", re.MULTILINE)


def _known(family: int) -> Dict[str, Tuple[str, str]]:
    return {chain: ("filter", _PARENTS[family][firewall]) for firewall, chain in _CHAINS.items()}


def _programs() -> Iterator[str]:
    """The programs that have something to say in this namespace; the older kernel interface besides, where it is in use and not the default."""
    default = os.path.realpath(find("iptables-save") or "")
    legacy = legacy_tables()
    for program, family in PROGRAMS.items():
        if find(f"{program}-save") is None:
            continue
        if not program.endswith("legacy") or (("ip" if family == 4 else "ip6", "filter") in legacy and "legacy" not in default):
            yield program


def _listed(program: str) -> str:
    answer = run(f"{program}-save", [])
    if answer.code:
        if PROGRAMS[program] == 6 and not os.path.exists("/proc/thread-self/net/if_inet6"):
            return ""
        raise Failed(f"{program}-save failed: {answer.complaint}")
    return answer.output


def _filter_of(text: str) -> str:
    return text.partition("*filter\n")[2].partition("\nCOMMIT")[0]


def _drops(rules: str) -> bool:
    return ":FORWARD DROP " in rules or _CATCH_ALL.search(rules) is not None


def _find_places(family: int, rules: str) -> List[str]:
    """The firewalls that can be told here: their chain is there, and asked; FORWARD, where it drops."""
    found = []
    for firewall, parent in _PARENTS[family].items():
        hooked = firewall != "forward" and re.search(rf"^-A \S+ (?:.* )?-j {parent}$", rules, re.MULTILINE)
        if hooked or (firewall == "forward" and _drops(rules)):
            found.append(firewall)
    return found


def survey(tables: Optional[FrozenSet[Tuple[str, str]]]) -> Tuple[Dict[str, List[str]], List[Obstacle]]:
    """Where each firewall can be told, and who drops what is forwarded."""
    del tables
    posts: Dict[str, List[str]] = {}
    obstacles: List[Obstacle] = []
    for program in _programs():
        family, rules = PROGRAMS[program], _filter_of(_listed(program))
        places = _find_places(family, rules)
        for firewall in places:
            posts.setdefault(firewall, []).append(f"{program}:{_PARENTS[family][firewall]}")
        if _drops(rules):
            obstacles.append(Obstacle("ip" if family == 4 else "ip6", f"FORWARD of table filter ({program})", places[0]))
    return posts, obstacles


def _render(things: Sequence[NatThing], firewall: str, family: int) -> List[Rule]:
    """What has to pass: the lab's own traffic, what it sends, and the answers to that; what is forwarded into it.

    Our own guard may stand behind this chain, so nothing is accepted here that it would drop.
    """
    admitted = [thing for thing in things if isinstance(thing, Admitted) and thing.firewall == firewall]
    isolated = [thing for thing in things if isinstance(thing, Isolated)]
    rules = []
    for one in admitted:
        comment, name = write_device(one), one.interface
        inside = [name, *(other.interface for other in isolated if other.owner == one.owner and other.interface != name)]
        rules += [make_rule(f"-i {name}", f"-o {other}", "-j ACCEPT", comment=comment) for other in inside]
        rules.append(make_rule(f"-i {name}", "--ctstate RELATED,ESTABLISHED", "-j ACCEPT", comment=comment))
        rules.append(make_rule(f"-o {name}", "--ctstate RELATED,ESTABLISHED,DNAT", "-j ACCEPT", comment=comment))
    for one in admitted:
        comment, name = write_device(one), one.interface
        sent = [thing for thing in things if isinstance(thing, Masquerade) and thing.device == name and thing.family == family]
        closed = [other.interface for other in isolated if other.owner != one.owner] if sent else []
        rules += [make_rule(f"-i {name}", f"-o {other}", "-j RETURN", comment=comment) for other in closed]
        rules += [make_rule(f"-i {name}", f"-s {thing.source}", ways_out(thing), "-j ACCEPT", comment=comment) for thing in sent]
    return rules


def _wanted(things: Sequence[NatThing], program: str) -> Rules:
    family = PROGRAMS[program]
    told = {thing.firewall for thing in things if isinstance(thing, Admitted) for post in thing.posts if post.startswith(f"{program}:")}
    return {_CHAINS[firewall]: _render(things, firewall, family) for firewall in _CHAINS if firewall in told}


def observe(netns: Optional[str], things: Sequence[NatThing], tables: Optional[FrozenSet[Tuple[str, str]]]) -> List[Admitted]:
    """Who is let through where. A post of which not all rules stand does not count."""
    del tables
    found: List[Admitted] = []
    for program in _programs():
        family, text = PROGRAMS[program], _listed(program)
        live = read(text, _known(family)) if any(chain in text for chain in _CHAINS.values()) else Live()
        for firewall, chain in _CHAINS.items():
            noted = dict.fromkeys(filter(None, (read_device(rule.comment) for rule in live.chains.get(chain, ()))))
            post = f"{program}:{_PARENTS[family][firewall]}"
            told = [Admitted(netns, device, firewall, (post,), owner) for owner, device in noted if device is not None]
            wanted = {chain: _render([*things, *told], firewall, family)}
            whole = normal(wanted) == normal({chain: live.chains.get(chain, [])}) and live.jumps.get(chain) == 1
            found += told if whole else [Admitted(netns, one.interface, firewall, (), one.owner) for one in told]
    return found


def replace(before: Sequence[NatThing], after: Sequence[NatThing], tables: Optional[FrozenSet[Tuple[str, str]]]) -> None:
    """Make our chains what they shall be, whatever is there now."""
    del before, tables
    for program in _programs():
        live = read(_listed(program), _known(PROGRAMS[program]))
        script = write_script(live, _wanted(after, program), _known(PROGRAMS[program]))
        if script:
            restore(program, script)


def commands(before: Sequence[NatThing], after: Sequence[NatThing], prefix: str) -> Iterable[str]:
    """The same, as a person would type it into bash."""
    for program, family in PROGRAMS.items():
        there, wanted = _wanted(before, program), _wanted(after, program)
        script = "" if there == wanted else write_script(Live(there, dict.fromkeys(there, 1)), wanted, _known(family))
        if script:
            yield f"{prefix}{program}-restore -w --noflush <<'EOF'\n{script}EOF"
