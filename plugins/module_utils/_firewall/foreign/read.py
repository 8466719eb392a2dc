# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the ports and addresses that rules of other software forward already.

The namespace is that of the calling thread. If two rules translate the same packet, their order
decides, and only the author of both can know it: a port that is taken is refused. The files of this
package:

- read_iptables.py, and read_nftables.py with nft_operands.py: rules as the data of rules.py.
- walk.py: from the hook through all chains to the rules that translate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..listing import IPTABLES_NFT_TABLES, Listing, list_nft
from .read_iptables import read_iptables_tables
from .read_nftables import read_nft_table, takes_packets
from .walk import find_forwards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.foreign_forwards import ForeignForward
    from .rules import ForeignTable


def read_foreign_forwards(listing: Listing) -> tuple[ForeignForward, ...]:
    """Return what others forward in the namespace of this listing, what is certain first."""
    found: list[ForeignForward] = []
    for table in _read_tables(listing):
        found += find_forwards(table)
    return tuple(sorted(found, key=lambda forward: not forward.certain))


def _read_tables(listing: Listing) -> Iterator[ForeignTable]:
    for program in listing.iptables_programs:
        yield from read_iptables_tables(program, listing.iptables_save(program))
    skipped: set[tuple[str, str]] = set()
    if listing.iptables_programs and not listing.iptables_is_legacy:
        skipped.update(IPTABLES_NFT_TABLES)
    tables = {
        (chain["family"], chain["table"])
        for chain in listing.foreign_chains
        if takes_packets(chain)
    }
    for family, name in sorted(tables - skipped):
        yield read_nft_table(family, name, list_nft("list", "table", family, name))
