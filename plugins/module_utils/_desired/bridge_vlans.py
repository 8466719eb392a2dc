# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired VLANs of bridge ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.bridge_vlans import MAX_VLAN, PortVlans
from .._model.errors import Refused
from .._model.lazy_pattern import compile_lazily

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_VLAN_RANGE = compile_lazily(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")


def parse_port_vlans(
    netns: str | None,
    link: str,
    vlan: int | None,
    vlans: Sequence[str] | None,
    prefix: str,
) -> PortVlans:
    """Return the VLANs of a port, from its options ``vlan`` and ``vlans``.

    :raises Refused: a number is not a VLAN (1 to 4094), or is given twice.
    """
    if vlan is not None and not 0 <= vlan <= MAX_VLAN:
        rule = f"is not a VLAN between 1 and {MAX_VLAN}, or 0 for none"
        raise Refused(f"{prefix}vlan", vlan, rule)
    if vlans is None:
        return PortVlans(netns, link, vlan)
    seen: dict[int, str] = {}
    for index, text in enumerate(vlans):
        path = f"{prefix}vlans[{index}]"
        for number in _parse_range(path, text):
            if number == vlan:
                rule = f"contains VLAN {vlan}, which vlan declares as untagged"
                raise Refused(path, text, rule)
            if number in seen:
                raise Refused(path, text, f"VLAN {number} is already listed at {seen[number]}")
            seen[number] = path
    return PortVlans(netns, link, vlan, frozenset(seen))


def _parse_range(path: str, text: str) -> Iterable[int]:
    match = _VLAN_RANGE.fullmatch(text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= MAX_VLAN:
        rule = f"is not a VLAN between 1 and {MAX_VLAN}, or a range of VLANs such as 10-19"
        raise Refused(path, text, rule)
    return range(first, last + 1)
