# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy routing rules that guard a namespace while its packet filter rules are missing."""

from __future__ import annotations

from .fast_typing import NamedTuple

GUARD_MARK = 0x1000
"""The mark of packets that our packet filter rules have seen.

They set it last in prerouting, only on packets without a mark, and clear it first in input and
forward. So only policy routing sees it.
"""

POLICY_MARK = 0x3000
"""The mark that the table of policies sets in place of ``GUARD_MARK``, and clears likewise.

While there are policies, a packet that still has ``GUARD_MARK`` has not met them.
"""


class GuardRule(NamedTuple):
    """A policy routing rule of the guard, as in ip-rule(8).

    ``action`` is blackhole, goto, nop or lookup. A blackhole is only for packets with ``mark``, 0
    for those without one. A goto leads to ``GuardPriority.END``, a lookup to the table local.
    """

    family: int
    priority: int
    action: str
    iif: str = ""
    source: str = ""
    to: str = ""
    mark: int = 0


class GuardPriority:
    """The priorities of the rules, in the order in which the kernel evaluates them.

    They come right after the look-up in the table local, which has the priority 0.
    """

    HOST = 2
    """Packets that the host itself sends are not guarded."""
    LOCAL = 3
    """Nor are packets to the host, also where the look-up at 0 was moved behind these rules."""
    NETWORK = 4
    """Packets to a network of an isolated lab. The rule for packets that have not met the policies
    has this priority too: it names no network, but a mark."""
    FORWARDING = 5
    """Packets that enter by an interface whose forwarding we enabled; or by any, if we enabled
    IPv6 forwarding. That rule names no interface, and with others of its priority and family the
    kernel would delete one of them in its place."""
    MEMBER = 6
    """Packets of an isolated lab with an address of the lab."""
    INTERFACE = 7
    """Packets that enter by an interface of an isolated lab."""
    END = 8
    SAVED_ACCEPT_RA = 9
    SAVED_FORWARDING = 10
    """Rules that do nothing. They record the sysctls of an interface that are to be restored."""
