# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flows that the kernel remembers, and with each where its packets were sent when it began (linux/netfilter/nfnetlink_conntrack.h)."""

from __future__ import annotations

import socket
import struct
from typing import Dict, Iterable, Iterator, List, Sequence, Tuple

from .socket import NETFILTER, Request, Socket, pack_attribute, read_attributes

_GET, _DELETE = (
    1 << 8 | 1,
    1 << 8 | 2,
)  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET and IPCTNL_MSG_CT_DELETE
_HEAD = struct.Struct("=BBH")
_BODY = 16 + _HEAD.size
_ORIGINAL, _ZONE = 1, 18  # CTA_TUPLE_ORIG, CTA_ZONE
_ADDRESSES, _PROTOCOL = 1, 2  # CTA_TUPLE_IP, CTA_TUPLE_PROTO
_DESTINATION: Dict[int, int] = {
    socket.AF_INET: 2,
    socket.AF_INET6: 4,
}  # CTA_IP_V4_DST, CTA_IP_V6_DST
_NUMBER, _PORT = 1, 3  # CTA_PROTO_NUM, CTA_PROTO_DST_PORT
_NESTED = 0x8000

Published = Tuple[str, Tuple[int, int]]
"""An address of the host, and a range of ports there."""


def _requests(
    messages: Iterable[bytes], family: int, published: Sequence[Published]
) -> Iterator[Request]:
    """What forgets those of the listed flows that began as datagrams to what is published."""
    wanted = [(socket.inet_pton(family, address), ports) for address, ports in published]
    for message in messages:
        found = read_attributes(message, _BODY)
        flow = read_attributes(found.get(_ORIGINAL, b""))
        protocol = read_attributes(flow.get(_PROTOCOL, b""))
        if protocol.get(_NUMBER) != bytes([socket.IPPROTO_UDP]) or _PORT not in protocol:
            continue
        address = read_attributes(flow.get(_ADDRESSES, b"")).get(_DESTINATION[family])
        (port,) = struct.unpack("!H", protocol[_PORT])
        if any(address == one and first <= port <= last for one, (first, last) in wanted):
            zone = pack_attribute(_ZONE, found[_ZONE]) if _ZONE in found else b""
            yield Request(
                _DELETE,
                _HEAD.pack(family, 0, 0)
                + pack_attribute(_ORIGINAL | _NESTED, found[_ORIGINAL])
                + zone,
            )


def forget_datagrams(published: Sequence[Published]) -> None:
    """Forget the UDP flows to these addresses and ports of the calling thread's namespace, and no other.

    A client that goes on with the same port would else be sent where it was sent before the rules were changed, as long as it
    does not rest. A TCP connection keeps its way on purpose: it ends by itself, and the next one finds the new rules.

    :raises OSError: the kernel does not tell (it may have no ctnetlink).
    """
    by_family: List[Tuple[int, List[Published]]] = [
        (socket.AF_INET, [one for one in published if ":" not in one[0]]),
        (socket.AF_INET6, [one for one in published if ":" in one[0]]),
    ]
    channel = Socket(NETFILTER)
    try:
        for family, mine in by_family:
            if mine:
                # Whatever is gone by now needs not be forgotten.
                channel.send(
                    list(_requests(channel.dump(_GET, _HEAD.pack(family, 0, 0)), family, mine))
                )
    finally:
        channel.close()
