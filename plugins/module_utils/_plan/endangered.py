# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a plan can make the kernel drop what others added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.changes import links_in
from .._model.cni import CniAttachment
from .._model.impairments import Impairment
from .._model.links import IPV6_MIN_MTU, Link, Veth
from .._model.netns import Netns, Sysctl
from .._model.routes import Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.links import LinkRef
    from .._model.resources import Resource

_DROPPING_SYSCTLS = ("disable_ipv6", "forwarding")
"""With these, the kernel drops IPv6 addresses or routes."""


def find_endangered(changes: Sequence[Change], current: CurrentState) -> set[str | None]:
    """The namespaces whose routes, addresses, neighbours or ports the kernel may drop.

    To add something drops nothing, but a new port can change the MAC address of its bridge, and
    with it the neighbours. A namespace that is removed can be restored as a whole.
    """
    removed = {
        change.before.name
        for change in changes
        if isinstance(change.before, Netns) and change.before.attached is None
    }
    others: set[str | None] = {None, *(current.namespaces.keys() - removed)}
    others |= {name for name, target in current.attach_targets.items() if target.found is not None}
    found: set[str | None] = set()
    if any(isinstance(change.after, CniAttachment) and change.after.taken for change in changes):
        found.add(None)
    for change in changes:
        if change.before is not None and not isinstance(change.before, Netns):
            found.update(others.intersection(_namespaces_of(change, current)))
            if len(found) == len(others):
                break
    return found


def _namespaces_of(change: Change, current: CurrentState) -> Iterator[str | None]:
    before, after = change.before, change.after
    if isinstance(before, (Address, Route, PortVlans, Impairment)):
        yield before.netns
    elif isinstance(before, Sysctl):
        words = before.key_path.split("/")
        if words[1] == "ipv6" and words[-1] in _DROPPING_SYSCTLS:
            yield before.netns
    elif isinstance(before, (Link, Veth)):
        yield from _namespaces_of_links(before, after, current.links)


def _namespaces_of_links(
    before: Link | Veth, after: Resource | None, links: Mapping[LinkRef, Link]
) -> Iterator[str | None]:
    known = [links[link.ref] for link in links_in([before]) if link.ref in links]
    is_port = isinstance(after, Link) and after.bridge and (after.netns, after.bridge) in links
    if not known and not is_port:
        return  # A new link has nothing yet.
    if isinstance(before, Link) and isinstance(after, Link) and not _drops(before, after):
        return
    for link in known:
        yield link.netns
        if link.peer is not None:
            yield link.peer[0]  # It loses its carrier.
    if isinstance(after, Link) and is_port:
        yield after.netns


def _drops(before: Link, after: Link) -> bool:
    """Whether the kernel may drop something with a change of a link."""
    return (
        before.ref != after.ref
        or (bool(before.up) and after.up is False)
        or after.mtu not in (None, before.mtu)
        and (after.mtu or 0) < IPV6_MIN_MTU
        or any(
            getattr(after, name) not in (None, getattr(before, name))
            for name in ("mac", "arp", "bridge", "vrf", "options")
        )
    )
