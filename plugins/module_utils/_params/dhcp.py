# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates the option dhcp of a topology."""

from __future__ import annotations

import ipaddress
from typing import Any

from .._model.addresses import family_of
from .._model.dhcp import DEFAULT_LEASE, AddressRange, DhcpOptions, is_in_range
from .._model.errors import Refused
from .._model.fast_typing import TypedDict
from .addresses import check_address
from .names import check_range
from .specification import Specification
from .switches import read_switch

_FORMS = "write true, false, or {range: [192.0.2.100-192.0.2.199], lease: 3600}"
_LEASES = (120, 0x7FFFFFFF)
"""Seconds. dnsmasq takes no shorter lease than two minutes."""


class _DhcpParams(TypedDict):
    range: list[str] | None
    lease: int | None


_DHCP = Specification(
    _DhcpParams,
    {"range": {"type": "list", "elements": "str"}, "lease": {"type": "int"}},
)


def parse_dhcp(value: Any) -> DhcpOptions | None:
    """Which addresses the servers of a topology give; None if they give none.

    :raises Refused: the value is neither a boolean nor a dictionary with these options.
    """
    options = read_switch("dhcp", value, _DHCP, _FORMS)
    if options is None or isinstance(options, bool):
        return DhcpOptions() if options else None
    lease = check_range("dhcp.lease", options["lease"], *_LEASES)
    ranges = [
        _parse_range(f"dhcp.range[{index}]", text)
        for index, text in enumerate(options["range"] or ())
    ]
    for index, each in enumerate(ranges):
        for place, other in enumerate(ranges[:index]):
            if is_in_range(each.first, other) or is_in_range(other.first, each):
                rule = f"has addresses of dhcp.range[{place}], {other}; join the two"
                raise Refused(f"dhcp.range[{index}]", str(each), rule)
    return DhcpOptions(tuple(ranges), DEFAULT_LEASE if lease is None else lease)


def _parse_range(path: str, text: str) -> AddressRange:
    first, dash, last = text.partition("-")
    if not dash:
        raise Refused(path, text, "is not FIRST-LAST, such as 192.0.2.100-192.0.2.199")
    found = AddressRange(check_address(path, first.strip()), check_address(path, last.strip()))
    if family_of(found.first) != family_of(found.last):
        raise Refused(path, text, "begins and ends with addresses of different families")
    if int(ipaddress.ip_address(found.first)) > int(ipaddress.ip_address(found.last)):
        raise Refused(path, text, f"ends before it begins; write {found.last}-{found.first}")
    return found
