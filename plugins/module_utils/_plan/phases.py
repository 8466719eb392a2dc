# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order in which the steps of a plan are applied."""

from __future__ import annotations

from enum import IntEnum


class Phase(IntEnum):
    """When a step is applied.

    Resources are created after those that they depend on, and removed in the opposite order.
    New ones are created before old ones are removed. A child is a link on another link, which may
    have to be moved first. A link that returns to the host is opened when it is there.
    A file that is applied at boot is written when all else is done, and removed before all else.
    """

    FORGET = 0
    LEAVE = 1
    CLEAR = 2
    NETNS = 3
    SYSCTL = 4
    RESOLVER = 5
    LINK = 6
    MOVE = 7
    CHILD = 8
    ALTER = 9
    VLAN = 10
    MTU = 11
    LINK_SYSCTL = 12
    ADDRESS = 13
    UP = 14
    IMPAIR = 15
    ROUTE = 16
    CLOSE_FORWARDING = 17
    NAT = 18
    OPEN_FORWARDING = 19
    REMOVE_ROUTE = 20
    REMOVE_ADDRESS = 21
    REMOVE_LINK = 22
    OPEN_RETURNED = 23
    REMOVE_RESOLVER = 24
    REMOVE_NETNS = 25
    PERSIST = 26
