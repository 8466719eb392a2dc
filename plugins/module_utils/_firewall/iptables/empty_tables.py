# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletes the tables of iptables-nft that are empty, once our last chain is gone.

iptables-nft creates a table with all its base chains for the first rule, and never deletes it. An
empty one with the policy accept does nothing; the next program that needs it creates it again.
"""

from __future__ import annotations

import json

from ..._host.programs import find, run
from ..._netlink.nft_tables import list_tables

_TABLES = ("raw", "filter", "mangle", "nat")
_FAMILIES = ("ip", "ip6")


def delete_empty_tables() -> None:
    """Delete the empty tables of the calling thread's namespace.

    If a rule comes in between, the kernel refuses to delete its chain, and nothing is deleted.
    """
    if find("nft") is None:
        return
    existing = list_tables() or frozenset()
    for family in _FAMILIES:
        for name in _TABLES:
            if (family, name) in existing:
                chains = _list_empty_chains(family, name)
                lines = [f"delete chain {family} {name} {chain}" for chain in chains]
                if lines:
                    run(
                        "nft", ["-f", "-"], "\n".join([*lines, f"delete table {family} {name}", ""])
                    )


def _list_empty_chains(family: str, name: str) -> list[str]:
    """Return the chains of a table; none if it has rules, or does more than to accept."""
    answer = run("nft", ["-j", "list", "table", family, name])
    if answer.code:
        return []
    chains: list[str] = []
    for item in json.loads(answer.output)["nftables"]:
        kind, value = next(iter(item.items()))
        if kind in ("metainfo", "table"):
            continue
        if kind != "chain" or value.get("policy") != "accept":
            return []
        chains.append(value["name"])
    return chains
