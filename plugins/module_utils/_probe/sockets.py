# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sockets for probes.

They are created in the namespace of the calling thread, never block, and report ICMP errors for
what they sent in their error queue.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from typing import TYPE_CHECKING, Any

from .._model.addresses import family_of
from .reasons import IP_RECVERR, IPV6_RECVERR, SO_TIMESTAMPNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .attempts import Origin

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


def socket_address(address: str, port: int, interface: str = "") -> tuple[Any, ...]:
    """Address and port in the form that the socket module takes.

    :param interface: for a link-local address, the interface in the calling thread's namespace.
    """
    if family_of(address) == 4:
        return address, port
    link_local = ipaddress.ip_address(address).is_link_local
    scope = socket.if_nametoindex(interface) if interface and link_local else 0
    return address, port, 0, scope


@contextlib.contextmanager
def new_socket(family: int, kind: int, protocol: int = 0) -> Iterator[socket.socket]:
    """A non-blocking socket. It is closed if the body raises, and left open otherwise."""
    flags = socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    created = socket.socket(_FAMILIES[family], kind | flags, protocol)
    try:
        yield created
    except BaseException:
        created.close()
        raise


def open_socket(origin: Origin, kind: int, protocol: int = 0) -> socket.socket:
    """A socket bound to the interface and source address of an origin.

    :raises OSError: ``EADDRNOTAVAIL`` or ``ENODEV``: the address or the interface does not exist.
    """
    with new_socket(origin.family, kind, protocol) as created:
        if origin.family == 4:
            created.setsockopt(socket.SOL_IP, IP_RECVERR, 1)
        else:
            created.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        created.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        if origin.interface is not None:
            name = origin.interface.encode() + b"\0"
            created.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)
        if origin.source is not None:
            created.bind(socket_address(origin.source, 0, origin.interface or ""))
        return created
