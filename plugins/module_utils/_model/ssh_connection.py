# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SSH connection by which a task came."""

from __future__ import annotations

from .addresses import address_of
from .fast_dataclass import dataclass

_MAPPED = "::ffff:"
"""An IPv4 address as a socket of IPv6 shows it (RFC 4291, 2.5.5.2)."""


@dataclass(frozen=True)
class SshConnection:
    """A connection from a client to a server on this host.

    ``server`` is None if only the port is known. ``zone`` is the interface of link-local addresses.
    """

    client: str
    client_port: int
    server: str | None
    server_port: int
    zone: str | None = None


def parse_connection(text: str) -> SshConnection | None:
    """Parse ``SSH_CONNECTION`` or ``SSH_CLIENT`` (ssh(1)); None if it is neither."""
    words = text.split()
    if len(words) not in (3, 4):
        return None
    try:
        client, zone = _parse_address(words[0])
        server = _parse_address(words[2])[0] if len(words) == 4 else None
        return SshConnection(client, int(words[1]), server, int(words[-1]), zone)
    except ValueError:
        return None


def _parse_address(text: str) -> tuple[str, str | None]:
    """(address, zone or None) of an address as sshd writes it.

    :raises ValueError: It is no address.
    """
    address, _percent, zone = text.partition("%")
    if address.startswith(_MAPPED) and "." in address:
        address = address[len(_MAPPED) :]
    return str(address_of(address)), zone or None
