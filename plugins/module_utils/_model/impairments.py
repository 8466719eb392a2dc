# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Impairments: what a link does on purpose to the packets that it sends.

An impairment is the root queueing discipline of a link: netem, or tbf if only a rate is wanted.
"""

from __future__ import annotations

from typing import Any

from .fast_dataclass import dataclass, field
from .resources import NetlinkResource

HANDLES = {"netem": 0x7262, "tbf": 0x7263}
"""The handles that mark a queueing discipline as ours. Those that the kernel chooses start at 8000.
They differ, so that one discipline can replace the other in one step."""
DEFAULT_LIMIT = 1000
"""The number of packets that netem holds by default."""
MIN_BURST = 16000
_MOST_BYTES = 2**32 - 1
_QUEUES_PER_SECOND = 10
_BURSTS_PER_SECOND = 100


@dataclass(frozen=True)
class Impairment(NetlinkResource):
    """The impairment of a link. Without ``limit`` it is a tbf, with it a netem.

    Times are in nanoseconds, shares in parts of ``tc_units.FULL_SHARE``, the rate in bytes per
    second. ``limit`` is the number of packets that netem holds. ``queue`` is the number of bytes
    that tbf holds, ``burst`` the number that it sends at once. ``altered``: the observed discipline
    has parameters that cannot be expressed here.
    """

    netns: str | None
    link: str
    delay: int = 0
    jitter: int = 0
    loss: int = 0
    corrupt: int = 0
    duplicate: int = 0
    reorder: int = 0
    rate: int = 0
    limit: int | None = None
    queue: int | None = None
    # Not compared: the kernel reports it in ticks of 64 ns.
    burst: int | None = field(default=None, compare=False)
    altered: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        return ("impairment", self.netns, self.link)

    @property
    def kind(self) -> str:
        """The queueing discipline: netem or tbf."""
        return "tbf" if self.limit is None else "netem"


OPTIONS = ("delay", "jitter", "loss", "corrupt", "duplicate", "reorder", "rate")
"""The options of an impairment, without its limit."""


def is_unimpaired(desired: Impairment) -> bool:
    """Whether nothing is to be done to the packets: the queueing discipline is removed."""
    return desired.limit is None and not any(getattr(desired, name) for name in OPTIONS)


def with_tbf_sizes(desired: Impairment, mtu: int) -> Impairment:
    """Fill in the burst and the queue of a tbf, for a link with that MTU.

    The burst is what the rate sends in 10 ms, and at least a packet. The queue holds 100 ms more.
    """
    if desired.limit is not None or is_unimpaired(desired):
        return desired
    burst = min(max(desired.rate // _BURSTS_PER_SECOND, MIN_BURST, mtu + 18), _MOST_BYTES)
    return Impairment(
        desired.netns,
        desired.link,
        rate=desired.rate,
        queue=min(desired.rate // _QUEUES_PER_SECOND + burst, _MOST_BYTES),
        burst=burst,
    )


def shrinks_burst(before: Impairment, after: Impairment) -> bool:
    """Whether a tbf is changed to a smaller burst. It must then be removed first.

    tbf compares the size of a packet with the burst only when the packet is queued
    (net/sched/sch_tbf.c: tbf_enqueue). A queued packet that is larger than the new burst would stay
    in the queue for ever, and all behind it.
    """
    return before.kind == after.kind == "tbf" and (before.burst or 0) > (after.burst or 0)


def format_options(impairment: Impairment) -> dict[str, Any]:
    """The options of a task that ask for this impairment, with values such as ``10ms``."""
    # Most tasks have no impairment, and do not need it.
    from .tc_units import FORMATTERS

    options: dict[str, Any] = {
        name: FORMATTERS[name](getattr(impairment, name))
        for name in OPTIONS
        if getattr(impairment, name)
    }
    # With a limit it is a netem, even if only the rate is set.
    needs_limit = impairment.limit is not None and set(options) <= {"rate"}
    if impairment.limit not in (None, DEFAULT_LIMIT) or needs_limit:
        options["limit"] = impairment.limit
    return options
