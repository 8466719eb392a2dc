# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules that single values must keep. Each function returns the value in its one normal form, or raises Refused.

Nothing that passes here is ever special to a shell, to nft, to iptables or to iproute2.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any, NamedTuple, Optional, Tuple

from .._model.addresses import Network
from .._model.errors import Refused
from .._model.links import MAX_MTU
from .sysctl_values import normalize_sysctl

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_RESERVED = ("all", "default", "lo", ".", "..")
_SYSCTL = re.compile(r"net\.[A-Za-z0-9_]+(\.[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)+")
_OF_A_LINK = re.compile(r"net/ipv[46]/(conf|neigh)(/|$)(?![^/]+/[^/]+$)")
_LENGTH = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII)
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_HOSTNAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?"
)
LINK_NAME_BYTES = 15
NETNS_NAME_BYTES = 64
LAB_NAME_BYTES = 64


def _check_name(parameter: str, value: str, most: int, what: str) -> str:
    size = len(value.encode())
    if not value:
        raise Refused(
            parameter,
            value,
            f"is empty; a {what} has a name (leave the option out to mean the host)",
        )
    if size > most:
        raise Refused(
            parameter, value, f"is {size} bytes long; a {what} has a name of at most {most} bytes"
        )
    if value in _RESERVED:
        raise Refused(parameter, value, "is reserved by the kernel")
    if not _NAME.fullmatch(value):
        raise Refused(
            parameter,
            value,
            f"a {what}'s name has only letters, digits and _ . - and begins with a letter or digit",
        )
    return value


def check_link_name(parameter: str, value: str) -> str:
    """A network interface's name: at most 15 bytes (IFNAMSIZ, linux/if.h), no template, no wildcard."""
    return _check_name(parameter, value, LINK_NAME_BYTES, "network interface")


def check_netns_name(parameter: str, value: str) -> str:
    """A namespace's name, which is a file's name under /run/netns and never a path."""
    return _check_name(parameter, value, NETNS_NAME_BYTES, "network namespace")


def check_lab_name(parameter: str, value: str) -> str:
    """A topology's name; it is written into marks in the kernel, and so is as plain as the others."""
    return _check_name(parameter, value, LAB_NAME_BYTES, "topology")


class _Address(NamedTuple):
    """An address in its normal form and as a number, and what it is."""

    text: str
    version: int
    number: int
    is_many: bool
    is_loopback: bool
    is_link_local: bool


@lru_cache(maxsize=8192)
def _read_address(text: str) -> _Address:
    # Thousands of forwards lead to the same few; what each namespace has is asked for again where something is forwarded to it.
    if "%" in text:
        raise ValueError
    # ipaddress is strict: no octal, no hexadecimal, no short forms; it does let a scope (%eth0) pass.
    ip = ipaddress.ip_address(text)
    is_many = ip.is_unspecified or ip.is_multicast or str(ip) == "255.255.255.255"
    return _Address(
        str(ip), ip.version, int(ip), is_many, ip.is_loopback, ip.version == 6 and ip.is_link_local
    )


def _take_address(parameter: str, value: str, text: str) -> _Address:
    try:
        address = _read_address(text)
    except ValueError:
        raise Refused(parameter, value, "is not an IPv4 or IPv6 address") from None
    number = address.number
    # Kernel tools write these as ::ffff:10.0.0.1 (and Python 3.13 does, older ones do not), and no packet has them.
    if address.version == 6 and number >> 32 in (0, 0xFFFF) and number >> 16:
        raise Refused(
            parameter,
            value,
            f"is an IPv4 address in the form of IPv6; write {ipaddress.IPv4Address(number & 0xFFFFFFFF)}",
        )
    return address


def _refuse_many(parameter: str, value: str, address: _Address) -> None:
    if address.is_many:
        raise Refused(
            parameter,
            value,
            "is not the address of a single host (unspecified, multicast or broadcast)",
        )


def check_address(parameter: str, value: str) -> str:
    """An address without a length."""
    return _take_address(parameter, value, value).text


def _split_length(parameter: str, value: str) -> Tuple[_Address, int]:
    text, slash, length = value.partition("/")
    address = _take_address(parameter, value, text)
    most = 128 if address.version == 6 else 32
    if not slash:
        raise Refused(parameter, value, f"has no prefix length; write {address.text}/LENGTH")
    if not _LENGTH.fullmatch(length) or int(length) > most:
        raise Refused(parameter, value, f"the prefix length is a number from 0 to {most}")
    return address, int(length)


