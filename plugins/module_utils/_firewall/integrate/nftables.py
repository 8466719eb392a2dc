# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Integration with firewalls that use nft: rules of ours at the head of their chains.

Each rule carries our mark, and is deleted by its handle. Rules of others are not touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._host.programs import find, run
from ..._model.errors import Failed
from ..._model.fast_typing import NamedTuple
from ..._model.lazy_pattern import compile_lazily
from ..._model.nat import BlockingChain, IntegratedFirewall, Isolation
from ..comments import is_marked, read_interface_note, write_interface_note
from ..interfaces import FirewallIntegration, Survey
from ..listing import FIREWALLD_TABLE, Listing, list_nft
from ..nftables.builder import match_out_interface, match_source
from ..nftables.read_table import read_nft_rule
from ..nftables.table import TABLE_NAME, NftRule
from ..resources import of_type
from .accepted import lab_interfaces, masquerades_by, without_hook_points

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..._model.resources import NatResource

_FAMILIES = {"inet": (4, 6), "ip": (4,), "ip6": (6,)}
_CHAIN_OF_IPTABLES = compile_lazily(r"ip6? filter FORWARD")
_SAFE_NAME = compile_lazily(r"[A-Za-z][A-Za-z0-9_.-]*")


class ForwardChain(NamedTuple):
    """A base chain of others at the hook forward, with its rules and their handles.

    ``chain`` is family, table and name as in nft's commands.
    """

    chain: str
    drops: bool
    rules: list[tuple[int, NftRule]]

    @property
    def hook_point(self) -> str:
        """This chain as a hook point, for example ``nft:inet filter forward``."""
        return f"nft:{self.chain}"

    @property
    def firewall(self) -> str:
        """The name in the option ``integrate`` of the firewall that owns the chain."""
        # Docker's backend nftables (since version 29) drops in its chain if Docker itself enabled
        # forwarding.
        return "docker" if self.chain.split()[1] == "docker-bridges" else "forward"

    @property
    def own_rules(self) -> list[tuple[int, NftRule]]:
        """Our rules in this chain, with their handles."""
        return [(handle, rule) for handle, rule in self.rules if is_marked(rule.comment)]


class NftablesIntegration(FirewallIntegration):
    """Docker with its backend nftables, and any other firewall that drops in a forward chain."""

    def survey(self, listing: Listing) -> Survey:
        hook_points: dict[str, tuple[str, ...]] = {}
        blocking_chains: list[BlockingChain] = []
        for forward in _find_forward_chains(listing):
            if not forward.drops:
                continue
            family, table, name = forward.chain.split()
            firewall: str | None = forward.firewall
            if _CHAIN_OF_IPTABLES.fullmatch(forward.chain):
                firewall = None  # Rules of iptables are inserted by iptables, which is not here.
            else:
                known = hook_points.get(forward.firewall, ())
                hook_points[forward.firewall] = (*known, forward.hook_point)
            blocking_chains.append(
                BlockingChain(family, f"{name} of table {family} {table}", firewall)
            )
        return Survey(hook_points, tuple(blocking_chains))

    def observe_integrations(
        self, netns: str | None, resources: Sequence[NatResource], listing: Listing
    ) -> list[IntegratedFirewall]:
        found: list[IntegratedFirewall] = []
        for forward in _find_forward_chains(listing):
            rules = [rule for _handle, rule in forward.own_rules]
            notes = filter(None, (read_interface_note(rule.comment) for rule in rules))
            entries = [
                IntegratedFirewall(
                    netns, note.interface, forward.firewall, (forward.hook_point,), note.owner
                )
                for note in dict.fromkeys(notes)
                if note.interface is not None
            ]
            complete = _render_rules([*resources, *entries], forward.chain) == rules
            found += entries if complete else without_hook_points(entries)
        return found

    def replace_integrations(
        self, before: Sequence[NatResource], after: Sequence[NatResource], listing: Listing
    ) -> None:
        """Replace our rules in all chains in one transaction, whatever is live now."""
        lines: list[str] = []
        wanted = _used_chains(after)
        for forward in _find_forward_chains(listing):
            for handle, _rule in forward.own_rules:
                lines.append(f"delete rule {forward.chain} handle {handle}")
            if forward.chain in wanted:
                lines += _write_insertions(forward.chain, after)
        if lines:
            answer = run("nft", ["-f", "-"], "".join(f"{line}\n" for line in lines))
            if answer.code:
                raise Failed(f"nft refused the rules: {answer.complaint}")

    def render_commands(
        self, before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
    ) -> list[str]:
        commands = []
        current, wanted = _used_chains(before), _used_chains(after)
        for chain in sorted({*current, *wanted}):
            insertions = _write_insertions(chain, after)
            if _write_insertions(chain, before) == insertions:
                continue
            if chain in current:
                # The handles are known only when the command runs, so sed turns the marked rules
                # that nft lists into commands that delete them.
                marked = f'comment "{TABLE_NAME.replace("_", ".")}'
                deletion = rf"delete rule {chain} handle \1"
                pattern = rf"s/.* {marked}.*# handle \([0-9]*\)$/{deletion}/p"
                listed = f"{prefix}nft -a list chain {chain}"
                commands.append(f"{listed} | sed -n '{pattern}' | {prefix}nft -f -")
            if chain in wanted:
                lines = "".join(f"{line}\n" for line in insertions)
                commands.append(f"{prefix}nft -f - <<'EOF'\n{lines}EOF")
        return commands


