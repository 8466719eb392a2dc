# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import Address
from .._model.changes import Change
from .._model.fast_replace import replace
from .._netlink.addresses import add_address, delete_address, delete_known_address, keep_secondaries
from . import dispatch

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.current_state import CurrentState
    from .batches import Batch


@dispatch.compose_messages.register(Address)
def _compose_messages(
    address: Address, before: Address | None, after: Address | None, handles: NetnsHandles
) -> list[Batch]:
    handle = handles.get(address.netns)
    index = handle.indexes[address.link]
    if after is not None:
        return [(address.netns, [add_address(index, address.address)])]
    known = handle.addresses.get((address.link, address.address), ())
    removals = [delete_known_address(index, message) for message in known] or [
        delete_address(index, address.address)
    ]
    requests = keep_secondaries(index, removals) if address.promotes else removals
    return [(address.netns, requests)]


@dispatch.find_state.register(Address)
def _find_state(address: Address, current: CurrentState) -> object:
    link = current.links.get((address.netns, address.link))
    return link is not None and address.address in (
        *(link.addresses or ()),
        *(link.link_locals or ()),
    )


dispatch.must_wait.register(Address, dispatch.wait_for_link)
dispatch.list_namespaces.register(Address, dispatch.list_own_namespace)


@dispatch.invert.register(Address)
def _invert(address: Address, change: Change, current: CurrentState) -> list[Change]:
    """An address that was there before may be given back as the kernel described it."""
    if change.after is None:
        return [] if address.netns in current.captured else [Change(None, change.before)]
    ref = (address.netns, address.link)
    promotes = ":" not in address.address and ref in current.links and ref not in current.promoting
    return [Change(replace(address, promotes=promotes), None)]
