# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The MAC address of a bridge of others stays as it is, whatever ports of this collection do.

A bridge without an address of its own takes the lowest of its ports', and none when its last port
leaves (br_stp_recalculate_bridge_id in net/bridge/br_stp_if.c). Hosts that know it would send their
packets to the old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.fast_replace import replace
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.links import Link, LinkRef
    from .projection import Projection

_HIGH = "fe:ff"
"""How a locally administered address begins that hardly any other port's is above."""


def is_foreign_bridge(link: Link | None) -> bool:
    """Whether a link is a bridge that this collection did not create."""
    return link is not None and link.kind == "bridge" and link.owner is None


def choose_port_mac(
    projection: Projection, wanted: Link, current: Link | None, derived: str
) -> str:
    """The MAC address of a port that this collection creates.

    The first port of a bridge of others has the bridge's own, and every other port a high one.
    """
    bridge = projection.links.get((wanted.netns, wanted.bridge or ""))
    if bridge is None or not is_foreign_bridge(bridge):
        return derived
    high = _HIGH + derived[len(_HIGH) :]
    if current is not None and current.bridge == bridge.name and current.mac and bridge.mac:
        return current.mac if current.mac >= bridge.mac else high
    has_ports = any(
        port.bridge == bridge.name and port.name != wanted.name
        for port in projection.links.in_netns(wanted.netns)
    )
    return high if has_ports or bridge.mac is None else bridge.mac


def keep_bridge_macs(projection: Projection) -> None:
    """Plan to set the MAC address that a bridge of others has, if it would get another one."""
    bridges = [link for link in projection.current.links.values() if is_foreign_bridge(link)]
    for bridge in bridges:
        planned = projection.links.get(bridge.ref)
        if planned is None or bridge.mac is None or planned.mac != bridge.mac:
            continue
        before = _ports_of(bridge, projection.current.links.values())
        after = _ports_of(bridge, projection.links.in_netns(bridge.netns))
        if _takes_other_mac(bridge.mac, before, after):
            own = replace(bridge, addresses=None)
            projection.builder.record(Phase.LEAVE, replace(own, mac=None), own)


def _ports_of(bridge: Link, links: Iterable[Link]) -> dict[LinkRef, Link]:
    return {link.ref: link for link in links if (link.netns, link.bridge) == bridge.ref}


def _takes_other_mac(mac: str, before: dict[LinkRef, Link], after: dict[LinkRef, Link]) -> bool:
    """Whether a port of this collection would change the MAC address of its bridge."""
    for ref, port in after.items():
        is_new = ref not in before or before[ref].mac != port.mac
        if is_new and port.owner is not None and port.mac is not None:
            if port.mac < mac or (not before and port.mac != mac):
                return True
            before = {**before, ref: port}
    stays = any(port.mac == mac for port in after.values())
    return not stays and any(
        port.owner is not None and port.mac == mac and ref not in after
        for ref, port in before.items()
    )
