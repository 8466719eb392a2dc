# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the packet filters of the calling thread's namespace may drop: all of nft's tables, and of every iptables. What ours drop they are there to drop."""

from __future__ import annotations

from ..._firewall.listing import Listing
from ..._firewall.nftables.table import TABLE_NAME
from ..._model.errors import NetnsError
from .read_iptables import read_iptables
from .read_nftables import FAMILIES, read_table
from .rules import Filters


def read_filters(listing: Listing) -> Filters:
    """All that can drop, in the order in which it was listed."""
    filters = Filters()
    if listing.is_empty:
        return filters
    of_iptables = (
        {
            (family, table)
            for family in ("ip", "ip6")
            for table in ("filter", "nat", "mangle", "raw", "security")
        }
        if listing.iptables_programs
        else set()
    )
    try:
        read_iptables(listing, filters)
        for family, name in sorted(listing.nft_tables or ()):
            if (
                family in FAMILIES
                and name != TABLE_NAME
                and not name.startswith("redblue_")
                and (family, name) not in of_iptables
            ):
                filters.hooks += read_table(family, name)
    except NetnsError as error:
        filters.unread.append(str(error))
    return filters
