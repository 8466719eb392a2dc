# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Follows the chains of a table from the hook to the rules that translate. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.fast_typing import NamedTuple
from ..._model.foreign_forwards import ForeignForward, Packets
from ..._model.ranges import ALL_PORTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .rules import ForeignRule, ForeignTable

_MAX_STEPS = 300_000
"""The rules that are followed in a table: chains can lead to each other in very many ways."""
_MAX_ALTERNATIVES = 20_000
"""The combinations of addresses and ports that are told apart in a rule."""
_MAX_EXCLUDED = 100
"""The earlier rules of a chain that are remembered to have taken packets."""


class _Path(NamedTuple):
    """The packets that reach a rule, without the excluded ones.

    ``matched_in`` is the chain of the last rule that names ports or destinations, if any.
    """

    packets: tuple[Packets, ...]
    excluded: tuple[Packets, ...] = ()
    certain: bool = True
    matched_in: str = ""

    def meet(self, rule: ForeignRule, chain: str) -> _Path | None:
        """Return the path of the packets that meet all conditions of a rule."""
        packets, excluded, certain = self.packets, self.excluded, self.certain
        for condition in rule.conditions:
            certain = certain and condition.certain
            if condition.negated:
                excluded += condition.alternatives if condition.certain else ()
            elif len(packets) * len(condition.alternatives) > _MAX_ALTERNATIVES:
                certain = False
            else:
                packets = _intersect_all(packets, condition.alternatives)
        packets = tuple(one for one in packets if not any(map(one.is_part_of, excluded)))
        if not packets:
            return None
        names_service = _services(packets) != _services(self.packets)
        return _Path(packets, excluded, certain, chain if names_service else self.matched_in)

    def without(self, packets: tuple[Packets, ...]) -> _Path:
        """Return the path of the packets that are not among these."""
        if not packets or len(self.excluded) + len(packets) > _MAX_EXCLUDED:
            return self
        return self._replace(excluded=self.excluded + packets)


def _services(packets: Iterable[Packets]) -> set[tuple[object, ...]]:
    return {(one.ports, one.destination) for one in packets}


def _intersect_all(
    packets: Iterable[Packets], alternatives: Iterable[Packets]
) -> tuple[Packets, ...]:
    common = (one.intersect(other) for one in packets for other in alternatives)
    return tuple(dict.fromkeys(found for found in common if found is not None))


class _Walk:
    """One table, and what was found in it."""

    def __init__(self, table: ForeignTable) -> None:
        self.found: dict[ForeignForward, None] = {}
        self._table = table
        self._steps = 0

    def follow(self, chain: str, path: _Path) -> tuple[Packets, ...]:
        """Follow a chain; return the packets that end in it, so that no later rule sees them."""
        ended: tuple[Packets, ...] = ()
        for rule in self._table.chains.get(chain, ()):
            self._steps += 1
            if self._steps > _MAX_STEPS:
                self._add(chain, path._replace(certain=False))
                break
            met = path.meet(rule, chain)
            if met is None:
                continue
            if rule.verdict == "translate":
                self._add(chain, met, _names_ports(rule))
            elif rule.verdict in ("jump", "goto"):
                over = self.follow(rule.target, met)
                ended += over
                path = path.without(over)
            if rule.verdict == "jump":
                continue
            if not rule.conditions:
                break
            if rule.verdict != "translate" and _is_clear(rule):
                ended += met.packets if rule.verdict == "accept" and path.certain else ()
                path = path.without(met.packets)
        return ended

    def _add(self, chain: str, path: _Path, names_ports: bool = False) -> None:
        where = f"the chain {chain} of {self._table.name}"
        if path.matched_in not in ("", chain):
            where += f", reached by {path.matched_in},"
        for packets in path.packets:
            found = ForeignForward(packets, where, path.excluded, path.certain, names_ports)
            self.found[found] = None


def _names_ports(rule: ForeignRule) -> bool:
    return any(
        packets.ports != ALL_PORTS
        for condition in rule.conditions
        for packets in condition.alternatives
    )


def _is_clear(rule: ForeignRule) -> bool:
    """Return whether all packets that can meet a rule do meet it."""
    return all(
        condition.certain and condition.whole and not condition.negated
        for condition in rule.conditions
    )


def find_forwards(table: ForeignTable) -> list[ForeignForward]:
    """Return the rules of a table that translate."""
    walk = _Walk(table)
    for chain in table.base_chains:
        walk.follow(chain, _Path((table.packets,)))
    return list(walk.found)
