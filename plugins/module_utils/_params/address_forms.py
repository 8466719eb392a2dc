# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells the right form of an address that is written as other programs write it.

Only the error of an address loads this file.
"""

from __future__ import annotations

import ipaddress
import re
from itertools import islice

from .._model.lazy_pattern import compile_lazily

_HOST_PORT = compile_lazily(r"\[?([0-9a-fA-F.:]+?)\]?:([0-9]{1,5})", re.ASCII)
_NAME = compile_lazily(r"[A-Za-z][\w.-]*", re.ASCII)
_SHORT = compile_lazily(r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}/[0-9]{1,2}", re.ASCII)
"""A network of IPv4 without its last zeros."""
_PUBLISHED = compile_lazily(
    r"(?:(?P<address>\[[0-9a-fA-F:]+\]|[0-9]+(?:\.[0-9]+){3}|localhost|\*):)?(?P<port>\d+)(?:-\d+)?"
    r"(?::(?P<to>\d+)(?:-\d+)?)?(?:/(?P<protocol>\w+))?",
    re.ASCII,
)
_MAX_LISTED = 4
_DEVICES = {"gateway": "device", "to": "interface"}
"""The options that name the interface of a link-local address, by the address's option."""


def explain_address(parameter: str, value: str, text: str) -> str:
    """Return the rule that a text which is no address breaks, and its right form if it is known.

    :param value: the value of the option, of which the text is a part.
    """
    rule = "is not an IPv4 or IPv6 address"
    option = parameter.rpartition(".")[2].partition("[")[0]
    form = _find_form(parameter, option, value, text.strip())
    return f"{rule}; {form}" if form else rule


def _find_form(parameter: str, option: str, value: str, text: str) -> str:
    words = text.split()
    if len(words) > 1 and (
        _is_address(words[0].partition("/")[0]) or words[0] in ("default", "inet", "inet6")
    ):
        return _explain_words(option, words)
    other = _explain_unset(option, value) or _explain_many(parameter, option, value)
    if other:
        return other
    if _SHORT.fullmatch(value):
        octets, _slash, length = value.partition("/")
        return f"write {'.'.join([*octets.split('.'), '0', '0', '0'][:4])}/{length}"
    address, percent, scope = text.partition("%")
    if percent and _is_address(address):
        device = _DEVICES.get(option)
        if device is None:
            return f"write {address} without %{scope}"
        return f"write {option}: {address} and {device}: {scope}"
    if "/" in text and _is_address(text.partition("/")[0]):
        return f"write {text.partition('/')[0]}, without a prefix length"
    if text.lower() in ("dhcp", "auto", "dhcp4", "dhcp6"):
        return "addresses are static, such as 192.168.15.1/24"
    port = text.removeprefix(":") or value.rpartition(":")[2]
    if option == "to_destination" and re.fullmatch(r":?[0-9]{0,5}", text, re.ASCII):
        return f"write the address of the namespace before the port, such as 192.168.15.2:{port}"
    if _NAME.fullmatch(text) and option == "gateway":
        return f"write device: {text}, or the address of the gateway"
    if _NAME.fullmatch(text) and option == "to_destination":
        example = value.replace(text, "192.168.15.2", 1)
        return f"write the address of {text} instead of its name, such as {example}"
    ported = _HOST_PORT.fullmatch(text)
    if ported and _is_address(ported[1]):
        return f"write {ported[1]}, without a port"
    if _NAME.fullmatch(text) and option == "source" and "probes[" in parameter:
        return f"write netns: {text} for the namespace that sends"
    if _NAME.fullmatch(text):
        return "names are not resolved; write the address"
    if text.strip("[]") != text and _is_address(text.strip("[]")):
        return f"write {text.strip('[]')}, without brackets"
    return ""


