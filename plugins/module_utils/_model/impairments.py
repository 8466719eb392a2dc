# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a link does on purpose to the packets that it sends: the type, from a task's words, and back to them.

It is a queueing discipline at the root of the link: netem, or tbf where nothing but a rate is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Optional, Tuple

from .tc_units import format_rate, format_share, format_time, parse_rate, parse_share, parse_time

HANDLES = {"netem": 0x7262, "tbf": 0x7263}
"""Under these handles a discipline is ours; those that the kernel chooses for others begin with 8000. One is put
into the place of the other in one step, as they differ."""
DEFAULT_LIMIT = 1000
"""How many packets netem holds where nothing is said."""
MIN_BURST = 16000
_MOST_BYTES = 2**32 - 1
_QUEUE_TIME = 10  # parts of a second
_BURST_TIME = 100


@dataclass(frozen=True)
class Impairment:
    """Times in nanoseconds, shares in parts of ``_units.WHOLE``, the rate in bytes a second.

    ``limit``: how many packets netem holds. ``queue`` and ``burst``, in bytes: how much tbf holds, and lets through at once.
    ``altered``: of one that is there, that somebody gave it what we have no words for.
    """

    netns: Optional[str]
    link: str
    delay: int = 0
    jitter: int = 0
    loss: int = 0
    corrupt: int = 0
    duplicate: int = 0
    reorder: int = 0
    rate: int = 0
    limit: Optional[int] = None
    queue: Optional[int] = None
    burst: Optional[int] = field(
        default=None, compare=False
    )  # the kernel tells it in ticks of 64 ns
    altered: bool = False

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("impairment", self.netns, self.link)

    @property
    def kind(self) -> str:
        """The queueing discipline that does it."""
        return "tbf" if self.limit is None else "netem"


PARSERS: Dict[str, Callable[[str, str], int]] = {
    "delay": parse_time,
    "jitter": parse_time,
    "loss": parse_share,
    "corrupt": parse_share,
    "duplicate": parse_share,
    "reorder": parse_share,
    "rate": parse_rate,
}
_DESCRIPTIONS: Dict[str, Callable[[int], str]] = {
    "delay": format_time,
    "jitter": format_time,
    "loss": format_share,
    "corrupt": format_share,
    "duplicate": format_share,
    "reorder": format_share,
    "rate": format_rate,
}


def is_unimpaired(wanted: Impairment) -> bool:
    """Whether nothing is asked for: the packets go as they come."""
    return wanted.limit is None and not any(getattr(wanted, name) for name in PARSERS)


def with_tbf_sizes(wanted: Impairment, mtu: int) -> Impairment:
    """With what follows from a rate alone, on a link of that MTU.

    A burst is what 10 ms let through and any packet, the queue what goes in 100 ms besides.
    """
    if wanted.limit is not None or is_unimpaired(wanted):
        return wanted
    burst = min(max(wanted.rate // _BURST_TIME, MIN_BURST, mtu + 18), _MOST_BYTES)
    return Impairment(
        wanted.netns,
        wanted.link,
        rate=wanted.rate,
        queue=min(wanted.rate // _QUEUE_TIME + burst, _MOST_BYTES),
        burst=burst,
    )


def shrinks_burst(before: Impairment, after: Impairment) -> bool:
    """Whether a packet that waits could be more than is let through at once from now on: tbf would hold it, and all behind it, for ever.

    It looks at the size when a packet comes (net/sched/sch_tbf.c: tbf_enqueue), and never again.
    """
    return before.kind == after.kind == "tbf" and (before.burst or 0) > (after.burst or 0)


def format_options(impairment: Impairment) -> Dict[str, Any]:
    """The words for it, which read are the same again."""
    words: Dict[str, Any] = {
        name: say(getattr(impairment, name))
        for name, say in _DESCRIPTIONS.items()
        if getattr(impairment, name)
    }
    if impairment.limit not in (None, DEFAULT_LIMIT) or (
        impairment.limit is not None and set(words) <= {"rate"}
    ):
        words["limit"] = impairment.limit
    return words


def describe_impairment(impairment: Impairment) -> str:
    """In one line."""
    return ", ".join(f"{name} {value}" for name, value in format_options(impairment).items())
