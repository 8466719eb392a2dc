# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes: requests, and reading the kernel's replies."""

from __future__ import annotations

import socket
import struct
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from .._model.fast_replace import replace
from .._model.host_paths import Path
from .._model.routes import KERNEL_ROUTE, LOCAL_TABLE, Nexthop, Route
from . import uapi
from .attributes import (
    Attributes,
    address_bytes,
    align,
    family_number,
    pack_address,
    pack_attribute,
    pack_u8,
    pack_u32,
    read_attributes,
    read_ip,
    read_number,
)
from .headers import BODY, ROUTE_ATTRIBUTES, RTMSG, RTNEXTHOP
from .socket import Request, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOCAL_ROUTES = Skipped(BODY + 4, bytes((LOCAL_TABLE, KERNEL_ROUTE)))
"""Those that the kernel added to table local for its own addresses: most routes are such.

An rtmsg has table and protocol side by side."""
_FAMILY = struct.Struct("=H")
"""linux/rtnetlink.h: the family in an rtvia."""
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_SCOPE_NAMES = {number: name for name, number in uapi.ROUTE_SCOPES.items()}
_TYPE_NAMES = {number: name for name, number in uapi.ROUTE_TYPES.items()}
_TYPES_WITHOUT_DEVICE = ("blackhole", "unreachable", "prohibit", "throw")


def add_route(route: Route, indexes: dict[str, int]) -> Request:
    """Add a route. ``indexes`` has those of the devices that it names."""
    body = _pack_route(route, indexes, _scope_number(route))
    return Request(uapi.RTM_NEWROUTE, body, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)


def replace_route(route: Route, indexes: dict[str, int]) -> Request:
    """Replace the route of the same destination, table and metric."""
    body = _pack_route(route, indexes, _scope_number(route))
    return Request(uapi.RTM_NEWROUTE, body, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE)


def delete_route(route: Route, indexes: dict[str, int]) -> Request:
    """Delete a route, whatever its scope is."""
    if route.nexthops is not None and ":" not in route.destination:
        # The kernel would compare them in their order, which is not known.
        route = replace(route, nexthops=None)
    if route.nexthop_id is not None:
        # The kernel compares the next hops of other routes only.
        route = replace(route, gateway=None, device=None, nexthops=None)
    return Request(uapi.RTM_DELROUTE, _pack_route(route, indexes, uapi.RT_SCOPE_NOWHERE))


def _scope_number(route: Route) -> int:
    """The scope of a route; without one, IPv4 needs link scope where there is no gateway."""
    is_direct_ipv4 = (
        ":" not in route.destination
        and route.gateway is None
        and route.nexthops is None
        and route.type in (None, "unicast")
    )
    if route.scope is None and is_direct_ipv4:
        return uapi.ROUTE_SCOPES["link"]
    return uapi.ROUTE_SCOPES.get(route.scope or "", 0)


def _pack_route(route: Route, indexes: dict[str, int], scope: int) -> bytes:
    network, length = route.destination.split("/")
    family = family_number(network)
    header = RTMSG.pack(
        family,
        int(length),
        0,
        0,
        route.table if route.table < 256 else uapi.RT_TABLE_COMPAT,
        route.protocol or 0,
        scope,
        uapi.ROUTE_TYPES[route.type or "unicast"],
        uapi.RTNH_F_ONLINK if route.onlink else 0,
    )
    attributes = (
        pack_u32(uapi.RTA_TABLE, route.table),
        pack_u32(uapi.RTA_PRIORITY, route.metric),
        pack_address(uapi.RTA_DST, network if length != "0" else None),
        pack_gateway(family, route.gateway),
        pack_u32(uapi.RTA_OIF, indexes[route.device] if route.device else None),
        pack_address(uapi.RTA_PREFSRC, route.source),
        pack_attribute(uapi.RTA_METRICS, pack_u32(uapi.RTAX_MTU, route.mtu))
        if route.mtu is not None
        else b"",
        _pack_nexthops(family, route.nexthops or (), indexes),
        pack_u32(uapi.RTA_NH_ID, route.nexthop_id),
    )
    return header + b"".join(attributes)


