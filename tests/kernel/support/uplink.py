# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts what leaves a host with the tunnel of the guide.

As a program it prints what leaves by an interface while a command runs: uplink.py INTERFACE
COMMAND... It needs no other file.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections import Counter

ENDPOINT, PORT = "192.0.2.1", 51820
NAME_SERVER = "192.0.2.53"
"""That of others on the host, none of the namespace behind the tunnel."""
_RCVBUFFORCE = 33  # SO_RCVBUFFORCE of socket(7)
_NEIGHBOURS = range(130, 144)
"""The ICMPv6 types of multicast listeners and neighbour discovery, which stay on the link."""
_UNREACHABLE = 3
"""The ICMP type of what no port takes. The refused packet is in it, from byte 28 on."""


class Uplink:
    """What the host has sent on its uplink."""

    def __init__(self, interface: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._socket.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, 8 << 20)
        self._socket.bind((interface, 3))
        self._socket.setblocking(False)

    def count(self) -> Counter[str]:
        """The packets since the last call: by whose they are, and those in the clear."""
        counts: Counter[str] = Counter()
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, address = self._socket.recvfrom(65536)
                if address[2] == socket.PACKET_OUTGOING:
                    counts[_classify(address[1], frame[14:])] += 1
        del counts["on the link"]
        return counts


def _classify(protocol: int, packet: bytes) -> str:
    if protocol == 0x0806:
        return "on the link"
    if protocol == 0x86DD:
        # Multicast listener reports have a hop-by-hop header before ICMPv6.
        is_icmp, offset = (packet[6] == 58, 40) if packet[6] else (packet[40] == 58, 48)
        return "on the link" if is_icmp and packet[offset] in _NEIGHBOURS else "in the clear"
    if protocol == 0x0800 and packet[9] == socket.IPPROTO_ICMP:
        # While the link is down, the host refuses what the other end sends to its port.
        is_refusal = packet[20] == _UNREACHABLE and packet[40:44] == socket.inet_aton(ENDPOINT)
        return "on the link" if is_refusal else "in the clear"
    if protocol == 0x0800 and packet[9] == socket.IPPROTO_UDP:
        target = socket.inet_ntoa(packet[16:20]), int.from_bytes(packet[22:24], "big")
        if target == (NAME_SERVER, 53):
            return "of others"
        return "tunnel" if target == (ENDPOINT, PORT) else "in the clear"
    return "in the clear"


def main(interface: str, command: list[str]) -> int:
    uplink = Uplink(interface)
    status = subprocess.run(command, check=False).returncode
    print(json.dumps(uplink.count()))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
