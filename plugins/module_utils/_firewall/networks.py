# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks as packet filters list them."""

from __future__ import annotations

import ipaddress


def networks_of_range(first: str, last: str) -> list[str]:
    """Return the networks that are together the addresses from ``first`` to ``last``.

    :raises ValueError: these are not two addresses of one family, in order.
    """
    start, end = (ipaddress.ip_address(text) for text in (first, last))
    return [str(network) for network in ipaddress.summarize_address_range(start, end)]
