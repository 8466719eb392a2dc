# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The backend iptables: chains of our own, read by iptables-save, replaced by iptables-restore.

iptables and ip6tables each hold the rules of their address family. Whether the programs use the
kernel's nf_tables or its legacy interface is the system's choice; the rules are the same for both.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from ..._host.programs import find
from ..._host.requirements import describe_missing_program
from ..._model.errors import Conflict, Failed
from ..._model.fast_replace import replace
from ..._model.nat import Isolation, Ruleset
from ..._model.rulesets import sort_rules
from ..interfaces import FirewallBackend
from ..resources import FAMILIES
from .empty_tables import (
    delete_empty_chains,
    find_created_chains,
    read_tables,
    write_deletions,
)
from .parse import LiveRules, is_complete, parse_resources, read_iptables_rules
from .programs import restore, save
from .render import CHAINS, render_iptables
from .script import write_restore_script

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..._model.resources import NatResource
    from ..._netlink.nft_chains import NftState
    from ..listing import Listing
    from .empty_tables import BaseChain
    from .rule import IptablesRules

_PROGRAMS = {4: "iptables", 6: "ip6tables"}


class IptablesBackend(FirewallBackend):
    """NAT by iptables and ip6tables."""

    def __init__(self) -> None:
        self._emptied: Mapping[int, LiveRules] = {}
        """Our chains by family, as they were observed last without rules."""
        self._first: dict[str | None, tuple[Mapping[int, LiveRules], NftState]] = {}
        """Our chains and all tables of each namespace, as they were before the run."""

    def find_unavailable_reason(self) -> str | None:
        for family in FAMILIES:
            for suffix in ("save", "restore"):
                program = f"{_PROGRAMS[family]}-{suffix}"
                if find(program) is None:
                    return describe_missing_program(program)
        try:
            _read_own_chains(save(_PROGRAMS[4]))
        except Conflict:
            pass
        except Failed as error:
            return str(error)
        return None

    def observe_ruleset(self, netns: str | None, listing: Listing) -> Ruleset | None:
        live = {
            family: _read_own_chains(listing.iptables_save(program))
            for family, program in _PROGRAMS.items()
            if program in listing.iptables_programs
        }
        if not any(rules.chains or rules.jumps for rules in live.values()):
            return None
        if netns not in self._first:
            self._first[netns] = live, read_tables()
        found: list[NatResource] = []
        for family, rules in live.items():
            found += parse_resources(rules, netns, family)
        resources = sort_rules(_join_families(found))
        # What both families hold is compared as a whole: one of them may have been emptied.
        complete = all(
            is_complete(rules, resources, family, _has_br_netfilter())
            for family, rules in live.items()
        )
        if not resources:
            self._emptied = live
        return Ruleset("iptables", resources, damaged=not complete)

    def replace_ruleset(self, before: Ruleset | None, after: Ruleset | None) -> None:
        """Replace our chains: one transaction for each table, all undone if one fails."""
        for program in ("iptables-save", "iptables-restore"):
            if find(program) is None:
                raise Failed(describe_missing_program(program))
        live = _read_live_rules()
        wanted = {family: _render(after, family) for family in live}
        replacement = _Replacement(live, wanted)
        for family, script in replacement.scripts.items():
            restore(_PROGRAMS[family], script, "--test")
        try:
            replacement.run()
        except Failed as error:
            # Our chains must come before the base chains that are created for them.
            with suppress(Failed):
                replacement.delete_empty_chains()
            _roll_back({family: live[family].chains for family in replacement.scripts}, error)
            raise

    def render_commands(
        self, before: Ruleset | None, after: Ruleset | None, prefix: str
    ) -> list[str]:
        commands = []
        for family, program in _PROGRAMS.items():
            current = _render(before, family)
            live = LiveRules(current, dict.fromkeys(current, 1))
            if before is not None and not before.resources:
                live = self._emptied.get(family, live)
            script = write_restore_script(live, _render(after, family))
            if script:
                commands.append(f"{prefix}{program}-restore -w --noflush <<'EOF'\n{script}EOF")
        script = self._write_deletions(before, after)
        if script:
            commands.append(f"{prefix}nft -f - <<'EOF'\n{script}EOF")
        return commands

    def _write_deletions(self, before: Ruleset | None, after: Ruleset | None) -> str:
        """Write the input of nft that deletes what iptables created for our rules."""
        netns = before.resources[0].netns if before is not None and before.resources else None
        if before is None or netns not in self._first or find("nft") is None:
            return ""
        live, state = self._first[netns]
        unused = _list_unused(live, {family: _render(after, family) for family in live})
        jumps = {
            base: sum(live[base[0]].jumps.get(chain, 0) for chain in chains)
            for base, chains in unused.items()
        }
        return write_deletions(state, unused, jumps)


