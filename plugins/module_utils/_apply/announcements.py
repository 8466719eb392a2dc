# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells neighbours which MAC address an address has now.

The kernel does so by itself only with net.ipv4.conf.*.arp_notify and net.ipv6.conf.*.ndisc_notify,
which belong to the user.
"""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from .._host.neighbour_packets import pack_announcement
from .._host.netns import inside_netns
from .._host.sysctl import read_sysctl
from .._netlink.addresses import dump_addresses, read_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import NetnsHandle, NetnsHandles
    from .._model.announcements import Announcement


def send_announcements(
    handles: NetnsHandles, announcements: Sequence[Announcement]
) -> list[Announcement]:
    """Send a packet for each address.

    :returns: those that could not be sent.
    """
    by_netns: dict[str | None, list[Announcement]] = {}
    for announcement in announcements:
        by_netns.setdefault(announcement.netns, []).append(announcement)
    failed: list[Announcement] = []
    for netns, of_netns in by_netns.items():
        try:
            handle = handles.get(netns)
            with inside_netns(handle.descriptor), _open_sender() as sender:
                failed += [entry for entry in of_netns if not _send(handle, sender, entry)]
        except OSError:
            failed += of_netns
    return failed


def _open_sender() -> socket.socket:
    """A socket in the calling thread's namespace, which receives nothing."""
    return socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC)


def _send(handle: NetnsHandle, sender: socket.socket, announcement: Announcement) -> bool:
    """Send the packets of an announcement from the calling thread's namespace."""
    name = announcement.link
    addresses = [announcement.address] if announcement.address else _read_ipv6(handle, name)
    is_router = read_sysctl(f"net/ipv6/conf/{name}/forwarding") not in (None, "0")
    try:
        for address in addresses:
            sender.sendto(pack_announcement(announcement.mac, address, is_router), (name, 0))
    except OSError as error:
        # Without a carrier nobody is there who could be told.
        return error.errno == errno.ENETDOWN
    return True


def _read_ipv6(handle: NetnsHandle, link: str) -> list[str]:
    """All IPv6 addresses of a link, also those that the kernel assigned."""
    index = handle.indexes[link]
    replies = map(read_address, handle.socket.dump(dump_addresses()))
    own = [reply.address.partition("/")[0] for reply in replies if reply.ifindex == index]
    return [address for address in own if ":" in address]
