# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the packet filters of the calling thread's namespace that can drop packets.

Rules of this collection are left out if they drop: that is what they are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._firewall.nftables.table import TABLE_NAME
from ..._model.errors import NetnsError
from .read_iptables import read_iptables
from .read_nftables import FAMILIES, read_table
from .rules import PacketFilters

if TYPE_CHECKING:
    from ..._firewall.listing import Listing

_IPTABLES_TABLES = ("filter", "nat", "mangle", "raw", "security")
_OWN_PREFIX = "redblue_"


def read_packet_filters(listing: Listing) -> PacketFilters:
    """All base chains that can drop packets, in the order in which the programs list them."""
    filters = PacketFilters()
    if listing.is_empty:
        return filters
    # iptables-nft keeps its tables in nftables; they are read through iptables-save.
    seen_by_iptables = (
        {(family, table) for family in ("ip", "ip6") for table in _IPTABLES_TABLES}
        if listing.iptables_programs
        else set()
    )
    try:
        read_iptables(listing, filters)
        for family, name in sorted(listing.nft_tables or ()):
            is_own = name == TABLE_NAME or name.startswith(_OWN_PREFIX)
            if family in FAMILIES and not is_own and (family, name) not in seen_by_iptables:
                read_table(family, name, filters)
    except NetnsError as error:
        filters.read_errors.append(str(error))
    return filters
