# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VLANs of bridge ports."""

from __future__ import annotations

from typing import Any

from .fast_dataclass import dataclass
from .ranges import format_range
from .resources import NetlinkResource

MAX_VLAN = 4094

VlanIds = frozenset[int]


@dataclass(frozen=True)
class PortVlans(NetlinkResource):
    """The VLANs of a bridge port, or of the bridge itself (``of_bridge``).

    In a desired state ``None`` leaves a value as it is.

    ``vlan`` is the VLAN of untagged frames (PVID, egress untagged), 0 for none. ``tagged`` are the
    VLANs whose frames are tagged. ``mixed`` are observed VLANs that are neither: their frames are
    tagged in one direction only.
    """

    netns: str | None
    link: str
    vlan: int | None = None
    tagged: VlanIds | None = None
    mixed: VlanIds = frozenset()
    of_bridge: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        return ("vlans", self.netns, self.link)


def to_ranges(vlan_ids: VlanIds) -> list[tuple[int, int]]:
    """The first and the last of each run of consecutive ids."""
    found: list[tuple[int, int]] = []
    for vlan_id in sorted(vlan_ids):
        if found and found[-1][1] == vlan_id - 1:
            found[-1] = (found[-1][0], vlan_id)
        else:
            found.append((vlan_id, vlan_id))
    return found


def format_ranges(vlan_ids: VlanIds) -> list[str]:
    """The ids as single numbers and ranges, as in ``["1", "10-19"]``."""
    return [format_range(*ids) for ids in to_ranges(vlan_ids)]


def merge_vlans(before: PortVlans, desired: PortVlans) -> PortVlans:
    """The VLANs of a port after ``desired`` is applied to it.

    ``desired.vlan`` replaces all VLANs that leave untagged, ``desired.tagged`` all tagged ones.
    """
    if desired.tagged is None:
        tagged = (before.tagged or frozenset()) - {desired.vlan}
    else:
        tagged = desired.tagged
    vlan = desired.vlan
    if vlan is None:
        vlan = 0 if before.vlan in tagged else before.vlan
    mixed = frozenset() if desired.vlan is not None else before.mixed - tagged
    return PortVlans(desired.netns, desired.link, vlan, frozenset(tagged), mixed, desired.of_bridge)


def vlan_changes(before: PortVlans, after: PortVlans) -> tuple[VlanIds, VlanIds, int | None]:
    """What to set on a port: (tagged VLANs to add, VLANs to remove, PVID to add or None).

    Additions are made before removals.
    """
    old_tagged = before.tagged or frozenset()
    old = old_tagged | before.mixed | ({before.vlan} if before.vlan else frozenset())
    tagged = after.tagged or frozenset()
    removed = old - tagged - after.mixed - {after.vlan or 0}
    pvid = after.vlan if after.vlan and after.vlan != before.vlan else None
    return tagged - old_tagged, frozenset(removed), pvid
