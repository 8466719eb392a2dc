# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VLANs of bridge ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, FrozenSet, List, Optional, Tuple

MAX_VLAN = 4094

VlanIds = FrozenSet[int]


@dataclass(frozen=True)
class PortVlans:
    """``vlan``: that of frames without a tag, which leave without one too; 0 for none. ``tagged``: those whose frames come and go with one.

    In something wanted ``None`` means "leave it as it is". ``mixed``: of what is there, those for which there are no such words: frames
    come with a tag and leave without one, or the other way round.
    """

    netns: Optional[str]
    link: str
    vlan: Optional[int] = None
    tagged: Optional[VlanIds] = None
    mixed: VlanIds = frozenset()

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("vlans", self.netns, self.link)


def to_ranges(numbers: VlanIds) -> List[Tuple[int, int]]:
    """First and last of each run."""
    found: List[Tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def format_ranges(numbers: VlanIds) -> List[str]:
    """As short as they can be told."""
    return [
        str(first) if first == last else f"{first}-{last}" for first, last in to_ranges(numbers)
    ]


def describe_vlans(vlans: PortVlans) -> str:
    """In one line."""
    parts = [] if vlans.vlan is None else [f"vlan {vlans.vlan or 'none'}"]
    if vlans.mixed:
        parts.append(f"mixed {', '.join(format_ranges(vlans.mixed))}")
    return "; ".join(
        parts
        + (
            []
            if vlans.tagged is None
            else [f"vlans {', '.join(format_ranges(vlans.tagged)) or 'none'}"]
        )
    )


def merge_vlans(before: PortVlans, wanted: PortVlans) -> PortVlans:
    """What a port with the one will have when the other is done: ``vlan`` is exact for what leaves without a tag, ``vlans`` for what has one."""
    tagged = (
        (before.tagged or frozenset()) - {wanted.vlan} if wanted.tagged is None else wanted.tagged
    )
    vlan = wanted.vlan if wanted.vlan is not None else 0 if before.vlan in tagged else before.vlan
    return PortVlans(
        wanted.netns,
        wanted.link,
        vlan,
        frozenset(tagged),
        frozenset() if wanted.vlan is not None else before.mixed - tagged,
    )


def vlan_changes(before: PortVlans, after: PortVlans) -> Tuple[VlanIds, VlanIds, Optional[int]]:
    """(what comes or gets its tag, what goes, which comes as that of frames without one). The new comes before the old goes."""
    had = (
        (before.tagged or frozenset())
        | before.mixed
        | ({before.vlan} if before.vlan else frozenset())
    )
    tagged = after.tagged or frozenset()
    gone = had - tagged - after.mixed - {after.vlan or 0}
    return (
        tagged - (before.tagged or frozenset()),
        frozenset(gone),
        after.vlan if after.vlan and after.vlan != before.vlan else None,
    )