def pack_gateway(family: int, gateway: str | None) -> bytes:
    """The gateway of a route of that family: RTA_VIA for one of the other family."""
    if gateway is None or family_number(gateway) == family:
        return pack_address(uapi.RTA_GATEWAY, gateway)
    via = _FAMILY.pack(family_number(gateway)) + address_bytes(gateway)
    return pack_attribute(uapi.RTA_VIA, via)


def _pack_nexthops(family: int, hops: tuple[Nexthop, ...], indexes: dict[str, int]) -> bytes:
    packed = b""
    for hop in hops:
        gateway = pack_gateway(family, hop.gateway)
        packed += RTNEXTHOP.pack(
            RTNEXTHOP.size + len(gateway),
            uapi.RTNH_F_ONLINK if hop.onlink else 0,
            hop.weight - 1,
            indexes[hop.device] if hop.device else 0,
        )
        packed += gateway
    return pack_attribute(uapi.RTA_MULTIPATH, packed) if packed else b""


@cache  # Each of a thousand namespaces is asked.
def dump_routes() -> Request:
    """Ask for the routes of all tables and families, multicast among them."""
    return Request(uapi.RTM_GETROUTE, RTMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0, 0, 0))


def read_route(netns: str | None, names: Mapping[int, str], data: bytes) -> Route | None:
    """A route; None for one of a cache, multicast or MPLS. ``names`` are those of links."""
    found = _decode_route(data[BODY:])
    if found is None:
        return None
    route, ifindex, hops = found
    device = None if route.type in _TYPES_WITHOUT_DEVICE else names.get(ifindex)
    nexthops = _read_nexthops(hops, names) if hops else None
    return replace(route, netns=netns, device=device, nexthops=nexthops)


@lru_cache(maxsize=4096)  # Many namespaces have the same routes.
def _decode_route(body: bytes) -> tuple[Route, int, bytes | None] | None:
    """A route without its namespace and devices, the index of its device, and its next hops."""
    family, length, from_length, tos, table, protocol, scope, number, flags = RTMSG.unpack_from(
        body
    )
    if flags & uapi.RTM_F_CLONED or family not in (socket.AF_INET, socket.AF_INET6):
        return None
    attributes = read_attributes(body, ROUTE_ATTRIBUTES - BODY)
    get = attributes.get
    network = read_ip(get(uapi.RTA_DST))
    if network is None:
        network = "::" if family == socket.AF_INET6 else "0.0.0.0"
    source, hops = get(uapi.RTA_SRC), get(uapi.RTA_MULTIPATH)
    # All fields by position, which is quicker.
    route = Route(
        None,
        f"{network}/{length}",
        read_number(get(uapi.RTA_TABLE)) or table,
        read_number(get(uapi.RTA_PRIORITY)) or 0,
        _TYPE_NAMES.get(number, str(number)),
        _read_gateway(attributes),
        None,
        read_ip(get(uapi.RTA_PREFSRC)),
        _SCOPE_NAMES.get(scope, str(scope)),
        bool(flags & uapi.RTNH_F_ONLINK),
        _read_mtu(attributes) if uapi.RTA_METRICS in attributes else None,
        None,
        protocol,
        _read_selector(tos, source, from_length) if tos or source else "",
        read_number(get(uapi.RTA_NH_ID)),
        uapi.RTA_ENCAP in attributes or (hops is not None and _is_encapsulated(hops)),
    )
    return route, read_number(get(uapi.RTA_OIF)) or 0, hops


def _read_mtu(attributes: Attributes) -> int | None:
    return read_number(read_attributes(attributes[uapi.RTA_METRICS]).get(uapi.RTAX_MTU))


def _read_gateway(attributes: Attributes) -> str | None:
    via = attributes.get(uapi.RTA_VIA)
    if via is None or len(via) == _FAMILY.size:
        return read_ip(attributes.get(uapi.RTA_GATEWAY))
    (family,) = _FAMILY.unpack_from(via)
    # MPLS has gateways of other families.
    return read_ip(via[_FAMILY.size :]) if family in _FAMILIES else None


