# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Integration with firewalls that use iptables: a chain of our own, and a jump to it.

Docker provides DOCKER-USER, which it evaluates before its own rules; ufw has a chain for the user's
routes. Otherwise the jump is in FORWARD itself. Our rules accept no more than what our own FORWARD
rules let pass.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..._model.fast_typing import NamedTuple
from ..._model.lazy_pattern import compile_lazily
from ..._model.nat import BlockingChain, IntegratedFirewall, Isolation
from ..comments import read_interface_note, write_interface_note
from ..interfaces import FirewallIntegration, Survey
from ..iptables.forward_chain import match_out_interface
from ..iptables.parse import LiveRules, normalize, read_iptables_rules
from ..iptables.programs import restore
from ..iptables.render import ChainPlace
from ..iptables.rule import IptablesRule, IptablesRules, make_rule
from ..iptables.script import write_restore_script
from ..listing import IPTABLES_FAMILIES, Listing
from ..resources import of_type
from .accepted import lab_interfaces, masquerades_by, without_hook_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._model.resources import NatResource


class HookChain(NamedTuple):
    """A chain of ours, and the chain of another firewall that is to jump to it."""

    firewall: str
    chain: str
    parent: str

    def hook_point(self, program: str) -> str:
        """Return the parent as a hook point, for example ``iptables:DOCKER-USER``."""
        return f"{program}:{self.parent}"


_HOOK_CHAINS = (
    HookChain("docker", "REDBLUE-DOCKER", "DOCKER-USER"),
    HookChain("docker", "REDBLUE-DOCKER-FWD", "FORWARD"),
    HookChain("ufw", "REDBLUE-UFW", "ufw-user-forward"),
    HookChain("forward", "REDBLUE-FORWARD", "FORWARD"),
)
_CATCH_ALL = compile_lazily(
    r"^-A FORWARD (?:-m comment --comment \S+ )?-j (?:DROP|REJECT)(?: --reject-with \S+)?$",
    re.MULTILINE,
)


class IptablesIntegration(FirewallIntegration):
    """Docker, ufw, and any other firewall that drops in the FORWARD chain of iptables."""

    def survey(self, listing: Listing) -> Survey:
        hook_points: dict[str, tuple[str, ...]] = {}
        blocking_chains: list[BlockingChain] = []
        for program in listing.iptables_programs:
            rules = _filter_table(listing.iptables_save(program))
            hook_chains = _find_hook_chains(program, rules)
            for hook in hook_chains:
                known = hook_points.get(hook.firewall, ())
                hook_points[hook.firewall] = (*known, hook.hook_point(program))
            if _drops(rules):
                blocking_chains.append(
                    BlockingChain(
                        "ip" if IPTABLES_FAMILIES[program] == 4 else "ip6",
                        f"FORWARD of table filter ({program})",
                        hook_chains[0].firewall,
                    )
                )
        return Survey(hook_points, tuple(blocking_chains))

    def observe_integrations(
        self, netns: str | None, resources: Sequence[NatResource], listing: Listing
    ) -> list[IntegratedFirewall]:
        found: list[IntegratedFirewall] = []
        for program in listing.iptables_programs:
            saved = listing.iptables_save(program)
            if not any(hook.chain in saved for hook in _HOOK_CHAINS):
                continue
            live = read_iptables_rules(saved, _places(program))
            for hook in _hook_chains(program):
                found += _observe_chain(netns, resources, program, hook, live)
        return found

    def replace_integrations(
        self, before: Sequence[NatResource], after: Sequence[NatResource], listing: Listing
    ) -> None:
        # The rules that are live decide, not those of ``before``: the other firewall may have
        # flushed them.
        for program in listing.iptables_programs:
            places = _places(program)
            live = read_iptables_rules(listing.iptables_save(program), places)
            script = write_restore_script(live, _render_program(after, program), places)
            if script:
                restore(program, script)

    def render_commands(
        self, before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
    ) -> list[str]:
        commands = []
        for program in IPTABLES_FAMILIES:
            current, wanted = _render_program(before, program), _render_program(after, program)
            if current == wanted:
                continue
            live = LiveRules(current, dict.fromkeys(current, 1))
            script = write_restore_script(live, wanted, _places(program))
            if script:
                commands.append(f"{prefix}{program}-restore -w --noflush <<'EOF'\n{script}EOF")
        return commands


def _hook_chains(program: str) -> tuple[HookChain, ...]:
    """Return the hook chains of a program. ufw's chains of IPv6 have names of their own."""
    if IPTABLES_FAMILIES[program] == 4:
        return _HOOK_CHAINS
    return tuple(
        hook._replace(parent=hook.parent.replace("ufw-", "ufw6-")) for hook in _HOOK_CHAINS
    )


def _places(program: str) -> dict[str, ChainPlace]:
    return {hook.chain: ChainPlace("filter", hook.parent) for hook in _hook_chains(program)}


