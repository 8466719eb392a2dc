# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import Address
from .._netlink.addresses import add_address, delete_address
from . import dispatch

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.current_state import CurrentState
    from .batches import Batch


@dispatch.compose_messages.register(Address)
def _compose_messages(
    address: Address, before: Address | None, after: Address | None, handles: NetnsHandles
) -> list[Batch]:
    index = handles.get(address.netns).indexes[address.link]
    alter_address = delete_address if after is None else add_address
    return [(address.netns, [alter_address(index, address.address)])]


@dispatch.find_state.register(Address)
def _find_state(address: Address, current: CurrentState) -> object:
    link = current.links.get((address.netns, address.link))
    return link is not None and address.address in (link.addresses or ())


dispatch.must_wait.register(Address, dispatch.wait_for_link)
dispatch.list_namespaces.register(Address, dispatch.list_own_namespace)
dispatch.invert.register(Address, dispatch.swap)
