# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sockets of probes: made in the namespace of the calling thread, never waiting, and told what came back for what they sent."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from typing import Any, Iterator, Tuple

from .._model.addresses import family_of
from .event_loop import Origin
from .reasons import IP_RECVERR, IPV6_RECVERR, SO_TIMESTAMPNS

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


def name_socket(address: str, port: int, interface: str = "") -> Tuple[Any, ...]:
    """Address and port as the kernel takes them. One that is valid on a link only needs the interface, of the calling thread's namespace."""
    if family_of(address) == 4:
        return address, port
    scope = (
        socket.if_nametoindex(interface)
        if interface and ipaddress.ip_address(address).is_link_local
        else 0
    )
    return address, port, 0, scope


@contextlib.contextmanager
def opened(family: int, kind: int, protocol: int = 0) -> Iterator[socket.socket]:
    """A socket that is closed again if what is done with it fails."""
    made = socket.socket(
        _FAMILIES[family], kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol
    )
    try:
        yield made
    except BaseException:
        made.close()
        raise


def open_socket(way: Origin, kind: int, protocol: int = 0) -> socket.socket:
    """One that leaves by this way.

    :raises OSError: ``EADDRNOTAVAIL``, ``ENODEV``: what the way names is not there.
    """
    with opened(way.family, kind, protocol) as made:
        made.setsockopt(socket.SOL_IP, IP_RECVERR, 1) if way.family == 4 else made.setsockopt(
            socket.IPPROTO_IPV6, IPV6_RECVERR, 1
        )
        made.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        if way.interface is not None:
            made.setsockopt(
                socket.SOL_SOCKET, socket.SO_BINDTODEVICE, way.interface.encode() + b"\0"
            )
        if way.source is not None:
            made.bind(name_socket(way.source, 0, way.interface or ""))
        return made
