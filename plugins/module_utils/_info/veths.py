# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Veth pairs as items of a topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.nat import SpoofCheck
from .items import Item, compose_port, drop_none

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.links import Link, LinkRef


def compose_veths(current: CurrentState) -> list[Item]:
    """The veth pairs as options of ``veth``.

    A pair of which an end was moved into a namespace as a physical interface is left out.
    """
    checked = frozenset(
        (resource.netns, resource.interface)
        for ruleset in current.rulesets.values()
        for resource in ruleset.resources
        if isinstance(resource, SpoofCheck)
    )
    items = []
    for link in current.links.values():
        peer = current.links.get(link.peer) if link.peer else None
        if peer is None or link.saved is not None or peer.saved is not None:
            continue
        # Both ends are in the state; a pair is composed at one of them, in a namespace if it has
        # one there.
        if (link.netns or "", link.name) > (peer.netns or "", peer.name):
            end = _compose_end(link, checked, current)
            items.append({**end, "peer": _compose_end(peer, checked, current)})
    return items


def _compose_end(link: Link, checked: frozenset[LinkRef], current: CurrentState) -> Item:
    """An end. ``checked``: the ports with a check against spoofed frames."""
    spoofchk = {"spoofchk": True} if link.bridge and link.ref in checked else {}
    return drop_none({**compose_port(link, current), "queues": link.queues, **spoofchk})
