# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates IP addresses, networks and MAC addresses, and returns their canonical form."""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import lru_cache
from typing import TYPE_CHECKING

from .._model.addresses import NO_MAC
from .._model.errors import Refused
from .._model.fast_typing import NamedTuple
from .._model.lazy_pattern import compile_lazily

if TYPE_CHECKING:
    from .._model.addresses import Network

_LENGTH = compile_lazily(r"0|[1-9][0-9]{0,2}", re.ASCII)
_MAC = compile_lazily(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


class _Address(NamedTuple):
    """An address in its canonical form and as a number, and its properties."""

    text: str
    version: int
    number: int
    is_not_unicast: bool
    is_loopback: bool
    is_link_local: bool


def _read_ipv4(text: str) -> _Address | None:
    """An IPv4 address in its only form; None for any other text. ``ipaddress`` takes ten times it.

    The properties are those of the registries that ``ipaddress`` follows.
    """
    try:
        packed = socket.inet_pton(socket.AF_INET, text)
    except OSError:
        return None
    first = packed[0]
    is_not_unicast = 224 <= first <= 239 or packed in (b"\0\0\0\0", b"\xff\xff\xff\xff")
    return _Address(text, 4, int.from_bytes(packed, "big"), is_not_unicast, first == 127, False)


@lru_cache(maxsize=8192)
def _read_address(text: str) -> _Address:
    # The same addresses occur again and again: thousands of forwards lead to a few namespaces.
    ipv4 = _read_ipv4(text)
    if ipv4 is not None:
        return ipv4
    if "%" in text:
        raise ValueError
    # ipaddress refuses octal, hexadecimal and short forms, but accepts a scope (%eth0).
    ip = ipaddress.ip_address(text)
    is_not_unicast = ip.is_unspecified or ip.is_multicast or str(ip) == "255.255.255.255"
    is_link_local = ip.version == 6 and ip.is_link_local
    return _Address(str(ip), ip.version, int(ip), is_not_unicast, ip.is_loopback, is_link_local)


def parse_address(parameter: str, value: str, text: str) -> _Address:
    """Return the address ``text``, which is the option's value or a part of it."""
    try:
        address = _read_address(text)
    except ValueError:
        from .address_forms import explain_address  # only an error needs it

        raise Refused(parameter, value, explain_address(parameter, value, text)) from None
    number = address.number
    # Kernel tools write IPv4-mapped addresses as ::ffff:10.0.0.1. Python does since 3.13 only.
    # No packet has them.
    if address.version == 6 and number >> 32 in (0, 0xFFFF) and number >> 16:
        ipv4 = ipaddress.IPv4Address(number & 0xFFFFFFFF)
        raise Refused(parameter, value, f"is an IPv4 address in an IPv6 form; write {ipv4}")
    return address


def refuse_not_unicast(parameter: str, value: str, address: _Address) -> None:
    """Refuse an address that is not the address of a single host."""
    if address.is_not_unicast:
        rule = "is not the address of a single host (unspecified, multicast or broadcast)"
        raise Refused(parameter, value, rule)


def check_address(parameter: str, value: str) -> str:
    """Check and return an address without a prefix length."""
    return parse_address(parameter, value, value).text


def _split_length(parameter: str, value: str) -> tuple[_Address, int]:
    text, slash, length = value.partition("/")
    address = parse_address(parameter, value, text)
    max_length = 128 if address.version == 6 else 32
    if not slash:
        example = f"such as {address.text}/{64 if address.version == 6 else 24}"
        rule = f"has no prefix length; write {address.text}/LENGTH, {example}"
        raise Refused(parameter, value, rule)
    if not _LENGTH.fullmatch(length) or int(length) > max_length:
        from .address_forms import explain_length

        raise Refused(parameter, value, explain_length(address.text, length, max_length))
    return address, int(length)


def check_interface_address(parameter: str, value: str) -> str:
    """Check and return an address of an interface, with its prefix length."""
    address, length = _split_length(parameter, value)
    refuse_not_unicast(parameter, value, address)
    if address.is_loopback:
        rule = "is a loopback address; the interface lo of each namespace has these already"
        raise Refused(parameter, value, rule)
    if length == 0:
        rule = "a prefix length of 0 would make all addresses neighbours on this link"
        raise Refused(parameter, value, rule)
    host_bits = (1 << ((128 if address.version == 6 else 32) - length)) - 1
    if host_bits > 1:
        is_first = not address.number & host_bits
        is_broadcast = address.version == 4 and address.number & host_bits == host_bits
        if is_first or is_broadcast:
            network = ipaddress.ip_network(f"{address.text}/{length}", strict=False)
            _refuse_first_or_last(parameter, value, network, is_first)
    return f"{address.text}/{length}"


def _refuse_first_or_last(parameter: str, value: str, network: Network, is_first: bool) -> None:
    if not is_first:
        host = network.broadcast_address - 1
        rule = f"is the network's broadcast address; the last host is {host}/{network.prefixlen}"
        raise Refused(parameter, value, rule)
    host = network.network_address + 1
    noun = "network's own address" if network.version == 4 else "subnet-router anycast address"
    raise Refused(parameter, value, f"is the {noun}; the first host is {host}/{network.prefixlen}")


def check_network(parameter: str, value: str) -> str:
    """Check and return a network without host bits. An address is the network of that host."""
    if "/" not in value:
        host = check_address(parameter, value)
        single = f"{host}/{128 if ':' in host else 32}"
        _refuse_forgotten_length(parameter, value, host, single)
        return single
    address, length = _split_length(parameter, value)
    network = ipaddress.ip_network(f"{address.text}/{length}", strict=False)
    if str(network.network_address) != address.text:
        raise Refused(parameter, value, f"has host bits set; did you mean {network}?")
    return str(network)


def _refuse_forgotten_length(parameter: str, value: str, host: str, single: str) -> None:
    """Refuse an address that is probably a network whose length was forgotten."""
    if not host.endswith(("0", ":")):
        return
    from .address_forms import find_network

    network = find_network(host)
    if network is not None:
        rule = f"has no prefix length; write {network} for the network, or {single} for the host"
        raise Refused(parameter, value, rule)


def check_destination(parameter: str, value: str, default_family: int) -> str:
    """Check and return the destination of a route: a network, or ``default``.

    :param default_family: the address family of ``default``, 4 or 6.
    """
    if value in ("0.0.0.0", "::"):
        rule = f"has no prefix length; write default or {value}/0 for the default route"
        raise Refused(parameter, value, rule)
    if value == "default":
        return "::/0" if default_family == 6 else "0.0.0.0/0"
    return check_network(parameter, value)


def check_gateway(parameter: str, value: str) -> str:
    """Check and return an address to which packets can be sent."""
    address = parse_address(parameter, value, value)
    if address.is_loopback:
        rule = "is a loopback address, which other hosts cannot reach; use another address"
        raise Refused(parameter, value, rule)
    refuse_not_unicast(parameter, value, address)
    return address.text


def check_source_network(parameter: str, value: str) -> str:
    """Check and return a network that packets come from."""
    text = check_network(parameter, value)
    network = ipaddress.ip_network(text)
    if network.prefixlen and (network.is_multicast or network.is_loopback):
        raise Refused(parameter, value, "is multicast or loopback, which packets do not come from")
    return text


def check_mac(parameter: str, value: str) -> str:
    """Check and return a unicast MAC address, in lower case."""
    mac = value.lower()
    if not _MAC.fullmatch(mac):
        raise Refused(parameter, value, "is not a MAC address; write it like 02:00:00:00:00:01")
    if int(mac[:2], 16) & 1:
        rule = "is a multicast or broadcast MAC address; the first byte must be even"
        raise Refused(parameter, value, rule)
    if mac == NO_MAC:
        raise Refused(parameter, value, "is the zero MAC address")
    return mac
