# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of the addresses of a link, from which the kernel chooses the source of packets."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from .._netlink.addresses import dump_addresses, keep_secondaries
from .._netlink.headers import BODY, IFADDRMSG
from .._netlink.raw_objects import LinkIndexes, Rebuilt
from .._netlink.raw_routes import rebuild_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import NetnsHandle

_Group = tuple[int, int]
"""(address family, index of the link)."""


def in_order_of_addition(messages: Sequence[bytes]) -> list[bytes]:
    """Addresses in the order in which they were added: of IPv6 the kernel lists new ones first."""
    ipv6 = [message for message in messages if message[BODY] == socket.AF_INET6]
    return [*(message for message in messages if message[BODY] != socket.AF_INET6), *ipv6[::-1]]


def restore_order(handle: NetnsHandle, wanted: Sequence[Rebuilt]) -> None:
    """Add addresses again that are behind others which they had before them.

    No address is missing meanwhile: each is removed and added in one datagram.

    :param wanted: the addresses in the order in which they were added.
    """
    now = _list_addresses(handle)
    for group, addresses in _by_group(wanted).items():
        existing = [rebuilt.identity for rebuilt in now.get(group, [])]
        expected = [rebuilt for rebuilt in addresses if rebuilt.identity in existing]
        identities = {rebuilt.identity for rebuilt in expected}
        actual = [identity for identity in existing if identity in identities]
        for rebuilt in _find_misplaced(expected, actual):
            _add_again(handle, group, rebuilt)


def _list_addresses(handle: NetnsHandle) -> dict[_Group, list[Rebuilt]]:
    indexes = LinkIndexes({index: index for index in handle.indexes.values()})
    found: list[Rebuilt] = []
    for message in in_order_of_addition(handle.socket.dump(dump_addresses())):
        try:
            found += rebuild_address(message, indexes, 0)
        except LookupError:
            continue  # The link came after the indexes were read.
    return _by_group(found)


def _by_group(addresses: Sequence[Rebuilt]) -> dict[_Group, list[Rebuilt]]:
    groups: dict[_Group, list[Rebuilt]] = {}
    for rebuilt in addresses:
        family, _length, _flags, _scope, index = IFADDRMSG.unpack_from(rebuilt.content)
        groups.setdefault((family, index), []).append(rebuilt)
    return groups


def _find_misplaced(expected: Sequence[Rebuilt], actual: Sequence[bytes]) -> list[Rebuilt]:
    """The addresses behind the longest beginning that is in order."""
    position = -1
    for number, rebuilt in enumerate(expected):
        found = actual.index(rebuilt.identity)
        if found < position:
            return list(expected[number:])
        position = found
    return []


def _add_again(handle: NetnsHandle, group: _Group, rebuilt: Rebuilt) -> None:
    family, index = group
    if rebuilt.removal is None:
        return
    requests = [rebuilt.removal]
    if family == socket.AF_INET and handle.indexes.names.get(index) not in handle.promoting:
        requests = keep_secondaries(index, [rebuilt.removal])
    requests += [request._replace(joined=True) for request in rebuilt.requests]
    handle.socket.send(requests)
