# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs of bridge ports in messages."""

from __future__ import annotations

from .._model.bridge_vlans import PortVlans, format_ranges


def describe_vlans(vlans: PortVlans) -> str:
    """The VLANs of a port, as in ``vlan 10; vlans 20, 30-39``."""
    parts = []
    if vlans.vlan is not None:
        parts.append(f"vlan {vlans.vlan or 'none'}")
    if vlans.mixed:
        parts.append(f"mixed {', '.join(format_ranges(vlans.mixed))}")
    if vlans.tagged is not None:
        parts.append(f"vlans {', '.join(format_ranges(vlans.tagged)) or 'none'}")
    return "; ".join(parts)
