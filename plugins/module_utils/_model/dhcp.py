# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses that the server of a bridge gives by DHCP, and its router advertisements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .addresses import address_of, family_of, is_part, network_of
from .fast_typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_LEASE = 3600
"""Seconds, as dnsmasq has it."""
_MAX_ADDRESSES = 1000
"""dnsmasq gives that many addresses at the same time, see --dhcp-lease-max in dnsmasq(8)."""
SLAAC_LENGTH = 64
"""The length of a prefix of which hosts make addresses themselves (RFC 4862, RFC 4291)."""


class AddressRange(NamedTuple):
    """The first and the last address of a range, of one family."""

    first: str
    last: str

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


class DhcpOptions(NamedTuple):
    """The option ``dhcp`` of a topology."""

    ranges: tuple[AddressRange, ...] = ()
    """Those that are given; none: a part of each network that no member has."""
    lease: int = DEFAULT_LEASE
    """Seconds."""

    def as_dict(self) -> dict[str, Any]:
        """The option as it is written."""
        options: dict[str, Any] = {"range": [*map(str, self.ranges)]} if self.ranges else {}
        return options if self.lease == DEFAULT_LEASE else {**options, "lease": self.lease}


def choose_range(interface: str, used: Iterable[str]) -> AddressRange | None:
    """The end of the largest part of a network that nobody uses; None if it has none.

    :param interface: an address of the server, as ADDRESS/LENGTH.
    :param used: addresses that members have.
    """
    network = network_of(interface)
    taken = {network.network_address, network.broadcast_address}
    taken.add(address_of(interface.partition("/")[0]))
    taken.update(address_of(text) for text in used if is_part(network_of(text), network))
    numbers = sorted(map(int, taken))
    free = [(after - before - 1, after - 1) for before, after in zip(numbers, numbers[1:])]
    count, last = max(free, default=(0, 0))
    if count <= 0:
        return None
    end = network.network_address + (last - int(network.network_address))
    return AddressRange(str(end - (min(count, _MAX_ADDRESSES) - 1)), str(end))


def compose_leases(
    options: DhcpOptions | None, ra: bool, interfaces: Iterable[str], used: Iterable[str]
) -> tuple[str, ...]:
    """The arguments of dnsmasq, see dnsmasq(8). Its leases are in no file: they end with it.

    :param interfaces: the addresses of the server, as ADDRESS/LENGTH.
    """
    members = [*used]
    found: list[str] = []
    for interface in interfaces:
        family, length = family_of(interface), interface.partition("/")[2]
        given = [] if options is None else _find_ranges(options, interface, members)
        advertised = ra and family == 6
        words = ["slaac"] * advertised + [length] * (family == 6)
        if given and options is not None:
            found += [
                ",".join(["--dhcp-range=" + each.first, each.last, *words, str(options.lease)])
                for each in given
            ]
        elif advertised:
            found.append(
                f"--dhcp-range={str(network_of(interface)).partition('/')[0]},ra-only,{length}"
            )
    if not found:
        return ()
    return (*found, *(["--enable-ra"] if ra else []), "--leasefile-ro", "--dhcp-authoritative")


def _find_ranges(options: DhcpOptions, interface: str, members: list[str]) -> list[AddressRange]:
    if not options.ranges:
        chosen = choose_range(interface, members)
        return [] if chosen is None else [chosen]
    return [each for each in options.ranges if is_range_in(each, interface)]


def is_range_in(addresses: AddressRange, interface: str) -> bool:
    """Whether a range is in the network of an interface, which is ADDRESS/LENGTH."""
    network = network_of(interface)
    return all(is_part(network_of(address), network) for address in addresses)


def is_in_range(address: str, addresses: AddressRange) -> bool:
    """Whether an address is one of a range."""
    if family_of(address) != family_of(addresses.first):
        return False
    first, wanted, last = (
        int(address_of(text)) for text in (addresses.first, address, addresses.last)
    )
    return first <= wanted <= last


def list_reserved(interface: str) -> list[tuple[str, str]]:
    """The addresses of a network that no client may have, each with what it is.

    :param interface: an address of the server, as ADDRESS/LENGTH.
    """
    network = network_of(interface)
    reserved = [(interface.partition("/")[0], "the gateway")]
    if family_of(interface) == 4:
        reserved.append((str(network.network_address), "the network itself"))
        reserved.append((str(network.broadcast_address), "the broadcast address"))
    return reserved
