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
    """

    LEAVE = 0
    CLEAR = 1
    NETNS = 2
    SYSCTL = 3
    RESOLVER = 4
    LINK = 5
    MOVE = 6
    CHILD = 7
    ALTER = 8
    VLAN = 9
    MTU = 10
    LINK_SYSCTL = 11
    ADDRESS = 12
    UP = 13
    IMPAIR = 14
    ROUTE = 15
    CLOSE_FORWARDING = 16
    NAT = 17
    OPEN_FORWARDING = 18
    REMOVE_ROUTE = 19
    REMOVE_ADDRESS = 20
    REMOVE_LINK = 21
    OPEN_RETURNED = 22
    REMOVE_RESOLVER = 23
    REMOVE_NETNS = 24
