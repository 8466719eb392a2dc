# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The MTU of bridges: unless it was set, the kernel makes it the least MTU of the ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._model.errors import Refused
from .._model.links import ETHERNET_MTU, IPV6_MIN_MTU, Link
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.links import LinkRef
    from .projection import Projection


def plan_bridge_mtu(projection: Projection, wanted: Link) -> None:
    """Plan the MTU of a bridge after its ports."""
    if wanted.mtu is None:
        return
    for ref, port in _narrowed_ports(projection):
        if ref == wanted.ref and _mtu_of(port) < wanted.mtu:
            lowered = projection.update_implicitly(wanted, mtu=None)
            projection.change(lowered, Phase.MTU, mtu=wanted.mtu)
            return


def check_bridges_keep_ipv6(projection: Projection) -> None:
    """Check that no port takes the IPv6 addresses of its bridge away by its MTU.

    :raises Refused: if one does.
    """
    for ref, port in _narrowed_ports(projection):
        bridge = projection.links.get(ref)
        if bridge is None or _mtu_of(port) >= IPV6_MIN_MTU or not _follows(projection, ref):
            continue
        lost = [text for text in bridge.addresses or () if ":" in text]
        if _wanted_mtu(projection, ref) >= IPV6_MIN_MTU:
            # Addresses that are new are added when the bridge has its own MTU again.
            observed = projection.current.links.get(ref)
            lost = [text for text in lost if observed and text in (observed.addresses or ())]
        if lost:
            raise Refused(
                "mtu",
                port.mtu,
                f"bridge {bridge.name} {describe_location(bridge.netns)} takes the MTU of its port "
                f"{port.name}, and would lose its IPv6 addresses ({', '.join(lost)}): IPv6 needs "
                f"{IPV6_MIN_MTU} (RFC 8200)",
            )


def _wanted_mtu(projection: Projection, ref: LinkRef) -> int:
    """The MTU that the task sets on a bridge; 0 if it sets none."""
    return max((link.mtu or 0 for link in projection.request.links if link.ref == ref), default=0)


def _narrowed_ports(projection: Projection) -> Iterator[tuple[LinkRef, Link]]:
    """Ports that are new to their bridge, or whose MTU becomes smaller, each with its bridge."""
    for _phase, change in projection.builder.steps:
        before, port = change.before, change.after
        if not isinstance(before, Link) or not isinstance(port, Link) or not port.bridge:
            continue
        is_new = port.bridge != before.bridge or port.netns != before.netns
        if is_new or _mtu_of(port) < _mtu_of(before):
            yield (port.netns, port.bridge), port


def _mtu_of(link: Link) -> int:
    return link.mtu or ETHERNET_MTU


def _follows(projection: Projection, ref: LinkRef) -> bool:
    """Whether a bridge has the least MTU of its ports. The kernel does not tell who set it."""
    bridge = projection.current.links.get(ref)
    if bridge is None:
        return True
    ports = [
        _mtu_of(link)
        for link in projection.current.links.values()
        if (link.netns, link.bridge) == ref
    ]
    return _mtu_of(bridge) == min(ports, default=ETHERNET_MTU)