def check_interface_address(parameter: str, value: str) -> str:
    """An address with its length that an interface can carry: a host of its network."""
    address, length = _split_length(parameter, value)
    _refuse_many(parameter, value, address)
    if address.is_loopback:
        raise Refused(
            parameter, value, "is a loopback address; every namespace has them on lo already"
        )
    if address.is_link_local:
        raise Refused(
            parameter, value, "is a link-local address; the kernel gives one to each link by itself"
        )
    if length == 0:
        raise Refused(
            parameter, value, "a prefix length of 0 would put the whole world on this link"
        )
    hosts = (1 << ((128 if address.version == 6 else 32) - length)) - 1
    if hosts > 1 and (
        not address.number & hosts or address.version == 4 and address.number & hosts == hosts
    ):
        _refuse_end(
            parameter,
            value,
            ipaddress.ip_network(f"{address.text}/{length}", strict=False),
            address.number & hosts == 0,
        )
    return f"{address.text}/{length}"


def _refuse_end(parameter: str, value: str, network: Network, is_first: bool) -> None:
    if not is_first:
        last = network.broadcast_address - 1
        raise Refused(
            parameter,
            value,
            f"is the network's broadcast address; the last host is {last}/{network.prefixlen}",
        )
    what = (
        "the network's own address" if network.version == 4 else "the subnet-router anycast address"
    )
    raise Refused(
        parameter,
        value,
        f"is {what}; the first host is {network.network_address + 1}/{network.prefixlen}",
    )


def check_network(parameter: str, value: str) -> str:
    """A network: no bits set behind the length. A single address is the network of that one host."""
    if "/" not in value:
        host = check_address(parameter, value)
        return f"{host}/{128 if ':' in host else 32}"
    address, length = _split_length(parameter, value)
    network = ipaddress.ip_network(f"{address.text}/{length}", strict=False)
    if str(network.network_address) != address.text:
        raise Refused(
            parameter, value, f"has bits set behind its prefix length; did you mean {network}?"
        )
    return str(network)


def check_destination(parameter: str, value: str, default_family: int) -> str:
    """A route's destination: a network, or ``default``."""
    if value == "default":
        return "::/0" if default_family == 6 else "0.0.0.0/0"
    return check_network(parameter, value)


def check_gateway(parameter: str, value: str) -> str:
    """An address that a packet can be handed to."""
    address = _take_address(parameter, value, value)
    if address.is_loopback:
        raise Refused(
            parameter,
            value,
            "is a loopback address, which no packet from elsewhere ever reaches; use another address of the host",
        )
    _refuse_many(parameter, value, address)
    return address.text


def check_senders(parameter: str, value: str) -> str:
    """A network from which packets come."""
    text = check_network(parameter, value)
    network = ipaddress.ip_network(text)
    if network.prefixlen and (network.is_multicast or network.is_loopback):
        raise Refused(parameter, value, "is multicast or loopback: no packet comes from there")
    return text


def check_mac(parameter: str, value: str) -> str:
    """A MAC address of one station, in lower case."""
    mac = value.lower()
    if not _MAC.fullmatch(mac):
        raise Refused(parameter, value, "is not a MAC address; write it as 02:00:00:00:00:01")
    if int(mac[:2], 16) & 1:
        raise Refused(
            parameter, value, "is a multicast or broadcast MAC address; the first byte must be even"
        )
    if mac == "00:00:00:00:00:00":
        raise Refused(parameter, value, "is the empty MAC address")
    return mac


def check_range(parameter: str, value: Optional[int], least: int, most: int) -> Optional[int]:
    """A whole number within bounds; None stays None."""
    if value is not None and not least <= value <= most:
        raise Refused(parameter, value, f"is a number from {least} to {most}")
    return value


def check_mtu(parameter: str, value: Optional[int]) -> Optional[int]:
    """An MTU in bytes: 68 (RFC 791) to 65535, as veth and bridge take it."""
    return check_range(parameter, value, 68, MAX_MTU)


