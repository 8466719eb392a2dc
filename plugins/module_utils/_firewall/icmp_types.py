# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of ICMP messages that rules of ours name, as nft and iptables call them."""

from __future__ import annotations

ICMP_ERRORS = {
    4: {"destination-unreachable": 3, "time-exceeded": 11, "parameter-problem": 12},
    6: {
        "destination-unreachable": 1,
        "packet-too-big": 2,
        "time-exceeded": 3,
        "parameter-problem": 4,
    },
}
"""Reports about a packet of the receiver, by address family: nft's names, and the numbers."""
ND_TYPES = {"nd-router-solicit": 133, "nd-neighbor-solicit": 135, "nd-neighbor-advert": 136}
"""Neighbour discovery (RFC 4861), without what only a router may send."""
ECHO_REQUEST = {4: 8, 6: 128}