class _Replacement:
    """Our chains as they are and as they are wanted, by family.

    What was created for chains that are not wanted is found by these: a run that is killed after it
    has emptied them leaves them to the next one.
    """

    def __init__(self, live: Mapping[int, LiveRules], wanted: Mapping[int, IptablesRules]) -> None:
        self._unused = _list_unused(live, wanted)
        self._created = find_created_chains(self._unused)
        self.scripts: dict[int, str] = {}
        for family, rules in wanted.items():
            emptied = {
                chain for base in self._created if base[0] == family for chain in self._unused[base]
            }
            script = write_restore_script(live[family], rules, emptied=emptied)
            if script:
                self.scripts[family] = script

    def run(self) -> None:
        """Replace the chains, then delete what they no longer need."""
        for family, script in self.scripts.items():
            restore(_PROGRAMS[family], script)
        self.delete_empty_chains()

    def delete_empty_chains(self) -> None:
        """Delete our emptied chains, and what was created for them."""
        delete_empty_chains(self._unused, self._created)


def _has_br_netfilter() -> bool:
    """Return whether br_netfilter is loaded: it has its sysctls in every namespace."""
    return os.path.isdir("/proc/sys/net/bridge")


def _read_own_chains(saved: str) -> LiveRules:
    """Read our chains of one family.

    :raises Conflict: chains have our names, and their rules do not carry our mark.
    """
    live = read_iptables_rules(saved)
    if live.has_rules and not live.is_marked:
        chain = next(name for name, rules in live.chains.items() if rules)
        raise Conflict(
            "backend",
            "iptables",
            f"the rules of the chain {chain} have no mark of this collection;"
            " rename or delete the chain",
        )
    return live


def _join_families(resources: Iterable[NatResource]) -> Iterable[NatResource]:
    """Join isolations: each family lists the interface, with its networks of that family."""
    joined: dict[tuple[object, ...], NatResource] = {}
    for resource in resources:
        known = joined.get(resource.key)
        if isinstance(known, Isolation) and isinstance(resource, Isolation):
            resource = replace(
                resource,
                networks=tuple(sorted({*known.networks, *resource.networks})),
                routed=tuple(sorted({*known.routed, *resource.routed})),
                joined=tuple(sorted({*known.joined, *resource.joined})),
                untracked=tuple(sorted({*known.untracked, *resource.untracked})),
            )
        joined[resource.key] = resource
    return joined.values()


def _render(ruleset: Ruleset | None, family: int) -> IptablesRules:
    if ruleset is None:
        return {}
    return render_iptables(ruleset.resources, family, _has_br_netfilter())


def _read_live_rules() -> dict[int, LiveRules]:
    """Read our chains by family, of the families whose programs are installed."""
    return {
        family: _read_own_chains(save(program))
        for family, program in _PROGRAMS.items()
        if find(f"{program}-save")
    }


def _list_unused(
    before: Mapping[int, LiveRules], after: Mapping[int, IptablesRules]
) -> dict[BaseChain, list[str]]:
    """Return the base chains that have chains of ours, and need none of them any more.

    :return: those chains of ours, by base chain.
    """
    unused: dict[BaseChain, list[str]] = {}
    for family, rules in after.items():
        used = {(CHAINS[chain].table, CHAINS[chain].parent) for chain in rules if chain in CHAINS}
        live = before[family]
        for chain, place in CHAINS.items():
            exists = chain in live.chains or chain in live.jumps
            if exists and (place.table, place.parent) not in used:
                unused.setdefault((family, place.table, place.parent), []).append(chain)
    return unused


def _roll_back(chains: dict[int, IptablesRules], error: Failed) -> None:
    """Restore the chains of these families after ``error``."""
    try:
        live = {family: rules for family, rules in _read_live_rules().items() if family in chains}
        filled = {
            family: {chain: rules for chain, rules in known.items() if rules}
            for family, known in chains.items()
        }
        _Replacement(live, filled).run()
    except Failed as again:
        raise Failed(f"{error}; earlier changes could not be undone: {again}") from error
