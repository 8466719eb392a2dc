# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates the options of a topology that the servers of its bridges carry out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.errors import Refused
from .._model.fast_typing import TypedDict
from .._model.name_servers import HOST_RESOLVER, DnsOptions, ServerOptions
from .addresses import check_address
from .dhcp import parse_dhcp
from .names import check_host_name, check_optional
from .specification import Specification
from .switches import read_switch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .specs.topology import TopologyParams


_FORMS = "write true, false, or {upstream: [192.0.2.53], domain: lab.example.com}"


class _DnsParams(TypedDict):
    upstream: list[str] | None
    domain: str | None
    domains: dict[str, Any] | None
    records: dict[str, Any] | None


_DNS = Specification(
    _DnsParams,
    {
        "upstream": {"type": "list", "elements": "str"},
        "domain": {"type": "str"},
        "domains": {"type": "dict"},
        "records": {"type": "dict"},
    },
)


def parse_server_options(params: TopologyParams) -> ServerOptions:
    """What the servers of a topology do.

    :raises Refused: an option is not valid.
    """
    return ServerOptions(_parse_dns(params["dns"]), parse_dhcp(params["dhcp"]), params["ra"])


def _parse_dns(value: Any) -> DnsOptions | None:
    """What the name servers of a topology do; None if it has none.

    :raises Refused: the value is neither a boolean nor a dictionary with these options.
    """
    options = read_switch("dns", value, _DNS, _FORMS)
    if options is None or isinstance(options, bool):
        return DnsOptions() if options else None
    upstream = tuple(
        address if address == HOST_RESOLVER else check_address(f"dns.upstream[{index}]", address)
        for index, address in enumerate(options["upstream"] or ())
    )
    return DnsOptions(
        upstream,
        check_optional(check_host_name, "dns.domain", options["domain"]),
        tuple(_list_addresses("dns.domains", options["domains"] or {})),
        tuple(_list_addresses("dns.records", options["records"] or {})),
    )


def _list_addresses(
    parameter: str, values: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names with their addresses, in the order of the names."""
    for name in sorted(map(str, values)):
        path = f"{parameter}.{name}"
        check_host_name(path, name)
        listed = values[name]
        addresses = [listed] if isinstance(listed, str) else listed
        if not isinstance(addresses, list) or not addresses:
            raise Refused(path, listed, "is not a list of addresses, such as [192.0.2.53]")
        yield (
            name.lower(),
            tuple(
                check_address(f"{path}[{index}]", str(text)) for index, text in enumerate(addresses)
            ),
        )
