# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._host.netns import inside_netns, open_own_netns
from .._host.tuntap import create_tun
from .._model.changes import Change
from .._model.errors import Failed
from .._model.fast_replace import replace
from .._model.links import IPV6_SETTINGS, PORT_FLAGS, Link, default_arp, type_of
from .._model.ovs import OVS_KIND
from .._netlink.link_queries import get_link
from .._netlink.link_requests import (
    alter_link,
    configure_link,
    create_link,
    delete_link,
    mark_link,
    move_link,
)
from . import dispatch

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.current_state import CurrentState
    from .._model.link_options import TunOptions
    from .._netlink.socket import Request
    from .batches import Batch
    from .dispatch import PendingMessages


@dispatch.compose_messages.register(Link)
def _compose_messages(
    link: Link, before: Link | None, after: Link | None, handles: NetnsHandles
) -> list[Batch]:
    if after is None:
        return remove_link(link, handles)
    if before is None:
        return _create(after, handles)
    if before.ref != after.ref:
        return _move(before, after, handles)
    master = after.bridge or after.vrf
    index = handles.get(after.netns).indexes[master] if master else None
    return [(after.netns, alter_link(before, after, index))]


def remove_link(link: Link, handles: NetnsHandles) -> list[Batch]:
    """The messages that delete a link."""
    handles.get(link.netns).indexes.pop(link.name, None)
    return [(link.netns, [delete_link(link.name)])]


def mark_requests(link: Link) -> list[Request]:
    """The request that marks a new link with its owner."""
    return [] if link.owner is None else [mark_link(link)]


def find_descriptor(netns: str | None, handles: NetnsHandles) -> int:
    """An open descriptor of a namespace, for a message that names it."""
    descriptor = handles.get(netns).descriptor
    # A message holds only the number: that of the host stays open until the process ends.
    return open_own_netns() if descriptor is None else descriptor


def _create(link: Link, handles: NetnsHandles) -> list[Batch]:
    if link.kind == OVS_KIND:
        return [(link.netns, [get_link(link.name)])]  # Its bridge was created, and it with that.
    if link.kind == "veth":
        # The kernel would create a new peer, without a mark.
        raise Failed("its peer was in a namespace without a name, and was deleted with it")
    if link.kind == "wireguard" and link.parent is None:
        # In another namespace it would send its encrypted packets where nobody wanted them.
        raise Failed("it is not known in which namespace it was created, where its packets travel")
    netns, name = link.parent or (link.netns, "")
    parent = handles.get(netns).indexes[name] if name else None
    # It is created in the namespace of its parent and moved by the same message. So the kernel
    # knows in which of the two its encapsulated packets travel.
    target = find_descriptor(link.netns, handles) if netns != link.netns else None
    return [
        (netns, [create_link(link, parent, target)]),
        (link.netns, [get_link(link.name), *mark_requests(link)]),
    ]


def _move(before: Link, after: Link, handles: NetnsHandles) -> list[Batch]:
    indexes = handles.get(before.netns).indexes
    index = indexes[before.name]
    del indexes[before.name]
    target = None if before.netns == after.netns else find_descriptor(after.netns, handles)
    return [
        (before.netns, [move_link(index, after.name, target)]),
        (after.netns, [get_link(after.name)]),
    ]


def create_tun_link(link: Link, options: TunOptions, handles: NetnsHandles) -> None:
    """Create a tap or a tun, which no message can create."""
    handle = handles.get(link.netns)

    def configure() -> None:
        for reply in handle.socket.send(configure_link(link)):
            reply.check()

    with inside_netns(handle.descriptor):
        create_tun(link.name, options, configure)


@dispatch.must_wait.register(Link)
def _must_wait(
    link: Link, before: Link | None, after: Link | None, pending: PendingMessages
) -> bool:
    if after is None:
        # A link that is pending for its peer may be in the batch of another namespace.
        return pending.has_updates
    if before is None:
        # It may need the place of a link that is removed in the batch of another namespace.
        netns, parent = link.parent or (None, "")
        return pending.has_removals or bool(parent and not pending.knows(netns, parent))
    is_raised = bool(after.up) and not before.up
    is_moved = after.ref != before.ref
    return (
        pending.has_arrivals
        or (is_moved and pending.has_removals)
        or (is_raised and pending.is_unsettled(after.ref))
    )


@dispatch.list_namespaces.register(Link)
def _list_namespaces(link: Link) -> list[str | None]:
    return [link.netns, link.parent[0]] if link.parent else [link.netns]


@dispatch.find_state.register(Link)
def _find_state(link: Link, current: CurrentState) -> object:
    return current.links.get(link.ref)


@dispatch.invert.register(Link)
def _invert(link: Link, change: Change, current: CurrentState) -> list[Change]:
    before, after = change.before, change.after
    if not isinstance(before, Link):
        return [Change(after, before)]
    if not isinstance(after, Link) or after.ref != before.ref:
        return [Change(after, as_created(before)), *restore_settings(before)]
    return [Change(after, before), *_restore_bridge_mac(before, after, current)]


def as_created(link: Link) -> Link:
    """A link as it is when it was just created or moved. All else has to be set again."""
    link_type = type_of(link)
    unset: dict[str, Any] = dict.fromkeys(IPV6_SETTINGS)
    created = replace(
        link,
        up=False,
        mtu=None if link.kind == "bridge" else link.mtu,
        options=None if link_type is not None and link_type.configured_later else link.options,
        arp=default_arp(link),
        promisc=False,
        bridge="",
        vrf=None,
        link_local=None,
        group=None,
    )
    return replace(created, **PORT_FLAGS, **unset)


def restore_settings(link: Link) -> list[Change]:
    """The changes from a link as it was created to what it was. It is set up at last."""
    created, down = as_created(link), replace(link, up=False)
    steps = ((created, down), (down, link))
    return [Change(before, after) for before, after in steps if before != after]


def _restore_bridge_mac(before: Link, after: Link, current: CurrentState) -> list[Change]:
    """Restore the MAC address of a bridge without ports, which takes that of its first port."""
    bridge = current.links.get((before.netns, after.bridge or ""))
    if after.bridge == before.bridge or bridge is None:
        return []
    if any((link.netns, link.bridge) == bridge.ref for link in current.links.values()):
        return []
    own = replace(bridge, addresses=None)
    return [Change(replace(own, mac=None), own)]
