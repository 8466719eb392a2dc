# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was seen of a lost packet: the last place where it was, and the first where it was not.

Pure: from the way that it should have taken, and the sightings of packet sockets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..._model.fast_typing import NamedTuple
from .link_settings import DropSettings
from .way import Crossing, Step, reverse_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .capture import Sighting
    from .counters import Counters
    from .flows import ExpectedFlow


class Stage(NamedTuple):
    """A packet at a step: an echo's ``request`` or ``reply``, or ``who-has`` and ``is-at``.

    ``crossing`` is the hop that it belongs to, of the way there or of the way ``back``.
    """

    kind: str
    key: str
    step: Step
    crossing: Crossing
    back: bool = False


@dataclass
class Trace:
    """What was observed of a lost flow.

    ``last`` and ``missing`` are the last stage that was seen and the first that was not; None for
    nothing. ``errors`` are ICMP errors that came back. ``counted`` has what the namespaces of the
    way counted meanwhile.
    """

    flow: ExpectedFlow
    way: list[Crossing]
    tried: int = 0
    sent: int = 0
    send_error: int = 0
    way_back: list[Crossing] = field(default_factory=list)
    last: Stage | None = None
    missing: Stage | None = None
    errors: list[str] = field(default_factory=list)
    counted: dict[str | None, Counters] = field(default_factory=dict)
    macs: dict[tuple[str | None, str, str], str] = field(default_factory=dict)
    """The MAC addresses of neighbours, by namespace, device and address."""
    sources: set[str] = field(default_factory=set)
    """The addresses from which its packets were seen."""
    settings: DropSettings = field(default_factory=lambda: DropSettings({}, {}, {}, {}, {}, {}))

    @property
    def crossing(self) -> Crossing:
        """The hop at which the packet was lost."""
        stage = self.missing or self.last
        return self.way[-1] if stage is None else stage.crossing

    @property
    def netns(self) -> str | None:
        """The namespace in which it was lost, or whose link did not pass it on."""
        if self.last is not None:
            return self.last.step.netns
        return self.flow.netns


def list_stages(
    marker: str, way: list[Crossing], way_back: list[Crossing], unresolved: set[tuple[object, ...]]
) -> list[Stage]:
    """All stages of an echo in their order.

    :param unresolved: (namespace, device, next hop) without a MAC address: there the resolution
        comes before the packet.
    """
    return [
        *_stages_of(marker, "request", way, unresolved, back=False),
        *_stages_of(marker, "reply", way_back, unresolved, back=True),
    ]


def _stages_of(
    marker: str,
    kind: str,
    way: list[Crossing],
    unresolved: set[tuple[object, ...]],
    back: bool,
) -> Iterator[Stage]:
    for crossing in way:
        if (crossing.lookup.netns, crossing.hop.device, crossing.next_hop) in unresolved:
            for step in crossing.steps:
                yield Stage("who-has", crossing.next_hop, step, crossing, back)
            if crossing.arrival is not None:
                for step in reverse_steps(crossing.steps):
                    yield Stage("is-at", crossing.next_hop, step, crossing, back)
        for step in crossing.steps:
            yield Stage(kind, marker, step, crossing, back)


def locate(trace: Trace, stages: list[Stage], sightings: Iterable[Sighting]) -> None:
    """Set the last stage that was seen, and the first after it that was not."""
    seen = {
        (sighting.kind, sighting.key, sighting.netns, sighting.link, sighting.direction)
        for sighting in sightings
    }
    position = -1
    for number, stage in enumerate(stages):
        if (stage.kind, stage.key, *stage.step) in seen:
            position, trace.last = number, stage
    trace.missing = stages[position + 1] if position + 1 < len(stages) else None
