# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Veth pairs as items of a topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.nat import SpoofCheck
from .._model.network_policies import PortGuard
from .items import Item, compose_port, drop_none

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.links import Link, LinkRef


def compose_veths(current: CurrentState) -> list[Item]:
    """The veth pairs as options of ``veth``.

    A pair of which an end was moved into a namespace as a physical interface is left out.
    """
    checked, closed = _list_ports(current, SpoofCheck), _list_ports(current, PortGuard)
    items = []
    for link in current.links.values():
        peer = current.links.get(link.peer) if link.peer else None
        if peer is None or link.saved is not None or peer.saved is not None:
            continue
        # Both ends are in the state; a pair is composed at one of them, in a namespace if it has
        # one there.
        if (link.netns or "", link.name) > (peer.netns or "", peer.name):
            ends = [_compose_end(each, checked, closed, current) for each in (link, peer)]
            items.append({**ends[0], "peer": ends[1]})
    return items


def _list_ports(
    current: CurrentState, kind: type[SpoofCheck] | type[PortGuard]
) -> frozenset[LinkRef]:
    """The ports with a rule of a kind."""
    return frozenset(
        (resource.netns, resource.interface)
        for ruleset in current.rulesets.values()
        for resource in ruleset.resources
        if isinstance(resource, kind)
    )


def _compose_end(
    link: Link,
    checked: frozenset[LinkRef],
    closed: frozenset[LinkRef],
    current: CurrentState,
) -> Item:
    """An end.

    :param checked: the ports with a check against spoofed frames.
    :param closed: the ports that are isolated since policies are enforced there.
    """
    spoofchk = {"spoofchk": True} if link.bridge and link.ref in checked else {}
    isolated = {"isolated": None} if link.ref in closed else {}
    port = {**compose_port(link, current), "queues": link.queues, **spoofchk, **isolated}
    return drop_none(port)