def _explain_unset(option: str, value: str) -> str:
    """What a template left where an address should be; "" if it is something else."""
    if "{{" in value:
        return "it is a template that was not evaluated: a variable holds it as text"
    if value.strip().lower() in ("", "none", "null", "undefined"):
        return f"without a value leave {option} out, in a template with default(omit)"
    return ""


def _explain_many(parameter: str, option: str, value: str) -> str:
    """What stands for many addresses; "" if it is something else."""
    if value.lower() in ("any", "all", "0/0", "internet", "*", "anywhere"):
        if option == "destination":
            return "write default"
        if option == "source" and "probes[" not in parameter:
            return "write networks, such as 192.168.15.0/24; dnat without source takes all"
    first, dash, last = value.strip().partition("-")
    if dash and _is_address(first) and _is_address(last):
        if option == "source":
            return (
                f"a range is not supported; write networks, such as {_list_networks(first, last)}"
            )
        return f"a range is not supported; write one address, such as {first}"
    return ""


def _list_networks(first: str, last: str) -> str:
    """The networks that are a range together, or an example if they are many or none."""
    ends = ipaddress.ip_address(first), ipaddress.ip_address(last)
    try:
        found = list(islice(map(str, ipaddress.summarize_address_range(*ends)), _MAX_LISTED + 1))
    except (TypeError, ValueError):
        found = []
    example = f"{first}/{ends[0].max_prefixlen}"
    return f"[{', '.join(found)}]" if 0 < len(found) <= _MAX_LISTED else example


def _explain_words(option: str, words: list[str]) -> str:
    """Return the right form of words of ip(8): an address or default, and what follows it."""
    first, second = words[:2]
    if first in ("inet", "inet6"):
        return f"write {second} alone"
    if len(words) > 2 and second == "via" and option == "destination":
        return f"write destination: {first} and gateway: {words[2]}"
    if second == "peer" and len(words) > 2 and "/" not in first:
        length = ipaddress.ip_address(first).max_prefixlen
        return f"write {first}/{length}, and with netns_route a route to {words[2]} by its device"
    if "/" not in first and second.count(".") == 3 and _is_address(second):
        first = str(ipaddress.ip_interface(f"{first}/{second}"))
    return f"write {first} alone"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def explain_length(address: str, length: str, max_length: int) -> str:
    """Return the rule that a prefix length breaks, with the length of a netmask."""
    rule = f"the prefix length is not between 0 and {max_length}"
    words = length.split()
    if length.strip() != length and length.strip().isdecimal():
        return f"has white space at its end; write {address}/{length.strip()}"
    if len(words) > 1 and words[0].isdecimal():
        return f"is more than an address; write {address}/{words[0]} alone"
    try:
        network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    except ValueError:
        return rule
    if "." not in length:
        return rule
    return f"{rule}; write {address}/{network.prefixlen}"


def explain_ports(text: str) -> str:
    """Return the right form of ports that are written as Docker publishes them; "" if not so."""
    match = _PUBLISHED.fullmatch(text.strip())
    if "," in text:
        return "write one forward for each"
    if not match:
        return ""
    forms = [f"destination_port: {match['port']}"]
    if match["to"]:
        forms.append(f"to_destination: ADDRESS:{match['to']}")
    address = (match["address"] or "").strip("[]")
    if _is_address(address) and not address.startswith(("127.", "0.")):
        forms.append(f"destination: {address}")
    if match["protocol"]:
        forms.append(f"protocol: {match['protocol'].lower()}")
    return f"write {' and '.join(forms)}"


def find_network(address: str) -> str | None:
    """Return the network that an address without a length probably means; None for a host.

    An address that ends with zeros is seldom that of a host.
    """
    ip = ipaddress.ip_address(address)
    if ip.version == 6:
        return f"{address}/64" if not int(ip) & (1 << 64) - 1 else None
    octets = address.split(".")
    while octets and octets[-1] == "0":
        octets.pop()
    return f"{address}/{8 * len(octets)}" if 0 < len(octets) < 4 else None
