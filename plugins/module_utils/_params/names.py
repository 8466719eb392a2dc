# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates names of links, namespaces, topologies and domains, and ranges of numbers.

A name that passes has no special meaning to a shell, to nft, to iptables or to iproute2.
"""

from __future__ import annotations

from typing import Callable, NoReturn, TypeVar

from .._model.errors import Refused
from .._model.lazy_pattern import compile_lazily
from .._model.links import MAX_MTU

_NAME = compile_lazily(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_RESERVED = ("all", "default", "lo", ".", "..")
_HOSTNAME = compile_lazily(
    r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?"
)
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = compile_lazily(rf"{_LABEL}(?:\.{_LABEL})*")
_MAX_HOST = 253
LINK_NAME_BYTES = 15
NETNS_NAME_BYTES = 64
LAB_NAME_BYTES = 64

Raw = TypeVar("Raw")
Checked = TypeVar("Checked")


def check_optional(
    check: Callable[[str, Raw], Checked], parameter: str, value: Raw | None
) -> Checked | None:
    """Return the value as ``check`` returns it; None stays None."""
    return None if value is None else check(parameter, value)


def _check_name(parameter: str, value: str, max_bytes: int, noun: str) -> str:
    # Such a name is of ASCII characters, each a byte.
    if not _NAME.fullmatch(value) or len(value) > max_bytes or value in _RESERVED:
        _refuse_name(parameter, value, max_bytes, noun)
    return value


def _refuse_name(parameter: str, value: str, max_bytes: int, noun: str) -> NoReturn:
    size = len(value.encode())
    form = _find_form(value)
    if value.startswith("!") and parameter.endswith("out_interface"):
        form = "; leave networks out with destination_except"
    if not value:
        rule = f"is empty; write the name of a {noun}, or omit the option to mean the host"
        raise Refused(parameter, value, rule)
    if size > max_bytes:
        rule = f"is {size} bytes long; the name of a {noun} has at most {max_bytes} bytes{form}"
        raise Refused(parameter, value, rule)
    if value in _RESERVED:
        raise Refused(parameter, value, "is reserved by the kernel")
    rule = f"the name of a {noun} has only letters, digits and _ . -"
    raise Refused(parameter, value, f"{rule} and begins with a letter or digit{form}")


def _find_form(value: str) -> str:
    """Return the name in the path of a namespace, or in what ip(8) shows of a veth pair's end.

    The ends of a link of containerlab are NODE:INTERFACE.
    """
    netns, colon, interface = value.partition(":")
    if colon and _NAME.fullmatch(netns) and _NAME.fullmatch(interface):
        return f"; write name: {interface} and netns: {netns}"
    name = value.rpartition("/")[2] if value.startswith("/") else value.partition("@")[0]
    return f"; write {name}" if name != value and _NAME.fullmatch(name) else ""


def check_link_name(parameter: str, value: str) -> str:
    """Check and return the name of an interface: at most 15 bytes (IFNAMSIZ in linux/if.h)."""
    return _check_name(parameter, value, LINK_NAME_BYTES, "network interface")


def check_netns_name(parameter: str, value: str) -> str:
    """Check and return the name of a namespace: the name of a file in /run/netns, never a path."""
    return _check_name(parameter, value, NETNS_NAME_BYTES, "network namespace")


def check_lab_name(parameter: str, value: str) -> str:
    """Check and return the name of a topology. It is part of the labels in the kernel."""
    return _check_name(parameter, value, LAB_NAME_BYTES, "topology")


def check_search_domain(parameter: str, value: str) -> str:
    """Check and return a domain of a resolver's search list."""
    if not _HOSTNAME.fullmatch(value):
        raise Refused(parameter, value, "is not a domain name")
    return value


def is_host_name(name: str) -> bool:
    """Whether a name can be that of a host: no number, no address."""
    return bool(_HOST.fullmatch(name)) and not name.rpartition(".")[2].isdigit()


def check_host_name(parameter: str, value: str) -> str:
    """Check and return the name of a host or a domain, in lower case."""
    if not is_host_name(value) or len(value) > _MAX_HOST:
        rule = "is not a host name; write labels of letters, digits, - and _ with dots between them"
        raise Refused(parameter, value, rule)
    return value.lower()


def check_range(parameter: str, value: int | None, minimum: int, maximum: int) -> int | None:
    """Check and return an integer within bounds; None stays None."""
    if value is not None and not minimum <= value <= maximum:
        raise Refused(parameter, value, f"is not between {minimum} and {maximum}")
    return value


def check_mtu(parameter: str, value: int | None) -> int | None:
    """Check and return an MTU in bytes: 68 (RFC 791) to 65535 (veth pairs and bridges)."""
    return check_range(parameter, value, 68, MAX_MTU)
