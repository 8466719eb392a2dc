# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and replaces the tables of policies in a namespace. Only nftables can hold them.

They are beside the NAT table, whichever backend holds that: iptables sees no frames, and has no map
that leads from an address to the rules of its policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._host.programs import find, run
from ..._host.requirements import describe_missing_program
from ..._model.errors import Failed
from ..._model.network_policies import SourceCheck, as_recorded, is_damaged, mark_damaged
from ..nftables.script import write_changes, write_script
from ..nftables.table import POLICY_TABLE_NAME as TABLE_NAME
from ..tables_state import read_tables_state
from .differences import render_difference
from .policy_table import (
    ARP,
    RECORDING,
    TABLES,
    PolicyTable,
    is_written_whole,
    read_table,
    render_table,
    sort_parts,
)
from .proxies import find_missing_proxies, render_proxy_commands, replace_proxies
from .read_back import verify_policies
from .recent import Recent
from .records import read_records
from .verified import recall_policies

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..._model.resources import NatResource, PolicyPart
    from ..listing import Listing


def observe_policies(netns: str | None, listing: Listing) -> list[PolicyPart]:
    """Read the policies of the calling thread's namespace.

    :return: all resources of a table as damaged if its rules are not exactly theirs, and a source
        check also if the host does not answer for its members.
    :raises Conflict: a table does not carry our mark.
    :raises Failed: nft does not list a table.
    """
    found = recall_policies(read_tables_state()) if netns is None else None
    if found is not None:
        unanswered = find_missing_proxies(_list_shared(found))
    else:
        found = []
        tables = listing.nft_tables or frozenset()
        for table in RECORDING:
            if (table.family, TABLE_NAME) in tables:
                found += _observe(table, netns)
        unanswered = _find_unanswered(found, tables)
    return [
        mark_damaged(part)
        if isinstance(part, SourceCheck) and part.interface in unanswered and not is_damaged(part)
        else part
        for part in found
    ]


def _list_shared(parts: Iterable[PolicyPart]) -> list[SourceCheck]:
    """The interfaces by which the host answers for members behind them."""
    return [part for part in parts if isinstance(part, SourceCheck) and part.shared]


def _find_unanswered(parts: list[PolicyPart], tables: frozenset[tuple[str, str]]) -> set[str]:
    """The shared interfaces by which the kernel does not answer for all members behind them."""
    shared = _list_shared(map(as_recorded, parts))
    whole = render_table(ARP, tuple(shared))
    if shared and (("arp", TABLE_NAME) not in tables or read_table(ARP) != whole):
        return {part.interface for part in shared}
    return find_missing_proxies(shared)


def _observe(table: PolicyTable, netns: str | None) -> list[PolicyPart]:
    live = read_table(table)
    resources = table.select(read_records(live, netns))
    try:
        is_whole = render_table(table, tuple(resources)) == live
    except (ValueError, KeyError):
        is_whole = False
    return resources if is_whole else [*map(mark_damaged, resources)]


def _write(table: PolicyTable, before: Sequence[PolicyPart], after: Sequence[PolicyPart]) -> str:
    """Write what turns one table into another; nothing if they are the same."""
    current, wanted = table.pick(before), table.pick(after)
    if current == wanted:
        return ""
    if not wanted:
        return table.removal
    if not is_written_whole(current):
        changes = render_difference(table, current, wanted)
        return write_changes(*changes, table.family, TABLE_NAME)
    whole = render_table(table, tuple(wanted))
    return table.removal + write_script(whole, table.family, TABLE_NAME)


def _write_all(before: Sequence[PolicyPart], after: Sequence[PolicyPart]) -> str:
    """Write what turns all tables of policies into others; nothing if they are the same."""
    # Of other topologies damaged parts may stay.
    return recent_scripts(before, [*map(as_recorded, after)])


def _write_tables(before: list[PolicyPart], after: list[PolicyPart]) -> str:
    script = "".join(_write(table, before, after) for table in TABLES)
    if script and not after:
        # Of damaged tables, one may be left that holds nothing.
        return "".join(table.removal for table in TABLES)
    return script


recent_scripts = Recent(_write_tables)
"""What is applied is shown afterwards."""


def replace_policies(before: Sequence[NatResource], after: Sequence[NatResource]) -> None:
    """Replace policies of a namespace: all its tables in one transaction.

    :raises Failed: nft is missing or refused the rules, or the kernel an address to answer for.
    """
    before, after = sort_parts(before), sort_parts(after)
    script = _write_all(before, after)
    if not script:
        return
    if find("nft") is None:
        raise Failed(describe_missing_program("nft"))
    is_on_host = all(part.netns is None for part in (*before, *after))
    start = read_tables_state() if is_on_host else None
    answer = run("nft", ["-f", "-"], script)
    if answer.code:
        raise Failed(f"nft refused the rules of policies: {answer.complaint}")
    replace_proxies(before, after)
    if is_on_host:
        verify_policies(start, before, after)


def render_policy_commands(
    before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
) -> list[str]:
    """Return the commands for bash that do what ``replace_policies`` does."""
    script = _write_all(sort_parts(before), sort_parts(after))
    commands = [f"{prefix}nft -f - <<'EOF'\n{script}EOF"] if script else []
    return commands + render_proxy_commands(before, after, prefix)
