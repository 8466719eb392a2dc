# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables in which policies are: what each holds, how it is rendered, and how it is read."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Callable

from ..._host.programs import run
from ..._model.errors import Conflict, Failed
from ..._model.fast_typing import NamedTuple
from ..._model.network_policies import PortGuard, SourceCheck, is_damaged
from ..._model.resources import PolicyPart
from ..comments import is_marked
from ..nftables.read_table import read_nft_table
from ..nftables.table import POLICY_TABLE_NAME as TABLE_NAME
from .bridge_table import render_bridge_table
from .host_table import render_arp_table, render_host_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ..._model.resources import NatResource
    from ..nftables.table import NftTable


class PolicyTable(NamedTuple):
    """A table: its family, what it holds, and how that is rendered."""

    family: str
    holds: Callable[[PolicyPart], bool]
    render: Callable[..., NftTable]

    @property
    def words(self) -> str:
        return f"{self.family} {TABLE_NAME}"

    @property
    def removal(self) -> str:
        return f"add table {self.words}\ndelete table {self.words}\n"

    def pick(self, parts: Iterable[PolicyPart]) -> list[PolicyPart]:
        """Those of some parts that the table holds, in the same order."""
        return [*filter(self.holds, parts)]

    def select(self, resources: Iterable[NatResource]) -> list[PolicyPart]:
        """The resources that the table holds, in canonical order."""
        return self.pick(sort_parts(resources))

    def render_of(self, resources: Iterable[NatResource]) -> NftTable:
        """What the table has to be for these resources. Nobody may change it."""
        return render_table(self, tuple(self.select(resources)))


def sort_parts(resources: Iterable[NatResource]) -> list[PolicyPart]:
    """The parts of policies among resources, in canonical order."""
    parts = [resource for resource in resources if isinstance(resource, PolicyPart)]
    return sorted(parts, key=lambda part: part.sort_key)


@lru_cache(maxsize=16)
def render_table(table: PolicyTable, resources: tuple[PolicyPart, ...]) -> NftTable:
    """What a table has to be. Cached: a run asks up to six times. So nobody may change it."""
    return table.render(resources)


def is_written_whole(current: Collection[PolicyPart]) -> bool:
    """Whether a table that holds these parts is replaced, and not only changed."""
    return not current or any(map(is_damaged, current))


def _is_shared(part: PolicyPart) -> bool:
    return isinstance(part, SourceCheck) and part.shared


HOST_TABLE = PolicyTable("inet", lambda part: not isinstance(part, PortGuard), render_host_table)
RECORDING = (
    HOST_TABLE,
    PolicyTable("bridge", lambda part: isinstance(part, PortGuard), render_bridge_table),
)
"""The tables that record what they hold."""
ARP = PolicyTable("arp", _is_shared, render_arp_table)
TABLES = (*RECORDING, ARP)


def read_table(table: PolicyTable) -> NftTable:
    """Read a table.

    :raises Conflict: it does not carry our mark.
    :raises Failed: nft does not list it.
    """
    answer = run("nft", ["-j", "--numeric-protocol", "list", "table", *table.words.split()])
    if answer.code:
        raise Failed(f"nft cannot list the table {table.words}: {answer.complaint}")
    live = read_nft_table(answer.output)
    if (live.sets or live.chains) and not any(map(is_marked, live.comments())):
        rule = f"the table {table.words} has no mark of this collection; rename or delete the table"
        raise Conflict("policy", table.words, rule)
    return live
