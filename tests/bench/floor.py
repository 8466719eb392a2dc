# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The floor: the time of the kernel itself for N namespaces on a bridge.

The netlink messages are packed by hand in a tight loop, for this one topology. Nothing is observed,
marked or rolled back, and only errors are checked. The links have the IPv6 settings of the
collection. The program prints its time in seconds.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
NEWNET, BIND, SHARED, RECURSIVE = 0x40000000, 0x1000, 1 << 20, 0x4000
NEWLINK, SETLINK, NEWADDR, NEWROUTE = 16, 19, 20, 24
NEW = 0x1 | 0x4 | 0x200 | 0x400
CHANGE = 0x1 | 0x4
GROUP = 32
"""Namespaces whose links on the host are created with one send."""


def call(name: str, *arguments: object) -> None:
    if getattr(LIBC, name)(*arguments):
        raise OSError(ctypes.get_errno(), name)


def attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", len(data) + 4, kind) + data + bytes(-len(data) % 4)


def message(kind: int, flags: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 0, 0) + body


def link(index: int, attributes: bytes, up: bool = False) -> bytes:
    return struct.pack("=BxHiII", 0, 0, index, int(up), int(up)) + attributes


def open_socket() -> socket.socket:
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    made.setsockopt(270, 10, 1)  # acknowledgements without the message that they answer
    return made


def send(to: socket.socket, messages: list[bytes]) -> None:
    to.send(b"".join(messages))
    left = len(messages)
    while left:
        data = to.recv(1 << 16)
        for offset in range(0, len(data), 36):
            (error,) = struct.unpack_from("=i", data, offset + 16)
            if error:
                raise OSError(-error, os.strerror(-error))
            left -= 1


def write(key: str, value: str) -> None:
    with open(f"/proc/sys/net/{key}", "w", encoding="ascii") as file:
        file.write(value)


ETH0 = attribute(3, b"eth0\0")
ONE_QUEUE = attribute(31, b"\1\0\0\0") + attribute(32, b"\1\0\0\0")
QUIET = message(SETLINK, CHANGE, link(0, ETH0 + attribute(26, attribute(10, attribute(8, b"\1")))))
"""addr_gen_mode none, which is refused in the creating message."""


def make_namespace(name: str) -> tuple[int, socket.socket]:
    """A descriptor and a socket; the calling thread stays inside."""
    path = f"/run/netns/{name}"
    os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o444))
    call("unshare", NEWNET)
    call("mount", b"/proc/thread-self/ns/net", path.encode(), b"none", BIND, None)
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC), open_socket()


def add_veth(number: int, netns: int, bridge: int) -> list[bytes]:
    """The pair, its far end made inside the namespace, its near end a port of the bridge."""
    port = attribute(3, f"farm{number}\0".encode())
    far = link(
        0,
        ONE_QUEUE
        + ETH0
        + attribute(1, struct.pack("!HI", 0x0200, number))
        + attribute(28, struct.pack("=I", netns)),
    )
    near = (
        ONE_QUEUE
        + port
        + attribute(1, struct.pack("!HI", 0x0600, number))
        + attribute(18, attribute(1, b"veth\0") + attribute(2, attribute(1, far)))
    )
    no_link_local = message(
        SETLINK, CHANGE, link(0, port + attribute(26, attribute(10, attribute(8, b"\1"))))
    )
    master = message(
        SETLINK, CHANGE, link(0, port + attribute(10, struct.pack("=I", bridge)), up=True)
    )
    return [message(NEWLINK, NEW, link(0, near)), no_link_local, master]


def configure_namespace(number: int, within: socket.socket, gateway: bytes) -> None:
    """Loopback and the near end up, address, default route."""
    address = struct.pack("!I", 0x0AF40100 + number)
    index = socket.if_nametoindex("eth0")
    for name in ("accept_ra", "accept_dad"):
        write(f"ipv6/conf/eth0/{name}", "0")
    send(
        within,
        [
            message(SETLINK, CHANGE, link(1, b"", up=True)),
            QUIET,
            message(
                NEWADDR,
                NEW,
                struct.pack("=BBBBI", 2, 16, 0, 0, index)
                + attribute(2, address)
                + attribute(1, address),
            ),
            message(SETLINK, CHANGE, link(index, b"", up=True)),
            message(
                NEWROUTE,
                NEW,
                struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 82, 0, 1, 0) + attribute(5, gateway),
            ),
        ],
    )


def write_rules(count: int) -> str:
    """A masquerade, and the forwards as one map."""
    elements = ", ".join(
        f"{9000 + number} : 10.244.{1 + number // 256}.{number % 256} . 80"
        for number in range(1, count + 1)
    )
    return f"""table inet farm {{
    map to {{ type inet_service : ipv4_addr . inet_service; elements = {{ {elements} }} }}
    chain pre {{
        type nat hook prerouting priority -100
        fib daddr type local dnat ip to tcp dport map @to
    }}
    chain post {{
        type nat hook postrouting priority 100
        ip saddr 10.244.0.0/16 oifname != "farm0" masquerade
    }}
}}"""


BRIDGE_NAME = attribute(3, b"farm0\0")


def add_bridge(host: socket.socket) -> int:
    """Add the bridge farm0; return its interface index."""
    kind = attribute(18, attribute(1, b"bridge\0"))
    mac = attribute(1, b"\2\0\0\0\0\1")
    send(host, [message(NEWLINK, NEW, link(0, BRIDGE_NAME + mac + kind))])
    for setting in ("accept_ra", "accept_dad"):
        write(f"ipv6/conf/farm0/{setting}", "0")
    return socket.if_nametoindex("farm0")


def set_bridge_up(host: socket.socket, bridge: int, gateway: bytes) -> None:
    """Give the bridge its address, without a link-local one, and set it up."""
    no_link_local = attribute(26, attribute(10, attribute(8, b"\1")))
    body = struct.pack("=BBBBI", 2, 16, 0, 0, bridge)
    send(
        host,
        [
            message(SETLINK, CHANGE, link(0, BRIDGE_NAME + no_link_local)),
            message(NEWADDR, NEW, body + attribute(2, gateway) + attribute(1, gateway)),
            message(SETLINK, CHANGE, link(bridge, b"", up=True)),
        ],
    )


def main(count: int) -> None:
    start = time.monotonic()
    own_netns, host = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC), open_socket()
    call("mount", b"/run/netns", b"/run/netns", b"none", BIND | RECURSIVE, None)
    call("mount", b"", b"/run/netns", b"none", SHARED | RECURSIVE, None)
    bridge = add_bridge(host)
    gateway = struct.pack("!I", 0x0AF40001)
    for first in range(1, count + 1, GROUP):
        numbers = range(first, min(first + GROUP, count + 1))
        made = [make_namespace(f"n{number}") for number in numbers]
        send(
            host,
            [
                request
                for number, (netns, _within) in zip(numbers, made)
                for request in add_veth(number, netns, bridge)
            ],
        )
        for number, (netns, within) in zip(numbers, made):
            call("setns", netns, NEWNET)
            configure_namespace(number, within, gateway)
            within.close()
            os.close(netns)
    call("setns", own_netns, NEWNET)
    set_bridge_up(host, bridge, gateway)
    write("ipv4/ip_forward", "1")
    subprocess.run(["nft", "-f", "-"], input=write_rules(count), text=True, check=True)
    print(round(time.monotonic() - start, 3))


if __name__ == "__main__":
    main(int(sys.argv[1]))
