# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ICMP errors that the host forwards for an isolated lab: path MTU discovery and traceroute.

A router reports that a packet is too big, or has expired, with an address of its own that the host
need not know. The report is about a connection, and has to reach its sender.
"""

from __future__ import annotations

import errno
import socket

import pytest

from support.flows import flow_lab
from support.netns import in_netns, write_sysctl
from support.patience import patience
from support.shell import ip
from support.tasks import run

MTU_DISCOVER = {4: (socket.IPPROTO_IP, 10, 2), 6: (socket.IPPROTO_IPV6, 23, 2)}
"""IP_MTU_DISCOVER and IPV6_MTU_DISCOVER with PMTUDISC_DO: the kernel never fragments."""
HOP_LIMIT = {4: (socket.IPPROTO_IP, socket.IP_TTL), 6: (socket.IPPROTO_IPV6, 16)}
FAR = {4: "198.51.100.99", 6: "fd51::99"}
NARROW = 1300


@pytest.fixture(params=["0", "1", "2"], ids=lambda value: f"rp_filter{value}")
def narrow_path(lan: None, request: pytest.FixtureRequest) -> None:
    """The LAN's router leads to the namespace far by a link of a small MTU.

    Its reports come from an address that only the default route of the host covers.
    """
    for interface in ("all", "default", "eth0"):
        write_sysctl(f"net/ipv4/conf/{interface}/rp_filter", int(request.param))
    ip("netns add far\nroute add default via 192.0.2.99\nroute add default via fd00:2::99")
    ip(
        f"link add wide mtu {NARROW} type veth peer name eth0 mtu {NARROW} netns far\n"
        "link set wide up\naddr add 172.31.0.1/24 dev wide\naddr add fd31::1/64 dev wide nodad\n"
        "route add 198.51.100.0/24 via 172.31.0.2\nroute add fd51::/64 via fd31::2\n"
        # The source of its reports.
        "route replace 192.0.2.2 dev eth0 src 172.31.0.1\n"
        "route replace fd00:2::2 dev eth0 src fd31::1",
        "-n",
        "lan",
    )
    ip(
        "link set eth0 up\nlink set lo up\naddr add 172.31.0.2/24 dev eth0\n"
        "addr add fd31::2/64 dev eth0 nodad\naddr add 198.51.100.99/24 dev lo\n"
        "addr add fd51::99/64 dev lo nodad\nroute add default via 172.31.0.1\n"
        "route add default via fd31::1",
        "-n",
        "far",
    )
    with in_netns("lan"):
        write_sysctl("net/ipv4/ip_forward", 1)
        write_sysctl("net/ipv6/conf/all/forwarding", 1)


def connect(netns: str, address: str, family: int) -> socket.socket:
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    with in_netns(netns):
        client = socket.socket(kind, socket.SOCK_DGRAM)
    client.connect((address, 9))
    return client


def find_error(client: socket.socket, family: int, size: int) -> int:
    """Send datagrams of a size until the kernel has an error for the socket; return the errno."""
    level, option = {4: (socket.IPPROTO_IP, 11), 6: (socket.IPPROTO_IPV6, 25)}[family]
    client.setsockopt(level, option, 1)  # IP_RECVERR, IPV6_RECVERR
    client.settimeout(0.2)
    for _attempt in range(int(patience(25))):
        try:
            client.send(bytes(size))
            client.recv(10)
        except TimeoutError:
            continue
        except OSError as error:
            return error.errno or 0
    return 0


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_lab_learns_the_mtu_of_a_path_beyond_the_host(
    narrow_path: None, backend: str, family: int
) -> None:
    run("topology", **flow_lab("lab", 15, ("red", "blue"), backend))
    with connect("red", FAR[family], family) as client:
        client.setsockopt(*MTU_DISCOVER[family])
        assert find_error(client, family, 1400) == errno.EMSGSIZE
        level, option = {4: (socket.IPPROTO_IP, 14), 6: (socket.IPPROTO_IPV6, 24)}[family]
        assert client.getsockopt(level, option) == NARROW  # IP_MTU, IPV6_MTU


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_lab_sees_the_routers_of_a_path(narrow_path: None, backend: str, family: int) -> None:
    run("topology", **flow_lab("lab", 15, ("red", "blue"), backend))
    with connect("red", FAR[family], family) as client:
        client.setsockopt(*HOP_LIMIT[family], 2)
        assert find_error(client, family, 10) == errno.EHOSTUNREACH
