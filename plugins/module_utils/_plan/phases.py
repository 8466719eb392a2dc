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
    Network managers are told of links before these are created.
    """

    FORGET = 0
    UNMANAGE = 1
    LEAVE = 2
    CLEAR = 3
    NETNS = 4
    SYSCTL = 5
    RESOLVER = 6
    LINK = 7
    MOVE = 8
    CHILD = 9
    ALTER = 10
    VLAN = 11
    MTU = 12
    LINK_SYSCTL = 13
    ADDRESS = 14
    UP = 15
    IMPAIR = 16
    ROUTE = 17
    CLOSE_FORWARDING = 18
    NAT = 19
    OPEN_FORWARDING = 20
    REMOVE_ROUTE = 21
    REMOVE_ADDRESS = 22
    REMOVE_LINK = 23
    OPEN_RETURNED = 24
    REMOVE_RESOLVER = 25
    REMOVE_NETNS = 26
    PERSIST = 27
