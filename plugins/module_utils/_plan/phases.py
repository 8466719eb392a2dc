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
    Network managers are told of links before these are created. A process is ended before what it
    uses is removed, and started when all that it may use is there. Open vSwitch gets its ports when
    the links are there, all at once. Plugins of CNI are run when the links and rules are there, and
    before processes are started. What they attach is opened when it is there.
    """

    FORGET = 0
    END_PROCESS = 1
    DETACH = 2
    UNMANAGE = 3
    LEAVE = 4
    CLEAR = 5
    NETNS = 6
    SYSCTL = 7
    RESOLVER = 8
    LINK = 9
    MOVE = 10
    CHILD = 11
    ALTER = 12
    OVS = 13
    OVS_LINK = 14
    VLAN = 15
    MTU = 16
    LINK_SYSCTL = 17
    ADDRESS = 18
    UP = 19
    IMPAIR = 20
    ROUTE = 21
    CLOSE_FORWARDING = 22
    NAT = 23
    OPEN_FORWARDING = 24
    REMOVE_ROUTE = 25
    REMOVE_ADDRESS = 26
    REMOVE_LINK = 27
    OPEN_RETURNED = 28
    REMOVE_RESOLVER = 29
    REMOVE_NETNS = 30
    ATTACH = 31
    OPEN_ATTACHED = 32
    START_PROCESS = 33
    PERSIST = 34