def check_ports(parameter: str, value: str) -> Tuple[int, int]:
    """A port, or a range written FIRST:LAST or FIRST-LAST, as (first, last)."""
    parts = re.fullmatch(r"([0-9]{1,9})(?:[:-]([0-9]{1,9}))?", value, re.ASCII)
    if not parts:
        raise Refused(parameter, value, "is a port number or a range FIRST:LAST")
    ports = []
    for text in (parts[1], parts[2] or parts[1]):
        if text != str(int(text)) or not 1 <= int(text) <= 65535:
            raise Refused(
                parameter, value, f"{text} is no port; ports are 1 to 65535, without leading zeros"
            )
        ports.append(int(text))
    if ports[0] > ports[1]:
        raise Refused(parameter, value, "the range ends before it begins")
    return ports[0], ports[1]


def check_target(parameter: str, value: str, ports: Tuple[int, int]) -> Tuple[str, Tuple[int, int]]:
    """Where a forward leads, written ADDRESS, ADDRESS:PORT, ADDRESS:FIRST-LAST, IPv6 in brackets if ports follow."""
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", value, re.DOTALL)
    if bracketed:
        text, tail = bracketed[1], bracketed[2]
        if ":" not in text:
            raise Refused(parameter, value, "brackets are for IPv6 addresses")
    elif value.count(":") == 1:
        text, tail = value.split(":")
    else:
        text, tail = value, None
    address = _take_address(parameter, value, text)
    if address.is_loopback:
        raise Refused(
            parameter,
            value,
            "loopback is never a target; let the service listen on an address of the namespace",
        )
    _refuse_many(parameter, value, address)
    if address.is_link_local:
        raise Refused(parameter, value, "is a link-local address, to which nothing is forwarded")
    if tail is None:
        return address.text, ports
    try:
        to_ports = check_ports(parameter, tail)
    except Refused as refusal:
        raise Refused(parameter, value, refusal.rule) from None
    if to_ports[1] - to_ports[0] != ports[1] - ports[0]:
        counts = f"has {to_ports[1] - to_ports[0] + 1} ports for the {ports[1] - ports[0] + 1} of destination_port"
        raise Refused(parameter, value, f"{counts}; they are mapped one to one")
    return address.text, to_ports


def check_endpoint(parameter: str, value: str) -> str:
    """An address and a port, written ADDRESS:PORT, IPv6 in brackets. A name is not looked up."""
    parts = re.fullmatch(r"(?:\[([^\]]*:[^\]]*)\]|([^:\[\]]+)):([0-9]{1,5})", value, re.ASCII)
    if not parts:
        raise Refused(
            parameter,
            value,
            "is no endpoint; write ADDRESS:PORT, and [ADDRESS]:PORT for IPv6. A name is not looked up",
        )
    try:
        address, (port, _last) = (
            check_gateway(parameter, parts[1] or parts[2]),
            check_ports(parameter, parts[3]),
        )
    except Refused as refusal:
        raise Refused(parameter, value, f"{refusal.value} {refusal.rule}") from None
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def check_sysctl(parameter: str, key: str, value: Any) -> Tuple[str, str]:
    """A kernel parameter of a network namespace, as (path below /proc/sys, value).

    As sysctl(8) has it, a slash stands for a dot in an interface's name: net.ipv4.conf.lab/100.rp_filter.
    """
    if not _SYSCTL.fullmatch(key):
        raise Refused(
            parameter, key, "is not a network sysctl; keys are written net.ipv4.ip_forward"
        )
    path = key.translate({ord("."): "/", ord("/"): "."})
    if _OF_A_LINK.match(path):
        raise Refused(
            parameter,
            key,
            "names no parameter; one of an interface is written net.ipv4.conf.INTERFACE.PARAMETER",
        )
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise Refused(f"{parameter}.{key}", value, "is a number or a string")
    text = str(value)
    if not text.strip():
        raise Refused(f"{parameter}.{key}", value, "is empty")
    if not re.fullmatch(r"[A-Za-z0-9 \t_.,:/+-]{1,200}", text, re.ASCII):
        raise Refused(f"{parameter}.{key}", value, "has characters that no sysctl takes")
    return path, normalize_sysctl(f"{parameter}.{key}", path, value, " ".join(text.split()))


def check_search_domain(parameter: str, value: str) -> str:
    """A domain of a resolver's search list."""
    if not _HOSTNAME.fullmatch(value):
        raise Refused(parameter, value, "is not a domain name")
    return value
