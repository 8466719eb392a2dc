# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of other software as plain data, the same for nftables and iptables. Pure."""

from __future__ import annotations

from ..._model.fast_typing import NamedTuple
from ..._model.foreign_forwards import ALL_PACKETS, Packets


class Condition(NamedTuple):
    """A condition of a rule: a packet is among one of the ``alternatives``, or among none.

    ``certain`` is false if the condition cannot be evaluated here: it may hold for any packet.
    ``whole`` is false if it takes a share of them, for example one connection of three.
    """

    alternatives: tuple[Packets, ...]
    negated: bool = False
    certain: bool = True
    whole: bool = True


ALWAYS = Condition((ALL_PACKETS,))
NEVER = Condition(())
UNKNOWN = Condition((ALL_PACKETS,), certain=False)
SHARE = Condition((ALL_PACKETS,), whole=False)


class ForeignRule(NamedTuple):
    """A rule: what happens to packets that meet all its conditions.

    ``verdict`` is ``translate``, ``accept`` (which ends the base chain, as a drop does),
    ``return``, or ``jump`` or ``goto`` to the chain ``target``. Rules with none of these are left
    out.
    """

    conditions: tuple[Condition, ...]
    verdict: str
    target: str = ""


Chains = dict[str, list[ForeignRule]]
"""The rules of a table by chain."""


class ForeignTable(NamedTuple):
    """A table with base chains on the hook prerouting that translate addresses.

    ``name`` is how messages describe it.
    """

    name: str
    packets: Packets
    base_chains: tuple[str, ...]
    chains: Chains
