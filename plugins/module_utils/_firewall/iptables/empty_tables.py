# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletes what iptables-nft created for our rules, once these are gone: empty chains and tables.

iptables-nft creates a base chain, and its table, for the first rule in it, and never deletes them.
An empty one with the policy accept does nothing; the next program that needs it creates it again.
But in a table that others use, too, an empty base chain that was there before our rules is theirs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..._host.programs import find, run
from ..._netlink.nft_tables import list_tables

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

BaseChain = tuple[int, str, str]
"""An address family (4, 6), a table and a chain of it."""

_FAMILIES = {4: "ip", 6: "ip6"}


def find_created_chains(unused: Mapping[BaseChain, Collection[str]]) -> dict[BaseChain, bool]:
    """Return for each of these base chains whether it was created for a rule of ours.

    The kernel numbers what is added to a table, and iptables-restore adds our chain, then the base
    chain with the jump to it. So a base chain with a lower number than ours was there before.

    :param unused: our chains that each base chain still jumps to, and soon will not.
    """
    created = dict.fromkeys(unused, False)
    if not unused or find("nft") is None or not list_tables():
        return created
    handles: dict[BaseChain, int] = {}
    for number in sorted({number for number, _table, _chain in unused}):
        answer = run("nft", ["-j", "list", "chains", _FAMILIES[number]])
        for item in json.loads(answer.output)["nftables"] if not answer.code else []:
            chain = item.get("chain")
            if chain:
                handles[number, chain["table"], chain["name"]] = chain["handle"]
    for base, chains in unused.items():
        number, table, _name = base
        ours = [handles[place] for name in chains if (place := (number, table, name)) in handles]
        created[base] = base in handles and any(handles[base] > handle for handle in ours)
    return created


def delete_empty_chains(unused: Mapping[BaseChain, bool]) -> None:
    """Delete those of these base chains that are empty, with the tables that are empty then.

    If a rule comes in between, the kernel refuses to delete its chain, and nothing is deleted.

    :param unused: the chains of which our rules were removed, in the calling thread's namespace,
        and whether they were created for our rules.
    """
    if not unused or find("nft") is None:
        return
    existing = list_tables() or frozenset()
    for number, name in sorted({(number, table) for number, table, _chain in unused}):
        family = _FAMILIES[number]
        if (family, name) not in existing:
            continue
        ours = {
            base[2] for base, created in unused.items() if created and base[:2] == (number, name)
        }
        lines = _write_deletions(family, name, ours)
        if lines:
            run("nft", ["-f", "-"], "\n".join([*lines, ""]))


def _write_deletions(family: str, name: str, ours: Collection[str]) -> list[str]:
    """Write the commands of nft for a table: for all of it, or for chains created for our rules."""
    answer = run("nft", ["-j", "list", "table", family, name])
    if answer.code:
        return []
    empty: list[str] = []
    used: set[str] = set()
    for item in json.loads(answer.output)["nftables"]:
        kind, value = next(iter(item.items()))
        if kind == "chain" and value.get("policy") == "accept":
            empty.append(value["name"])
        elif kind not in ("metainfo", "table"):
            used.add(value.get("chain") or value["name"])
    if used:
        empty = [chain for chain in empty if chain in ours and chain not in used]
    lines = [f"delete chain {family} {name} {chain}" for chain in empty]
    return lines if used else [*lines, f"delete table {family} {name}"]
