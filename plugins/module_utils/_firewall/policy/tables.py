# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and replaces the tables of policies in a namespace. Only nftables can hold them.

They are beside the NAT table, whichever backend holds that: iptables sees no frames, and has no map
that leads from an address to the rules of its policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, NamedTuple

from ..._host.programs import find, run
from ..._host.requirements import describe_missing_program
from ..._model.errors import Conflict, Failed
from ..._model.network_policies import (
    POLICY_PARTS,
    PolicyPart,
    PortGuard,
    as_recorded,
    is_damaged,
    mark_damaged,
)
from ..comments import is_marked
from ..nftables.read_table import read_nft_table
from ..nftables.script import write_changes, write_script
from ..nftables.table import POLICY_TABLE_NAME as TABLE_NAME
from .bridge_table import render_bridge_table
from .host_table import render_host_table
from .records import read_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..._model.nat import NatResource
    from ..listing import Listing
    from ..nftables.table import NftTable


class _Table(NamedTuple):
    """A table: its family, what it holds, and how that is rendered."""

    family: str
    holds_guards: bool
    render: Callable[..., NftTable]

    @property
    def words(self) -> str:
        return f"{self.family} {TABLE_NAME}"

    def select(self, resources: Iterable[NatResource]) -> list[PolicyPart]:
        """The resources that the table holds, in canonical order."""
        found = [
            resource
            for resource in resources
            if isinstance(resource, POLICY_PARTS)
            and isinstance(resource, PortGuard) == self.holds_guards
        ]
        return sorted(found, key=lambda part: part.sort_key)


_TABLES = (
    _Table("inet", holds_guards=False, render=render_host_table),
    _Table("bridge", holds_guards=True, render=render_bridge_table),
)


def observe_policies(netns: str | None, listing: Listing) -> list[PolicyPart]:
    """Read the policies of the calling thread's namespace.

    :return: all resources of a table as damaged if its rules are not exactly theirs.
    :raises Conflict: a table does not carry our mark.
    :raises Failed: nft does not list a table.
    """
    found: list[PolicyPart] = []
    for table in _TABLES:
        if (table.family, TABLE_NAME) in (listing.nft_tables or ()):
            found += _observe(table, netns)
    return found


def _observe(table: _Table, netns: str | None) -> list[PolicyPart]:
    answer = run("nft", ["-j", "--numeric-protocol", "list", "table", *table.words.split()])
    if answer.code:
        raise Failed(f"nft cannot list the table {table.words}: {answer.complaint}")
    live = read_nft_table(answer.output)
    if (live.sets or live.chains) and not any(map(is_marked, live.comments())):
        rule = f"the table {table.words} has no mark of this collection; rename or delete the table"
        raise Conflict("policy", table.words, rule)
    resources = table.select(read_records(live, netns))
    try:
        is_whole = table.render(resources) == live
    except (ValueError, KeyError):
        is_whole = False
    return resources if is_whole else [*map(mark_damaged, resources)]


def _write(table: _Table, before: Sequence[NatResource], after: Sequence[NatResource]) -> str:
    """Write what turns one table into another; nothing if they are the same."""
    current = table.select(before)
    # Of other topologies damaged parts may stay.
    wanted = [as_recorded(part) for part in table.select(after)]
    if current == wanted:
        return ""
    removal = f"add table {table.words}\ndelete table {table.words}\n"
    if not wanted:
        return removal
    if current and not any(map(is_damaged, current)):
        changes = (table.render(current), table.render(wanted))
        return write_changes(*changes, table.family, TABLE_NAME)
    return removal + write_script(table.render(wanted), table.family, TABLE_NAME)


def replace_policies(before: Sequence[NatResource], after: Sequence[NatResource]) -> None:
    """Replace policies of a namespace: all its tables in one transaction.

    :raises Failed: nft is missing or refused the rules.
    """
    script = "".join(_write(table, before, after) for table in _TABLES)
    if not script:
        return
    if find("nft") is None:
        raise Failed(describe_missing_program("nft"))
    answer = run("nft", ["-f", "-"], script)
    if answer.code:
        raise Failed(f"nft refused the rules of policies: {answer.complaint}")


def render_policy_commands(
    before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
) -> list[str]:
    """Return the commands for bash that do what ``replace_policies`` does."""
    script = "".join(_write(table, before, after) for table in _TABLES)
    return [f"{prefix}nft -f - <<'EOF'\n{script}EOF"] if script else []