def _read_selector(tos: int, source: bytes | None, length: int) -> str:
    selected = f"from {read_ip(source)}/{length}" if source else ""
    return f"tos {tos:#x} {selected}".rstrip() if tos else selected


def _walk_hops(data: bytes) -> Iterator[tuple[int, int, int, Attributes]]:
    """(flags, weight less one, index of the link, attributes) of several next hops."""
    offset = 0
    while offset + RTNEXTHOP.size <= len(data):
        length, flags, weight, index = RTNEXTHOP.unpack_from(data, offset)
        if length < RTNEXTHOP.size:
            break
        yield flags, weight, index, read_attributes(data[offset : offset + length], RTNEXTHOP.size)
        offset += align(length)


def _is_encapsulated(data: bytes) -> bool:
    """Whether packets are wrapped by one of several next hops."""
    return any(uapi.RTA_ENCAP in attributes for *_rest, attributes in _walk_hops(data))


def _read_nexthops(data: bytes, names: Mapping[int, str]) -> tuple[Nexthop, ...]:
    found = [
        Nexthop(
            _read_gateway(attributes),
            names.get(index),
            weight + 1,
            bool(flags & uapi.RTNH_F_ONLINK),
        )
        for flags, weight, index, attributes in _walk_hops(data)
    ]
    return tuple(sorted(found, key=lambda hop: (hop.gateway or "", hop.device or "")))


def find_route(
    address: str,
    device: int,
    source: str | None,
    ports: tuple[int, int] | None = None,
    arrival: int = 0,
    mark: int = 0,
    is_ping: bool = False,
) -> Request:
    """Ask by which route a packet would leave.

    :param device: the index of the interface that it has to take, or of its VRF; 0 for any.
    :param ports: those of TCP, source and destination.
    :param arrival: the index of the interface by which it arrives; 0 of a packet from here.
    :param mark: what a packet filter has marked it with.
    :param is_ping: it is of ICMP or ICMPv6, which policy routing rules can select.
    """
    length = 8 * len(address_bytes(address))
    source_length = length if source else 0
    family = family_number(address)
    # IPv6 always names the table, and refuses the flag.
    flags = uapi.RTM_F_LOOKUP_TABLE if family == socket.AF_INET else 0
    header = RTMSG.pack(family, length, source_length, 0, 0, 0, 0, 0, flags)
    attributes = [
        pack_address(uapi.RTA_DST, address),
        pack_address(uapi.RTA_SRC, source),
        pack_u32(uapi.RTA_IIF, arrival or None),
        pack_u32(uapi.RTA_OIF, device or None),
        pack_u32(uapi.RTA_MARK, mark or None),
    ]
    if is_ping:
        protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
        attributes.append(pack_u8(uapi.RTA_IP_PROTO, protocol))
    if ports is not None:
        attributes += [
            pack_u8(uapi.RTA_IP_PROTO, socket.IPPROTO_TCP),
            pack_attribute(uapi.RTA_SPORT, ports[0].to_bytes(2, "big")),
            pack_attribute(uapi.RTA_DPORT, ports[1].to_bytes(2, "big")),
        ]
    return Request(uapi.RTM_GETROUTE, header + b"".join(attributes))


def read_next_hop(data: bytes) -> tuple[str | None, int]:
    """(gateway, index of the link) by which a packet would leave."""
    attributes = read_attributes(data, ROUTE_ATTRIBUTES)
    return read_ip(attributes.get(uapi.RTA_GATEWAY)), read_number(attributes.get(uapi.RTA_OIF)) or 0


def read_path(names: Mapping[int, str], data: bytes) -> Path:
    """The route by which a packet would leave. ``names`` are those of links."""
    _family, _length, _source, _tos, table, _protocol, _scope, number, _flags = RTMSG.unpack_from(
        data, BODY
    )
    attributes = read_attributes(data, ROUTE_ATTRIBUTES)
    return Path(
        _TYPE_NAMES.get(number, str(number)),
        names.get(read_number(attributes.get(uapi.RTA_OIF)) or 0),
        _read_gateway(attributes),
        read_number(attributes.get(uapi.RTA_TABLE)) or table,
    )
