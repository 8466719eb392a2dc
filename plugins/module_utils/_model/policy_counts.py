# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies have counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fast_typing import NamedTuple

if TYPE_CHECKING:
    from .network_policies import NetworkPolicy


class Count(NamedTuple):
    """What a counter has counted."""

    packets: int = 0
    octets: int = 0


class RuleCount(NamedTuple):
    """What a rule of a policy has let through or refused; ``number`` counts from 0.

    Replies are not counted, and packets that an earlier rule let through are not either.
    """

    policy: NetworkPolicy
    direction: str
    number: int
    counted: Count


class RefusalCount(NamedTuple):
    """What was refused since no rule of these policies, which apply to one member, let it through.

    Members with the same policies are counted together. With ``audit`` it would have been refused:
    one of the policies only logs. These are the packets that begin a flow.
    """

    policies: tuple[NetworkPolicy, ...]
    direction: str
    audit: bool
    counted: Count


class PolicyCounts(NamedTuple):
    """What all policies of the host have counted; ``spoofed`` are packets of no member."""

    rules: tuple[RuleCount, ...] = ()
    refusals: tuple[RefusalCount, ...] = ()
    spoofed: Count = Count()
