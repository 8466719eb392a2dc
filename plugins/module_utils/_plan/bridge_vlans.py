# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the VLANs of bridges and their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._model.bridge_vlans import PortVlans, format_ranges, merge_vlans
from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.link_options import BridgeOptions, VlanOptions
from .phases import Phase
from .replaced_links import ReplacedLinks, check_feature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.links import Link
    from .projection import Projection

_NO_VLANS: frozenset[int] = frozenset()


def drop_port_vlans(projection: Projection) -> None:
    """Plan that a port loses its VLANs when it leaves its bridge, or is not there any more."""
    replaced = ReplacedLinks(projection).with_new_bridge
    for ref, vlans in projection.current.vlans.items():
        if ref not in replaced:
            continue
        port = projection.current.links[ref]
        if port.bridge:
            default = _default_vlan(_bridge_before(projection, port))
            projection.replace(
                vlans, PortVlans(*ref, default, _NO_VLANS), Phase.LEAVE, implied=True
            )
        # In its new bridge a port has the VLANs of a new port.
        del projection.port_vlans[ref]


def check_bridges_filter(projection: Projection, bridges: Sequence[Link]) -> None:
    """Check that the kernel can filter VLANs, if a wanted bridge is to.

    :raises Refused: if it cannot.
    """
    for bridge in bridges:
        options = bridge.options
        if not isinstance(options, BridgeOptions):
            continue
        if options.vlan_filtering:
            check_feature(projection, "bridge_vlan", "vlan_filtering", True, bridge.name)
        elif options.vlan_default_pvid is not None:
            pvid = options.vlan_default_pvid
            check_feature(projection, "bridge_vlan", "vlan_default_pvid", pvid, bridge.name)


def plan_port_vlans(projection: Projection, wanted: PortVlans) -> None:
    """Plan the VLANs of a bridge port.

    :raises Refused: if its bridge does not filter VLANs.
    """
    port = projection.links[(wanted.netns, wanted.link)]
    bridge = _find_bridge(projection, port)
    option: str = "vlan"
    value: object = wanted.vlan
    if wanted.vlan is None:
        option, value = "vlans", format_ranges(wanted.tagged or _NO_VLANS)
    check_feature(projection, "bridge_vlan", option, value, wanted.link)
    # Check mode assumes a bridge without options.
    options = bridge.options if bridge is not None else None
    if isinstance(options, BridgeOptions) and not options.vlan_filtering:
        name = f"bridge {port.bridge or port.name} {describe_location(port.netns)}"
        raise Refused(
            option,
            value,
            f"{name} does not filter VLANs, so this would have no effect; set its vlan_filtering",
        )
    current = projection.port_vlans.get((wanted.netns, wanted.link))
    if current is None:
        default = _default_vlan(bridge)
        before = PortVlans(port.netns, port.name, default, _NO_VLANS, of_bridge=wanted.of_bridge)
    else:
        before = _with_new_default(projection, port, current)
    after = merge_vlans(before, wanted)
    if after != before:
        projection.replace(before, after, Phase.VLAN)


def _find_bridge(projection: Projection, port: Link) -> Link | None:
    """The bridge of a port; a bridge is its own."""
    if port.kind == "bridge":
        return port
    return projection.links.get((port.netns, port.bridge or ""))


def warn_of_unreceived_vlans(projection: Projection) -> None:
    """Warn of a VLAN interface on a bridge that filters VLANs and does not receive this one."""
    for link in projection.request.links:
        parent = projection.links.get(link.parent) if link.parent is not None else None
        options = parent.options if parent is not None and parent.kind == "bridge" else None
        if not isinstance(options, BridgeOptions) or not options.vlan_filtering or parent is None:
            continue
        number = link.options.id if isinstance(link.options, VlanOptions) else None
        vlans = projection.port_vlans.get(parent.ref)
        known = vlans.tagged | vlans.mixed if vlans is not None and vlans.tagged else _NO_VLANS
        if number is not None and number not in known:
            projection.builder.warnings.append(
                f"{link.name} {describe_location(link.netns)} receives nothing: bridge "
                f"{parent.name} filters VLANs, and is not in VLAN {number} itself; add {number} "
                "to its vlans"
            )


def _default_vlan(bridge: Link | None) -> int:
    """The VLAN that a bridge gives to a new port, 0 for none."""
    options = bridge.options if bridge is not None else None
    default = options.vlan_default_pvid if isinstance(options, BridgeOptions) else None
    return 1 if default is None else default


def _bridge_before(projection: Projection, port: Link) -> Link | None:
    """The bridge of a port as it is now, or as it will be created."""
    ref = port.ref if port.kind == "bridge" else (port.netns, port.bridge or "")
    return projection.current.links.get(ref) or projection.links.get(ref)


def _with_new_default(projection: Projection, port: Link, current: PortVlans) -> PortVlans:
    """The VLANs of a port when the default VLAN of its bridge changes.

    The bridge gives the new default to the ports that have the old one.

    Source: __br_vlan_set_default_pvid in net/bridge/br_vlan.c.
    """
    old = _default_vlan(_bridge_before(projection, port))
    new = _default_vlan(_find_bridge(projection, port))
    if old == new or (old and current.vlan != old):
        return current
    if new in (current.tagged or ()) or new in current.mixed:
        return current
    mixed = current.mixed
    if current.vlan and not old:
        mixed |= {current.vlan}
    return replace(current, vlan=new, mixed=mixed)
