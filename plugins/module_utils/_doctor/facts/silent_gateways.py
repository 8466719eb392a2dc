# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gateways that do not answer, the links that have their addresses, and those in between. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import family_of
from ..._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from ..._model.links import Link, LinkRef
    from .host_facts import HostFacts


class SilentGateway(NamedTuple):
    """A gateway of a namespace that does not answer on a device.

    ``holder`` is the link that has the address, if it is known. ``path`` are the links between the
    device and the holder.
    """

    netns: str | None
    gateway: str
    device: str
    holder: Link | None
    path: frozenset[LinkRef]

    @property
    def family(self) -> int:
        return family_of(self.gateway)


def list_silent_gateways(facts: HostFacts) -> list[SilentGateway]:
    """The silent gateways of all namespaces, sorted by namespace and address."""
    found: list[SilentGateway] = []
    for netns, gateway, device in sorted(facts.silent_gateways, key=str):
        holder = facts.segments.find_holder((netns, device), gateway)
        link = facts.current.links.get((netns, device))
        path = _path_between(facts, [end for end in (link, holder) if end is not None])
        found.append(SilentGateway(netns, gateway, device, holder, path))
    return found


def _path_between(facts: HostFacts, ends: list[Link]) -> frozenset[LinkRef]:
    """The links, their peers, and the bridges of these."""
    found: set[LinkRef] = set()
    for link in ends:
        found.add(link.ref)
        peer = facts.find_peer(link)
        if peer is not None:
            found |= {peer.ref, (peer.netns, peer.bridge or peer.name)}
    return frozenset(found)
