# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a plan touches what the host's own connections depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.changes import links_in
from .._model.cni import CniAttachment
from .._model.impairments import Impairment
from .._model.links import Link, Veth
from .._model.routes import Route

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from .._model.changes import Change
    from .._model.links import LinkRef
    from .._model.resources import Resource


def may_cut_off_host(changes: Iterable[Change], links: Container[LinkRef]) -> bool:
    """Whether one is about an address, a route or an existing link of the host, or its peer.

    Or a plugin of CNI takes such a link. New links alone take no packets from the host.

    :param links: the places of the existing links.
    """
    return any(
        _is_routing_of_host(change.before)
        or _is_routing_of_host(change.after)
        or _has_link_of_host(change.before, links)
        or (isinstance(change.after, CniAttachment) and bool(change.after.taken))
        for change in changes
    )


def _is_routing_of_host(resource: Resource | None) -> bool:
    return isinstance(resource, (Address, Route, Impairment, PortVlans)) and resource.netns is None


def _has_link_of_host(resource: Resource | None, links: Container[LinkRef]) -> bool:
    if not isinstance(resource, (Link, Veth)):
        return False
    return any(
        link.ref in links and (link.netns is None or (link.peer or link.ref)[0] is None)
        for link in links_in([resource])
    )
