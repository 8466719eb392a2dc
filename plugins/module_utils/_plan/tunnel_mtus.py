# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The MTU of links on one Ethernet segment with a VXLAN link: a larger packet does not fit into it.

A bridge drops what is too large for a port, and tells nobody. So the cables of a lab have the MTU
of its tunnel, unless the task gives another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_link
from .._model.addresses import family_of
from .._model.link_options import VxlanOptions
from .._model.links import ETHERNET_MTU
from .._model.segments import join_links

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .._model.links import Link
    from .projection import Projection

_OVERHEAD = {4: 50, 6: 70}
"""Bytes of the headers before the packet inside (RFC 7348), by the family of the outer ones."""


class TunnelMtus:
    """The MTU that the tunnels of a task leave to each segment."""

    def __init__(self, projection: Projection) -> None:
        links = projection.request.links
        self._forest = join_links(links)
        self._wanted = {link.ref: link for link in links}
        self._by_segment: dict[Hashable, tuple[int, Link]] = {}
        for link in links:
            mtu = self._find_mtu(projection, link) if link.kind == "vxlan" else None
            if mtu is not None:
                segment = self._forest.find(link.ref)
                least, tunnel = self._by_segment.get(segment, (mtu, link))
                self._by_segment[segment] = (mtu, link) if mtu < least else (least, tunnel)

    def find(self, link: Link) -> tuple[int, Link] | None:
        """The MTU of the narrowest tunnel on the segment of a link, and that tunnel."""
        found = self._by_segment.get(self._forest.find(link.ref))
        return None if found is None or found[1].ref == link.ref else found

    def _find_mtu(self, projection: Projection, tunnel: Link) -> int | None:
        """The MTU that a tunnel has or will have; None if it takes packets of any size.

        Without a parent the kernel fragments the outer packets.
        """
        if tunnel.mtu is not None:
            return tunnel.mtu
        current = projection.links.get(tunnel.ref)
        if current is not None:
            return current.mtu
        parent = projection.links.get(tunnel.parent) if tunnel.parent is not None else None
        if parent is None and tunnel.parent in self._wanted:
            parent = self._wanted[tunnel.parent]
        if parent is None:
            return None
        options = tunnel.options if isinstance(tunnel.options, VxlanOptions) else VxlanOptions()
        outer = options.remote or options.local
        return (parent.mtu or ETHERNET_MTU) - _OVERHEAD[family_of(outer) if outer else 4]


def default_to_tunnel_mtu(projection: Projection, wanted: Link) -> int | None:
    """The MTU for a link of which the task gives none; a warning if the task gives a larger one."""
    found = projection.once(TunnelMtus).find(wanted)
    if found is None:
        return None
    mtu, tunnel = found
    if wanted.mtu is None:
        return mtu if mtu < ETHERNET_MTU else None
    if wanted.mtu > mtu:
        projection.builder.warnings.append(
            f"{describe_link(wanted)} has MTU {wanted.mtu}, and {describe_link(tunnel)} on the "
            f"same Ethernet segment {mtu}: larger packets are lost there; leave the mtu out"
        )
    return None