def _filter_table(saved: str) -> str:
    return saved.partition("*filter\n")[2].partition("\nCOMMIT")[0]


def _drops(rules: str) -> bool:
    """Return whether FORWARD drops what no rule accepts."""
    return ":FORWARD DROP " in rules or _CATCH_ALL.search(rules) is not None


def _has_jump_to(rules: str, chain: str) -> bool:
    return re.search(rf"^-A \S+ (?:.* )?-j {chain}$", rules, re.MULTILINE) is not None


def _find_hook_chains(program: str, rules: str) -> list[HookChain]:
    """Find the hook chains that are usable given these rules of the table filter.

    Docker before version 23 drops IPv6 too, and has no DOCKER-USER there: then FORWARD is used.
    """
    docker_without_user_chain = _has_jump_to(
        rules, "DOCKER-ISOLATION-STAGE-1"
    ) and not _has_jump_to(rules, "DOCKER-USER")
    found = []
    for hook in _hook_chains(program):
        if hook.parent != "FORWARD":
            usable = _has_jump_to(rules, hook.parent)
        else:
            usable = _drops(rules) and (hook.firewall != "docker" or docker_without_user_chain)
        if usable:
            found.append(hook)
    return found


def _observe_chain(
    netns: str | None,
    resources: Sequence[NatResource],
    program: str,
    hook: HookChain,
    live: LiveRules,
) -> list[IntegratedFirewall]:
    """Read the integrations of one hook chain, without hook point if its rules are incomplete."""
    rules = live.chains.get(hook.chain, [])
    notes = dict.fromkeys(filter(None, (read_interface_note(rule.comment) for rule in rules)))
    entries = [
        IntegratedFirewall(
            netns, note.interface, hook.firewall, (hook.hook_point(program),), note.owner
        )
        for note in notes
        if note.interface is not None
    ]
    family = IPTABLES_FAMILIES[program]
    wanted = _render_chain([*resources, *entries], hook.firewall, family)
    complete = normalize({hook.chain: wanted}) == normalize({hook.chain: rules})
    if complete and live.jumps.get(hook.chain) == 1:
        return entries
    return without_hook_points(entries)


def _render_program(resources: Sequence[NatResource], program: str) -> IptablesRules:
    """Return our hook chains of one program, with their rules."""
    used = {
        (entry.firewall, hook_point)
        for entry in of_type(resources, IntegratedFirewall)
        for hook_point in entry.hook_points
    }
    return {
        hook.chain: _render_chain(resources, hook.firewall, IPTABLES_FAMILIES[program])
        for hook in _hook_chains(program)
        if (hook.firewall, hook.hook_point(program)) in used
    }


def _render_chain(
    resources: Sequence[NatResource], firewall: str, family: int
) -> list[IptablesRule]:
    """Return the rules that accept a lab's traffic.

    That is traffic within the lab, what it sends, replies to that, and what is forwarded into it.
    Our own FORWARD rules may be evaluated after this chain, so nothing is accepted here that they
    would drop.
    """
    entries = [
        entry for entry in of_type(resources, IntegratedFirewall) if entry.firewall == firewall
    ]
    isolations = of_type(resources, Isolation)
    rules: list[IptablesRule] = []
    for entry in entries:
        rules += _accept_within_lab(entry, isolations)
    for entry in entries:
        rules += _accept_masqueraded(entry, resources, isolations, family)
    return rules


def _accept_within_lab(
    entry: IntegratedFirewall, isolations: Sequence[Isolation]
) -> list[IptablesRule]:
    """Return the rules for traffic within the lab, replies, and what is forwarded into it."""
    comment, name = write_interface_note(entry, entry.interface), entry.interface
    matches = [(f"-i {name}", f"-o {other}") for other in lab_interfaces(entry, isolations)]
    matches.append((f"-i {name}", "--ctstate RELATED,ESTABLISHED"))
    matches.append((f"-o {name}", "--ctstate RELATED,ESTABLISHED,DNAT"))
    return [make_rule(*match, "-j ACCEPT", comment=comment) for match in matches]


def _accept_masqueraded(
    entry: IntegratedFirewall,
    resources: Sequence[NatResource],
    isolations: Sequence[Isolation],
    family: int,
) -> list[IptablesRule]:
    """Return the rules for what the lab sends, except into other labs that are isolated."""
    comment, name = write_interface_note(entry, entry.interface), entry.interface
    masquerades = masquerades_by(entry, resources, (family,))
    if not masquerades:
        return []
    rules = []
    for isolation in isolations:
        if isolation.owner != entry.owner:
            out = f"-o {isolation.interface}"
            rules.append(make_rule(f"-i {name}", out, "-j RETURN", comment=comment))
    for masquerade in masquerades:
        source, out_match = f"-s {masquerade.source}", match_out_interface(masquerade)
        rules.append(make_rule(f"-i {name}", source, out_match, "-j ACCEPT", comment=comment))
    return rules
