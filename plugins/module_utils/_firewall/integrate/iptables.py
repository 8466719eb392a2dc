# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Letting our traffic through the chains that somebody else filled with iptables: a chain of our own there, and a jump to it.

Docker asks DOCKER-USER before its own rules, ufw its chain for the user's routes; else the jump stands in FORWARD itself. The
rules accept no more than what our own guard lets pass.
"""

from __future__ import annotations

import re
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ..._model.nat import BlockingChain, IntegratedFirewall, Isolation, Masquerade, NatResource
from ..comments import read_device, write_device
from ..iptables.backend import write_script
from ..iptables.parse import LiveRules, normalize, read_iptables_rules
from ..iptables.programs import restore
from ..iptables.render import IptablesRule, IptablesRules, make_rule, ways_out
from ..listing import IPTABLES, Listing


class Gate(NamedTuple):
    """A chain of ours, and the one of theirs that is to jump to it."""

    firewall: str
    chain: str
    parent: str


_GATES = (
    Gate("docker", "REDBLUE-DOCKER", "DOCKER-USER"),
    Gate("docker", "REDBLUE-DOCKER-FWD", "FORWARD"),
    Gate("ufw", "REDBLUE-UFW", "ufw-user-forward"),
    Gate("forward", "REDBLUE-FORWARD", "FORWARD"),
)
_CATCH_ALL = re.compile(
    r"^-A FORWARD (?:-m comment --comment \S+ )?-j (?:DROP|REJECT)(?: --reject-with \S+)?$",
    re.MULTILINE,
)


def _gates(program: str) -> Tuple[Gate, ...]:
    """Those of a program; ufw names its chains by the family."""
    return (
        _GATES
        if IPTABLES[program] == 4
        else tuple(gate._replace(parent=gate.parent.replace("ufw-", "ufw6-")) for gate in _GATES)
    )


def _known(program: str) -> Dict[str, Tuple[str, str]]:
    return {gate.chain: ("filter", gate.parent) for gate in _gates(program)}


def _filter_of(text: str) -> str:
    return text.partition("*filter\n")[2].partition("\nCOMMIT")[0]


def _drops(rules: str) -> bool:
    return ":FORWARD DROP " in rules or _CATCH_ALL.search(rules) is not None


def _asked(rules: str, chain: str) -> bool:
    return re.search(rf"^-A \S+ (?:.* )?-j {chain}$", rules, re.MULTILINE) is not None


def _find_gates(program: str, rules: str) -> List[Gate]:
    """Where one can be let through here. Docker before version 23 drops IPv6 too and has no chain for its users there."""
    bare_docker = _asked(rules, "DOCKER-ISOLATION-STAGE-1") and not _asked(rules, "DOCKER-USER")
    found = []
    for gate in _gates(program):
        if gate.parent != "FORWARD":
            usable = _asked(rules, gate.parent)
        else:
            usable = _drops(rules) and (gate.firewall != "docker" or bare_docker)
        found += [gate] if usable else []
    return found


def survey(listing: Listing) -> Tuple[Dict[str, List[str]], List[BlockingChain]]:
    """Where each firewall can be told, and who drops what is forwarded."""
    posts: Dict[str, List[str]] = {}
    obstacles: List[BlockingChain] = []
    for program in listing.iptables:
        rules = _filter_of(listing.saved(program))
        gates = _find_gates(program, rules)
        for gate in gates:
            posts.setdefault(gate.firewall, []).append(f"{program}:{gate.parent}")
        if _drops(rules):
            obstacles.append(
                BlockingChain(
                    "ip" if IPTABLES[program] == 4 else "ip6",
                    f"FORWARD of table filter ({program})",
                    gates[0].firewall,
                )
            )
    return posts, obstacles


def _render(resources: Sequence[NatResource], firewall: str, family: int) -> List[IptablesRule]:
    """What has to pass: the lab's own traffic, what it sends, and the answers to that; what is forwarded into it.

    Our own guard may stand behind this chain, so nothing is accepted here that it would drop.
    """
    admitted = [
        resource
        for resource in resources
        if isinstance(resource, IntegratedFirewall) and resource.firewall == firewall
    ]
    isolated = [resource for resource in resources if isinstance(resource, Isolation)]
    rules = []
    for one in admitted:
        comment, name = write_device(one), one.interface
        inside = [
            name,
            *(
                other.interface
                for other in isolated
                if other.owner == one.owner and other.interface != name
            ),
        ]
        rules += [
            make_rule(f"-i {name}", f"-o {other}", "-j ACCEPT", comment=comment) for other in inside
        ]
        rules.append(
            make_rule(f"-i {name}", "--ctstate RELATED,ESTABLISHED", "-j ACCEPT", comment=comment)
        )
        rules.append(
            make_rule(
                f"-o {name}", "--ctstate RELATED,ESTABLISHED,DNAT", "-j ACCEPT", comment=comment
            )
        )
    for one in admitted:
        comment, name = write_device(one), one.interface
        sent = [
            resource
            for resource in resources
            if isinstance(resource, Masquerade)
            and resource.device == name
            and resource.family == family
        ]
        closed = [other.interface for other in isolated if other.owner != one.owner] if sent else []
        rules += [
            make_rule(f"-i {name}", f"-o {other}", "-j RETURN", comment=comment) for other in closed
        ]
        rules += [
            make_rule(
                f"-i {name}",
                f"-s {resource.source}",
                ways_out(resource),
                "-j ACCEPT",
                comment=comment,
            )
            for resource in sent
        ]
    return rules


def _wanted(resources: Sequence[NatResource], program: str) -> IptablesRules:
    told = {
        (resource.firewall, post)
        for resource in resources
        if isinstance(resource, IntegratedFirewall)
        for post in resource.hook_points
    }
    gates = [
        gate for gate in _gates(program) if (gate.firewall, f"{program}:{gate.parent}") in told
    ]
    return {gate.chain: _render(resources, gate.firewall, IPTABLES[program]) for gate in gates}


def observe(
    netns: Optional[str], resources: Sequence[NatResource], listing: Listing
) -> List[IntegratedFirewall]:
    """Who is let through where. A post of which not all rules stand does not count."""
    found: List[IntegratedFirewall] = []
    for program in listing.iptables:
        text = listing.saved(program)
        live = (
            read_iptables_rules(text, _known(program))
            if any(gate.chain in text for gate in _GATES)
            else LiveRules()
        )
        for gate in _gates(program):
            rules = live.chains.get(gate.chain, [])
            noted = dict.fromkeys(filter(None, (read_device(rule.comment) for rule in rules)))
            told = [
                IntegratedFirewall(
                    netns, device, gate.firewall, (f"{program}:{gate.parent}",), owner
                )
                for owner, device in noted
                if device is not None
            ]
            wanted = {gate.chain: _render([*resources, *told], gate.firewall, IPTABLES[program])}
            whole = (
                normalize(wanted) == normalize({gate.chain: rules})
                and live.jumps.get(gate.chain) == 1
            )
            found += (
                told
                if whole
                else [
                    IntegratedFirewall(netns, one.interface, one.firewall, (), one.owner)
                    for one in told
                ]
            )
    return found


def replace_rules(
    before: Sequence[NatResource], after: Sequence[NatResource], listing: Listing
) -> None:
    """Make our chains what they shall be, whatever is there now."""
    del before
    for program in listing.iptables:
        script = write_script(
            read_iptables_rules(listing.saved(program), _known(program)),
            _wanted(after, program),
            _known(program),
        )
        if script:
            restore(program, script)


def commands(
    before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
) -> Iterable[str]:
    """The same, as a person would type it into bash."""
    for program in IPTABLES:
        current, wanted = _wanted(before, program), _wanted(after, program)
        script = (
            ""
            if current == wanted
            else write_script(
                LiveRules(current, dict.fromkeys(current, 1)), wanted, _known(program)
            )
        )
        if script:
            yield f"{prefix}{program}-restore -w --noflush <<'EOF'\n{script}EOF"
