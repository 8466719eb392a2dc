# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT through iptables and ip6tables: chains of our own, read with iptables-save, replaced with iptables-restore --noflush.

Which kernel interface is behind them (nf_tables or legacy) is the system's choice; both understand all that is said here.
"""

from __future__ import annotations

import os
from typing import Dict, Iterable, List, Mapping, Optional, Tuple

from ..._describe.programs import describe_missing_program
from ..._host.programs import find
from ..._model.errors import Conflict, Failed
from ..._model.fast_replace import replace
from ..._model.nat import Isolation, NatResource, Ruleset
from ..._model.ownership import MARK
from ..._model.rulesets import sort_rules
from ..dnat import FAMILIES
from ..listing import Listing
from .parse import LiveRules, parse_resources, read_iptables_rules
from .programs import restore, save
from .render import CHAINS, OUT, POST, PRE, IptablesRules, render_iptables, write_rule

_COMMANDS = {4: "iptables", 6: "ip6tables"}


def _bridges_filtered() -> bool:
    # Of the calling thread's namespace: br_netfilter shows its switches in each one.
    return os.path.isdir("/proc/sys/net/bridge")


def available() -> Optional[str]:
    """None when iptables works here, else why not."""
    for family in FAMILIES:
        for what in ("save", "restore"):
            if find(f"{_COMMANDS[family]}-{what}") is None:
                return describe_missing_program(f"{_COMMANDS[family]}-{what}")
    try:
        _read(save(_COMMANDS[4]))
    except Conflict:
        pass
    except Failed as error:
        return str(error)
    return None


def _read(text: str) -> LiveRules:
    """Our chains of one family. Unmarked rules in chains of our name are somebody else's."""
    live = read_iptables_rules(text)
    if live.filled and not live.marked:
        chain = next(name for name, rules in live.chains.items() if rules)
        raise Conflict(
            "backend",
            "iptables",
            f"there is a chain {chain} whose rules bear no mark of this collection; rename or delete it",
        )
    return live


def observe(netns: Optional[str], listing: Listing) -> Optional[Ruleset]:
    """Our rules in the namespace of the calling thread; None when there are none."""
    found: List[NatResource] = []
    damaged = present = False
    for family in FAMILIES:
        if _COMMANDS[family] not in listing.iptables:
            continue
        live = _read(listing.saved(_COMMANDS[family]))
        if live.chains or live.jumps:
            resources, whole = parse_resources(live, netns, family, _bridges_filtered())
            found += resources
            present, damaged = True, damaged or not whole
    return Ruleset("iptables", sort_rules(_join(found)), damaged) if present else None


def _join(resources: List[NatResource]) -> Iterable[NatResource]:
    """An isolated interface is told by each family, with the networks of that."""
    joined: Dict[Tuple[object, ...], NatResource] = {}
    for resource in resources:
        known = joined.get(resource.key)
        if isinstance(known, Isolation) and isinstance(resource, Isolation):
            resource = replace(
                resource, networks=tuple(sorted({*known.networks, *resource.networks}))
            )
        joined[resource.key] = resource
    return joined.values()


def _jump(chain: str) -> str:
    return f'-m comment --comment "{MARK}" -j {chain}'


def _chain_lines(
    chain: str, parent: str, current: bool, jumps: int, wanted: IptablesRules
) -> Tuple[List[str], List[str]]:
    """What makes one chain what it shall be: the declaration, which must stand first in its table, and the rest."""
    if chain in wanted:
        lines = [f"-A {chain} {write_rule(rule)}" for rule in wanted[chain]]
        if not jumps:
            # What is guarded is so before any other rule lets it pass; translations come behind those that are there already.
            lines.append(
                f"-I {parent} 1 {_jump(chain)}"
                if chain not in (PRE, OUT, POST)
                else f"-A {parent} {_jump(chain)}"
            )
        return [f":{chain} - [0:0]"], lines + [f"-D {parent} {_jump(chain)}"] * max(jumps - 1, 0)
    if current or jumps:
        gone = [f"-D {parent} {_jump(chain)}"] * jumps
        return ([f":{chain} - [0:0]"], [*gone, f"-X {chain}"])
    return [], []


def write_script(
    live: LiveRules, wanted: IptablesRules, known: Mapping[str, Tuple[str, str]] = CHAINS
) -> str:
    """The lines for iptables-restore --noflush that make these chains what they shall be; empty when there is nothing to do."""
    script = []
    for table in ("filter", "nat"):
        declared, lines = [], []
        for chain, parent in (
            (name, parent) for name, (home, parent) in known.items() if home == table
        ):
            parts = _chain_lines(
                chain, parent, chain in live.chains, live.jumps.get(chain, 0), wanted
            )
            declared += parts[0]
            lines += parts[1]
        if declared or lines:
            script += [f"*{table}", *declared, *lines, "COMMIT"]
    return "".join(f"{line}\n" for line in script)


def _rules_of(ruleset: Optional[Ruleset], family: int) -> IptablesRules:
    return render_iptables(ruleset.resources, family, _bridges_filtered()) if ruleset else {}


def _lives() -> Dict[int, LiveRules]:
    return {
        family: _read(save(_COMMANDS[family]))
        for family in FAMILIES
        if find(f"{_COMMANDS[family]}-save")
    }


def replace_rules(before: Optional[Ruleset], after: Optional[Ruleset]) -> None:
    """Put our chains in the place of what they were: one transaction for each table, all of them undone when one fails."""
    for name in ("iptables-save", "iptables-restore"):
        if find(name) is None:
            raise Failed(describe_missing_program(name))
    lives = _lives()
    scripts = {
        family: write_script(live, _rules_of(after, family)) for family, live in lives.items()
    }
    scripts = {family: script for family, script in scripts.items() if script}
    for family, script in scripts.items():
        restore(_COMMANDS[family], script, "--test")
    try:
        for family, script in scripts.items():
            restore(_COMMANDS[family], script)
    except Failed as error:
        _undo({family: lives[family].chains for family in scripts}, error)
        raise


def _undo(chains: Dict[int, IptablesRules], error: Failed) -> None:
    try:
        for family, live in _lives().items():
            script = write_script(
                live, {chain: rules for chain, rules in chains.get(family, {}).items() if rules}
            )
            if family in chains and script:
                restore(_COMMANDS[family], script)
    except Failed as again:
        raise Failed(f"{error}; what was done before could not be undone: {again}") from error


def commands(before: Optional[Ruleset], after: Optional[Ruleset], prefix: str = "") -> List[str]:
    """The same, as a person would type it into bash."""
    typed = []
    for family in FAMILIES:
        current = _rules_of(before, family)
        script = write_script(
            LiveRules(current, dict.fromkeys(current, 1)), _rules_of(after, family)
        )
        if script:
            typed.append(f"{prefix}{_COMMANDS[family]}-restore -w --noflush <<'EOF'\n{script}EOF")
    return typed
