# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IP addresses and networks."""

from __future__ import annotations

import ipaddress
import socket
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Union

from .fast_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


def family_of(text: str) -> int:
    """The IP version, 4 or 6, of an address, a network or an interface address."""
    return 6 if ":" in text else 4


@dataclass(frozen=True)
class Address:
    """An address of a link, written ``ADDRESS/LENGTH``.

    ``promotes``: it is the first one of its network, and others of that network stay when it is
    removed. Without net.ipv4.conf.LINK.promote_secondaries the kernel would remove these as well.
    """

    netns: str | None
    link: str
    address: str
    promotes: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        return ("address", self.netns, self.link, self.address)


def is_link_local(text: str) -> bool:
    """Whether an address, with or without a length, is an IPv6 link-local one (fe80::/10)."""
    return text[:3] in ("fe8", "fe9", "fea", "feb") and text[4:5] == ":"


@lru_cache(maxsize=8192)
def address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Parse an address. The results are cached: the same few are parsed again and again."""
    return ipaddress.ip_address(text)


def network_of(text: str) -> Network:
    """The network of an interface address, such as ``192.0.2.5/24``. A network is its own."""
    address, _slash, length = text.partition("/")
    packed = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    bits = 8 * len(packed)
    hosts = bits - (int(length) if length else bits)
    return _network(bits, int.from_bytes(packed, "big") >> hosts << hosts, bits - hosts)


@lru_cache(maxsize=8192)
def _network(bits: int, number: int, length: int) -> Network:
    """Make a network from its number. Cached: thousands of addresses share a few networks."""
    return (
        ipaddress.IPv4Network((number, length))
        if bits == 32
        else ipaddress.IPv6Network((number, length))
    )


def merge_networks(networks: Iterable[Network]) -> list[Network]:
    """The fewest networks that have the same addresses, those of IPv4 first."""
    ipv4: list[ipaddress.IPv4Network] = []
    ipv6: list[ipaddress.IPv6Network] = []
    for network in networks:
        if isinstance(network, ipaddress.IPv4Network):
            ipv4.append(network)
        else:
            ipv6.append(network)
    return [*ipaddress.collapse_addresses(ipv4), *ipaddress.collapse_addresses(ipv6)]