def _is_candidate(chain: dict[str, Any]) -> bool:
    """Return whether a chain is at the hook forward, and nft is the tool for its rules."""
    names = (chain["family"], chain["table"], chain["name"])
    text = " ".join(names)
    if chain.get("hook") != "forward" or chain["family"] not in _FAMILIES:
        return False
    if chain["table"] == FIREWALLD_TABLE[1]:
        return False  # It has an integration of its own.
    if _CHAIN_OF_IPTABLES.fullmatch(text) and find("iptables-save") is not None:
        return False
    # nft lists names that it does not accept in a command.
    return all(map(_SAFE_NAME.fullmatch, names))


def _drops(chain: dict[str, Any], rules: list[dict[str, Any]]) -> bool:
    """Return whether a chain drops what no rule accepts: by its policy, or by its last rule."""
    if chain.get("policy") == "drop":
        return True
    if not rules:
        return False
    names = [name for expression in rules[-1]["expr"] for name in expression]
    return [name for name in names if name != "counter"] in (["drop"], ["reject"])


def _find_forward_chains(listing: Listing) -> Iterator[ForwardChain]:
    for chain in filter(_is_candidate, listing.foreign_chains):
        names = (chain["family"], chain["table"], chain["name"])
        rules = [item["rule"] for item in list_nft("list", "chain", *names) if "rule" in item]
        yield ForwardChain(
            " ".join(names),
            _drops(chain, rules),
            [(rule["handle"], read_nft_rule(rule)) for rule in rules],
        )


def _used_chains(resources: Sequence[NatResource]) -> list[str]:
    """Return the chains in which these resources have rules."""
    found = set()
    for entry in of_type(resources, IntegratedFirewall):
        for hook_point in entry.hook_points:
            tool, _colon, chain = hook_point.partition(":")
            if tool == "nft":
                found.add(chain)
    return sorted(found)


def _render_rules(resources: Sequence[NatResource], chain: str) -> list[NftRule]:
    """Return the rules that accept the labs' traffic in this chain, in their order."""
    rules: list[NftRule] = []
    for entry in of_type(resources, IntegratedFirewall):
        if f"nft:{chain}" in entry.hook_points:
            rules += _render_entry(entry, resources, chain)
    return rules


def _render_entry(
    entry: IntegratedFirewall, resources: Sequence[NatResource], chain: str
) -> Iterator[NftRule]:
    """Return the rules of one interface.

    They accept traffic within the lab, replies, what is forwarded into it, and what it sends.
    """
    comment = write_interface_note(entry, entry.interface)
    enters, leaves = f'iifname "{entry.interface}"', f'oifname "{entry.interface}"'
    matches: list[tuple[str, ...]] = []
    for name in lab_interfaces(entry, of_type(resources, Isolation)):
        matches.append((enters, f'oifname "{name}"'))
    matches.append((enters, "ct state established,related"))
    matches.append((leaves, "ct state established,related"))
    matches.append((leaves, "ct status dnat"))
    for masquerade in masquerades_by(entry, resources, _FAMILIES[chain.split()[0]]):
        out_match = match_out_interface(masquerade)
        out_matches = (out_match,) if out_match else ()
        matches.append((enters, match_source(masquerade), *out_matches))
    for match in matches:
        yield NftRule((*match, "accept"), comment)


def _write_insertions(chain: str, resources: Sequence[NatResource]) -> list[str]:
    """Write the commands that insert the rules at the head of a chain: the last rule first."""
    return [
        f'insert rule {chain} {" ".join(rule.statements)} comment "{rule.comment}"'
        for rule in reversed(_render_rules(resources, chain))
    ]
