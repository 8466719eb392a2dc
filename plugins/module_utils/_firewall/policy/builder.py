# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's table of policies while it is being built. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..._model.addresses import merge_networks, network_of
from ..._model.network_policies import DIRECTIONS
from ..._model.ownership import MARK
from ..nftables.builder import IP, shorten_network
from ..nftables.table import BaseChain, ChainHeader, Fields, NftRule, NftSet, SetElement
from ..resources import FAMILIES
from .names import ADDRESS
from .records import REGULAR, digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..._model.network_policies import RateLimit

HOOKS = {
    "sources": ChainHeader("filter", "prerouting", -145, "accept"),
    "forward": ChainHeader("filter", "forward", -5, "accept"),
    "input": ChainHeader("filter", "input", -5, "accept"),
    "output": ChainHeader("filter", "output", -5, "accept"),
    # After the chains that set the mark of the guard, and before those of others.
    "marked": ChainHeader("filter", "prerouting", 1001, "accept"),
    "early": ChainHeader("filter", "prerouting", 1002, "accept"),
    "unmarked_input": ChainHeader("filter", "input", -1001, "accept"),
    "unmarked_forward": ChainHeader("filter", "forward", -1001, "accept"),
}
CHECK = "check"
"""The chain that looks members up."""
REJECTING = "rejecting"
"""The chain that rejects a packet of any protocol, which all rules share."""
MOST_SENDERS = 65535
"""How many senders with connections the kernel knows of a rule."""
Sets = dict["tuple[str | None, str]", "dict[int, str]"]
"""The names of the sets that hold an address set, by owner and name, then by family."""


class TableParts:
    """Some sets, chains, counters and limits of the table."""

    def __init__(self) -> None:
        self.sets: dict[str, NftSet] = {}
        self.chains: dict[str, BaseChain] = {}
        self.counters: set[str] = set()
        self.limits: dict[str, str] = {}

    def count(self, name: str) -> str:
        """The statement that counts in a counter of this name."""
        self.counters.add(name)
        return f'counter name "{name}"'

    def limit(self, name: str, limit: RateLimit) -> str:
        """The statement that matches as often as a limit allows, for all rules with this name."""
        self.limits[name] = f"rate {limit.rate}/{limit.unit} burst {limit.burst} packets"
        return f'limit name "{name}"'

    def count_connections(self, name: str, family: int, most: int) -> str:
        """The statement that matches while a sender has at most so many, for all rules of a name.

        A set that is full has no room for another sender. Then it does not match.
        """
        name = f"{name}-{family}"
        self.sets[name] = NftSet((ADDRESS[family],), size=MOST_SENDERS)
        return f"add @{name} {{ {IP[family]} saddr ct count {most} }}"

    def add(self, chain: str, *statements: str, comment: str = MARK) -> None:
        self.chains[chain].rules.append(NftRule(statements, comment))


class TableBuilder(TableParts):
    """The table that is being built."""

    def __init__(self) -> None:
        super().__init__()
        self.sets = {"interfaces": NftSet(("ifname",)), "shared": NftSet(("ifname",))}
        for family in FAMILIES:
            self.sets[f"sources{family}"] = NftSet(("ifname", ADDRESS[family]))
            for direction in DIRECTIONS:
                self.sets[f"{direction}{family}"] = NftSet((ADDRESS[family],), ("verdict",))
        self.chains = {name: BaseChain(header) for name, header in HOOKS.items()}
        self.chains[CHECK] = BaseChain(REGULAR)
        self.chains[REJECTING] = BaseChain(REGULAR)
        self.add(REJECTING, "meta l4proto 6", "reject with tcp reset")
        self.add(REJECTING, "reject with icmpx admin-prohibited")

    def include(self, parts: TableParts) -> None:
        """Add these to the table, which shares them."""
        self.sets.update(parts.sets)
        self.chains.update(parts.chains)
        self.counters.update(parts.counters)
        self.limits.update(parts.limits)


@lru_cache(maxsize=8192)
def _list_by_family(networks: tuple[str, ...]) -> dict[int, list[str]]:
    """Networks as nft lists them, by family: none is part of another, which nft refuses.

    Cached: many rules are about the same networks, and most are rendered twice in a run.
    """
    found: dict[int, list[str]] = {}
    wanted = map(network_of, networks)
    for network in merge_networks(wanted) if len(networks) > 1 else wanted:
        found.setdefault(network.version, []).append(shorten_network(str(network)))
    return found


def add_networks(parts: TableParts, name: str, networks: Iterable[str]) -> dict[int, str]:
    """Add a set of networks for each family that has some, and return the names by family."""
    names: dict[int, str] = {}
    for family, texts in _list_by_family(tuple(networks)).items():
        names[family] = _add_set(parts, f"{name}-{family}", family, texts)
    return names


def match_networks(parts: TableParts, field: str, networks: Iterable[str]) -> list[str]:
    """The matches of a field for these networks, one for each family that has some.

    A set is added for several networks, which all rules about the same ones share. A single network
    needs none: thousands of sets take the kernel seconds.
    """
    matches: list[str] = []
    for family, texts in _list_by_family(tuple(networks)).items():
        value = texts[0]
        if len(texts) > 1 or value.endswith("/0"):
            value = "@" + _add_set(parts, f"peers-{digest(*texts)}", family, texts)
        matches.append(f"{IP[family]} {field} {value}")
    return matches


def _add_set(parts: TableParts, name: str, family: int, texts: Iterable[str]) -> str:
    if name not in parts.sets:
        elements: dict[Fields, SetElement] = {(text,): SetElement((), "") for text in texts}
        parts.sets[name] = NftSet((ADDRESS[family],), (), True, elements)
    return name
