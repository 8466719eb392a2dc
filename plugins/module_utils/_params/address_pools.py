# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates what source NAT may translate to: an address, or a range of addresses."""

from __future__ import annotations

import ipaddress

from .._model.addresses import family_of
from .._model.errors import Refused
from .addresses import check_gateway, check_network


def check_pool(parameter: str, value: str) -> str:
    """Check and return an address, or a range as FIRST-LAST. A network is the range of it all."""
    if "/" in value:
        network = ipaddress.ip_network(check_network(parameter, value))
        first, last = str(network[0]), str(network[-1])
    else:
        first, dash, last = (part.strip() for part in value.partition("-"))
        if not dash:
            return check_gateway(parameter, value)
    first, last = (_check_end(parameter, value, text) for text in (first, last))
    if family_of(first) != family_of(last):
        raise Refused(parameter, value, "is a range from one address family to the other")
    numbers = [int(ipaddress.ip_address(text)) for text in (first, last)]
    if numbers[0] > numbers[1]:
        raise Refused(parameter, value, "the range ends before it begins")
    return first if first == last else f"{first}-{last}"


def _check_end(parameter: str, value: str, text: str) -> str:
    try:
        return check_gateway(parameter, text)
    except Refused as error:
        raise Refused(parameter, value, f"{text or 'an empty end'} {error.rule}") from None
