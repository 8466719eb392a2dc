# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates ports, and addresses with ports."""

from __future__ import annotations

import re
from typing import NoReturn

from .._model.addresses import join_port
from .._model.errors import Refused
from .._model.lazy_pattern import compile_lazily
from .addresses import check_gateway, parse_address, refuse_not_unicast

_PORTS = compile_lazily(r"([0-9]{1,9})(?:[:-]([0-9]{1,9}))?", re.ASCII)
_BRACKETED = compile_lazily(r"\[([^\]]*)\](?::(.*))?", re.DOTALL)
_ENDPOINT = compile_lazily(r"(?:\[([^\]]*:[^\]]*)\]|([^:\[\]]+)):([0-9]{1,5})", re.ASCII)


def check_ports(parameter: str, value: str) -> tuple[int, int]:
    """Check and return a port, or a range written FIRST:LAST or FIRST-LAST, as (first, last)."""
    match = _PORTS.fullmatch(value)
    if not match:
        _refuse(parameter, value, "is not a port number or a range FIRST:LAST")
    ports = []
    for text in (match[1], match[2] or match[1]):
        if text != str(int(text)) or not 1 <= int(text) <= 65535:
            rule = f"{text} is not a port; ports are 1 to 65535, without leading zeros"
            raise Refused(parameter, value, rule)
        ports.append(int(text))
    if ports[0] > ports[1]:
        _refuse(parameter, value, "the range ends before it begins")
    return ports[0], ports[1]


def _refuse(parameter: str, value: str, rule: str) -> NoReturn:
    """Refuse ports, with the right form if they are written as Docker publishes them."""
    from .address_forms import explain_ports  # only an error needs it

    form = explain_ports(value)
    raise Refused(parameter, value, f"{rule}; {form}" if form else rule)


def check_target(parameter: str, value: str, ports: tuple[int, int]) -> tuple[str, tuple[int, int]]:
    """Check and return the target of port forwarding, as (address, (first port, last port)).

    It is written ADDRESS, ADDRESS:PORT or ADDRESS:FIRST-LAST, with brackets around an IPv6
    address before ports.

    :param ports: the forwarded ports, which the target has if it names none.
    """
    bracketed = _BRACKETED.fullmatch(value)
    if bracketed:
        text, port_text = bracketed[1], bracketed[2]
        if ":" not in text:
            raise Refused(parameter, value, "brackets are only for IPv6 addresses")
    elif value.count(":") == 1:
        text, port_text = value.split(":")
    else:
        text, port_text = value, None
    address = parse_address(parameter, value, text)
    if address.is_loopback:
        rule = "is a loopback address; let the service listen on another address of the namespace"
        raise Refused(parameter, value, rule)
    refuse_not_unicast(parameter, value, address)
    if address.is_link_local:
        raise Refused(parameter, value, "is a link-local address, which cannot be a target")
    if port_text is None:
        return address.text, ports
    try:
        to_ports = check_ports(parameter, port_text)
    except Refused as error:
        raise Refused(parameter, value, error.rule) from None
    count, to_count = ports[1] - ports[0] + 1, to_ports[1] - to_ports[0] + 1
    if to_count != count:
        rule = f"has {to_count} ports for the {count} of destination_port"
        rule += "; they are mapped one to one"
        if to_count == 1:
            rule += f"; for port {ports[0]} alone, write destination_port: {ports[0]}"
        raise Refused(parameter, value, rule)
    return address.text, to_ports


def check_endpoint(parameter: str, value: str) -> str:
    """Check and return ADDRESS:PORT or [ADDRESS]:PORT. Names are not resolved."""
    match = _ENDPOINT.fullmatch(value)
    if not match:
        rule = "is not an endpoint; write ADDRESS:PORT, or [ADDRESS]:PORT for IPv6, without a name"
        raise Refused(parameter, value, rule)
    try:
        address = check_gateway(parameter, match[1] or match[2])
        port, _last = check_ports(parameter, match[3])
    except Refused as error:
        raise Refused(parameter, value, f"{error.value} {error.rule}") from None
    return join_port(address, port)
