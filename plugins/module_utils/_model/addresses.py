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
from .resources import NetlinkResource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


ICMP_PROTOCOLS = {4: "icmp", 6: "icmpv6"}
"""The protocol of echo requests and errors, by IP version."""

NO_MAC = "00:00:00:00:00:00"
"""What the kernel says of a link without a MAC address, such as a bridge that lost its ports."""


def family_of(text: str) -> int:
    """The IP version, 4 or 6, of an address, a network or an interface address."""
    return 6 if ":" in text else 4


@dataclass(frozen=True)
class Address(NetlinkResource):
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
    return _network(*prefix_of(text))


def prefix_of(text: str) -> tuple[int, int, int]:
    """The network of an interface address, or a network, as numbers.

    :returns: the bits of an address of its family, its first address, and its length.
    """
    address, _slash, length = text.partition("/")
    packed = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    bits = 8 * len(packed)
    hosts = bits - (int(length) if length else bits)
    return bits, int.from_bytes(packed, "big") >> hosts << hosts, bits - hosts


@lru_cache(maxsize=8192)
def _network(bits: int, number: int, length: int) -> Network:
    """Make a network from its number. Cached: thousands of addresses share a few networks."""
    return (
        ipaddress.IPv4Network((number, length))
        if bits == 32
        else ipaddress.IPv6Network((number, length))
    )


def is_part(inner: Network, outer: Network) -> bool:
    """Whether a network is part of another one, or the same."""
    same_version = inner.version == outer.version and inner.prefixlen >= outer.prefixlen
    return same_version and inner.network_address in outer


def intersect_networks(some: Iterable[Network], others: Collection[Network]) -> Iterator[Network]:
    """The networks that both have: of two networks one contains the other, or they are apart."""
    for network in some:
        for other in others:
            if is_part(network, other):
                yield network
            elif is_part(other, network):
                yield other


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


def join_port(address: str, port: object) -> str:
    """ADDRESS:PORT, or [ADDRESS]:PORT for IPv6; several ports as a text."""
    return f"[{address}]:{port}" if family_of(address) == 6 else f"{address}:{port}"


class NetworkSet:
    """Networks, and which of them has an address. How many there are costs a look-up nothing."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._starts: dict[tuple[int, int], set[int]] = {}
        """By IP version and length: the leading bits of the networks, as numbers."""
        for network in networks:
            starts = self._starts.setdefault((network.version, network.prefixlen), set())
            number = int(network.network_address)
            starts.add(number >> (network.max_prefixlen - network.prefixlen))

    def find_longest(self, text: str) -> int | None:
        """The length of the smallest network that has an address; None if there is none."""
        address = address_of(text)
        number, version, bits = int(address), address.version, address.max_prefixlen
        lengths = [
            length
            for (family, length), starts in self._starts.items()
            if family == version and number >> (bits - length) in starts
        ]
        return max(lengths, default=None)
