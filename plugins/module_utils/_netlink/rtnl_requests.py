# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Route netlink messages that we send: our types, packed. Attribute names are the kernel's (linux/if_link.h, linux/rtnetlink.h)."""

from __future__ import annotations

import socket
import struct
from typing import Any, Callable, Dict, List, Optional

from .._model.fast_replace import replace
from .._model.link_alias import alias_differs, write_alias
from .._model.link_options import BridgeOptions
from .._model.links import Link, changed_flags
from .._model.routes import Nexthop, Route
from . import nla_tables as words
from .link_info_data import pack_data
from .socket import Request, pack_attribute

NEWLINK, DELLINK, GETLINK, SETLINK = 16, 17, 18, 19
NEWADDR, DELADDR, GETADDR = 20, 21, 22
NEWROUTE, DELROUTE, GETROUTE = 24, 25, 26
NEWNEIGH, DELNEIGH, GETNEIGH, GETNEIGHTBL = 28, 29, 30, 66
GETNSID = 90

IFF_UP, IFF_RUNNING, IFF_NOARP, IFF_PROMISC, IFF_LOWER_UP = 0x1, 0x40, 0x80, 0x100, 0x10000
ONLINK = 4
ROUTE_SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254}
ROUTE_TYPES = {
    "unicast": 1,
    "local": 2,
    "broadcast": 3,
    "anycast": 4,
    "multicast": 5,
    "blackhole": 6,
    "unreachable": 7,
    "prohibit": 8,
    "throw": 9,
}
IFLA_PORT_FLAGS = {
    "hairpin": "IFLA_BRPORT_MODE",
    "learning": "IFLA_BRPORT_LEARNING",
    "isolated": "IFLA_BRPORT_ISOLATED",
}

HALF_MADE_GROUP = 0x72626E73
"""The group of a link from its making to its mark. Under the lock of this host nobody of us is at work, so what shows it is debris."""

EUI64, NO_LINK_LOCAL = 0, 1
"""How the kernel makes a link its link-local address (enum in6_addr_gen_mode, linux/if_link.h)."""

_CREATE, _EXCL, _REPLACE = 0x400, 0x200, 0x100
_NODAD = 0x02
_USE = 0x01
_NESTED = 0x8000
_SKIP_STATISTICS = 8

_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGHBOUR = struct.Struct("=BxxxiHBB")
_HOP = struct.Struct("=HBBi")


def _pack_address(text: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


_PACK: Dict[str, Callable[[Any], bytes]] = {
    "uint8": struct.Struct("=B").pack,
    "uint16": struct.Struct("=H").pack,
    "uint32": struct.Struct("=I").pack,
    "asciiz": lambda text: text.encode() + b"\0",
    "l2addr": lambda mac: bytes.fromhex(mac.replace(":", "")),
}
for _kind in ("ipaddr", "target"):
    _PACK[_kind] = _pack_address


def _pack(table: words.Words, values: Dict[str, Any]) -> bytes:
    """Attributes by name. A value in bytes is packed already."""
    data = b""
    for name, value in values.items():
        if value is not None:
            number, kind = table.by_name[name]
            data += pack_attribute(
                number, value if isinstance(value, bytes) else _PACK[kind](value)
            )
    return data


def _link(values: Dict[str, Any], flags: int = 0, change: int = 0) -> bytes:
    return _LINK.pack(0, 0, 0, flags, change) + _pack(words.LINK, values)


def _info(kind: str, data: bytes) -> bytes:
    return _pack(words.LINK_INFO, {"IFLA_INFO_KIND": kind, "IFLA_INFO_DATA": data})


def _creation(link: Link) -> Dict[str, Any]:
    # A mark is refused in the creating message; until it comes the group tells whose the link is.
    group = None if link.owner is None else _packed_number(HALF_MADE_GROUP)
    queues = dict.fromkeys(
        ("IFLA_NUM_TX_QUEUES", "IFLA_NUM_RX_QUEUES"), _packed_number(link.queues)
    )
    return {
        "IFLA_IFNAME": link.name,
        "IFLA_ADDRESS": link.mac,
        "IFLA_MTU": link.mtu,
        "IFLA_TXQLEN": link.txqueuelen,
        "IFLA_GROUP": group,
        **queues,
    }


def _packed_number(number: Optional[int]) -> Optional[bytes]:
    return None if number is None else struct.pack("=I", number)


def create_link(link: Link, parent: Optional[int] = None, netns: Optional[int] = None) -> Request:
    """A link with its options in the creating message. VLAN filtering off goes without saying, to a kernel that has none as well.

    :param parent: the index of the link on which it sits.
    :param netns: a descriptor of the namespace in which it is made, where that is another than its parent's.
    """
    kind, options = link.kind or "", link.options
    if isinstance(options, BridgeOptions) and not options.vlan_filtering:
        options = replace(options, vlan_filtering=None)
    place = {
        "IFLA_LINK": None if kind == "vxlan" else _packed_number(parent),
        "IFLA_NET_NS_FD": _packed_number(netns),
    }
    info = _info(kind, pack_data(kind, options, parent))
    return Request(
        NEWLINK, _link({**_creation(link), **place, "IFLA_LINKINFO": info}), _CREATE | _EXCL
    )


def create_veth(end: Link, peer: Link, peer_netns: Optional[int]) -> Request:
    """A pair whose far end is made inside the namespace of that descriptor (moving it there later waits 19 ms)."""
    far = _link({**_creation(peer), "IFLA_NET_NS_FD": _packed_number(peer_netns)})
    data = pack_attribute(words.VETH.number("VETH_INFO_PEER"), far)
    return Request(
        NEWLINK, _link({**_creation(end), "IFLA_LINKINFO": _info("veth", data)}), _CREATE | _EXCL
    )


def mark_link(link: Link) -> Request:
    """Its alias, after which it is not unfinished any more."""
    return Request(
        SETLINK,
        _link(
            {
                "IFLA_IFNAME": link.name,
                "IFLA_GROUP": _packed_number(0),
                "IFLA_IFALIAS": write_alias(link).encode(),
            }
        ),
    )


def configure_link(link: Link) -> List[Request]:
    """What a link is given that was not made by a message."""
    given = {
        name: value
        for name, value in _creation(link).items()
        if name in ("IFLA_IFNAME", "IFLA_ADDRESS", "IFLA_MTU", "IFLA_TXQLEN")
    }
    return [Request(SETLINK, _link(given)), *([] if link.owner is None else [mark_link(link)])]


def get_link(name: str) -> Request:
    return Request(
        GETLINK, _link({"IFLA_IFNAME": name, "IFLA_EXT_MASK": _packed_number(_SKIP_STATISTICS)})
    )


def delete_link(name: str) -> Request:
    return Request(DELLINK, _link({"IFLA_IFNAME": name}))


def move_link(index: int, name: str, netns: Optional[int]) -> Request:
    """To be of that name, in the namespace of that descriptor; None: where it is."""
    return Request(
        SETLINK,
        _LINK.pack(0, 0, index, 0, 0)
        + _pack(words.LINK, {"IFLA_IFNAME": name, "IFLA_NET_NS_FD": _packed_number(netns)}),
    )


def alter_link(before: Link, after: Link, master: Optional[int]) -> List[Request]:
    """What differs between the two. ``master`` is the index of the bridge or the vrf that ``after`` names."""
    flags = change = 0
    arp = (None if after.arp is None else not after.arp, not before.arp)
    for (on, was), bit in (
        ((after.up, before.up), IFF_UP),
        ((after.promisc, before.promisc), IFF_PROMISC),
        (arp, IFF_NOARP),
    ):
        if on is not None and on != was:
            change |= bit
            flags |= bit if on else 0
    values: Dict[str, Any] = {}
    for name, attribute in (
        ("mac", "IFLA_ADDRESS"),
        ("mtu", "IFLA_MTU"),
        ("txqueuelen", "IFLA_TXQLEN"),
    ):
        values[attribute] = (
            getattr(after, name) if getattr(after, name) != getattr(before, name) else None
        )
    if (after.bridge is not None and after.bridge != before.bridge) or (after.vrf or "") != (
        before.vrf or ""
    ):
        values["IFLA_MASTER"] = _packed_number(master or 0)
    if alias_differs(before, after):
        values["IFLA_IFALIAS"] = write_alias(after).encode()
    needed = change or any(value is not None for value in values.values())
    requests = (
        [Request(SETLINK, _link({"IFLA_IFNAME": after.name, **values}, flags, change))]
        if needed
        else []
    )
    return requests + _alter_generation(before, after) + _alter_kind(before, after)


def _alter_generation(before: Link, after: Link) -> List[Request]:
    """Whether a link gets a link-local address: a message of its own, before the link is raised and after its MTU lets it have IPv6."""
    if after.link_local in (None, before.link_local):
        return []
    mode = struct.pack("=B", EUI64 if after.link_local else NO_LINK_LOCAL)
    inet6 = pack_attribute(
        socket.AF_INET6, _pack(words.LINK_INET6, {"IFLA_INET6_ADDR_GEN_MODE": mode})
    )
    return [Request(SETLINK, _link({"IFLA_IFNAME": after.name, "IFLA_AF_SPEC": inet6}))]


def _alter_kind(before: Link, after: Link) -> List[Request]:
    """Options of its kind, and of a port as its bridge keeps them."""
    requests = []
    if after.options is not None and after.options != before.options:
        known = {} if before.options is None else vars(before.options)
        news = type(after.options)(
            **{
                name: value
                for name, value in vars(after.options).items()
                if value not in (None, known.get(name))
            }
        )
        data = pack_data(after.kind or "", news)
        if data:
            requests.append(
                Request(
                    NEWLINK,
                    _link(
                        {"IFLA_IFNAME": after.name, "IFLA_LINKINFO": _info(after.kind or "", data)}
                    ),
                )
            )
    flags = {
        IFLA_PORT_FLAGS[name]: int(value) for name, value in changed_flags(before, after).items()
    }
    if flags:
        info = _pack(
            words.LINK_INFO,
            {"IFLA_INFO_SLAVE_KIND": "bridge", "IFLA_INFO_SLAVE_DATA": _pack(words.PORT, flags)},
        )
        requests.append(Request(NEWLINK, _link({"IFLA_IFNAME": after.name, "IFLA_LINKINFO": info})))
    return requests


def alter_address(kind: int, index: int, text: str) -> Request:
    """Add (NEWADDR) or remove (DELADDR) an address. IPv6 comes without duplicate detection, so it works at once."""
    address, length = text.split("/")
    six = ":" in address
    values = {
        "IFA_ADDRESS": address,
        "IFA_LOCAL": None if six else address,
        "IFA_FLAGS": _packed_number(_NODAD) if six else None,
    }
    body = _ADDRESS.pack(
        socket.AF_INET6 if six else socket.AF_INET, int(length), 0, 0, index
    ) + _pack(words.ADDRESS, values)
    return Request(kind, body, _CREATE | _EXCL if kind == NEWADDR else 0)


def alter_route(
    kind: int, route: Route, indexes: Dict[str, int], replacing: bool = False
) -> Request:
    """Add, replace or remove a route; ``indexes`` has the devices that it names."""
    network, length = route.destination.split("/")
    family = socket.AF_INET6 if ":" in network else socket.AF_INET
    scope = ROUTE_SCOPES.get(route.scope or "", 0)
    if (
        route.scope is None
        and route.gateway is None
        and route.nexthops is None
        and route.type in (None, "unicast")
        and family == socket.AF_INET
    ):
        scope = ROUTE_SCOPES["link"]
    values: Dict[str, Any] = {
        "RTA_TABLE": _packed_number(route.table),
        "RTA_PRIORITY": _packed_number(route.metric),
        "RTA_DST": _pack_address(network) if length != "0" else None,
        "RTA_GATEWAY": _pack_address(route.gateway) if route.gateway else None,
        "RTA_OIF": _packed_number(indexes[route.device]) if route.device else None,
        "RTA_PREFSRC": _pack_address(route.source) if route.source else None,
        "RTA_METRICS": _pack(words.METRICS, {"RTAX_MTU": route.mtu})
        if route.mtu is not None
        else None,
        "RTA_MULTIPATH": b"".join(_hop(hop, indexes) for hop in route.nexthops)
        if route.nexthops
        else None,
    }
    head = _ROUTE.pack(
        family,
        int(length),
        0,
        0,
        route.table if route.table < 256 else 252,
        route.protocol or 0,
        scope if kind == NEWROUTE else 255,
        ROUTE_TYPES[route.type or "unicast"],
        ONLINK if route.onlink else 0,
    )
    return Request(
        kind,
        head + _pack(words.ROUTE, values),
        0 if kind == DELROUTE else _CREATE | (_REPLACE if replacing else _EXCL),
    )


def _hop(hop: Nexthop, indexes: Dict[str, int]) -> bytes:
    gateway = _pack(
        words.ROUTE, {"RTA_GATEWAY": _pack_address(hop.gateway) if hop.gateway else None}
    )
    return (
        _HOP.pack(
            _HOP.size + len(gateway),
            ONLINK if hop.onlink else 0,
            hop.weight - 1,
            indexes[hop.device] if hop.device else 0,
        )
        + gateway
    )


def get_netns_number(descriptor: int) -> Request:
    """Ask for the number that this namespace has for another one (rtnetlink's nsid)."""
    return Request(GETNSID, struct.pack("=BxxxHHI", 0, 8, 3, descriptor))


def dump_links() -> bytes:
    return _link({"IFLA_EXT_MASK": _packed_number(_SKIP_STATISTICS)})


def dump_addresses() -> bytes:
    return _ADDRESS.pack(0, 0, 0, 0, 0)


def dump_routes() -> bytes:
    """Of all families, those of multicast among them."""
    return _ROUTE.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0, 0, 0)


def dump_neighbours() -> bytes:
    return _NEIGHBOUR.pack(0, 0, 0, 0, 0)


def dump_neighbour_tables() -> bytes:
    return struct.pack("=BxH", 0, 0)


def find_route(address: str, device: int, source: Optional[str]) -> Request:
    """Ask by which way a packet would leave; ``device`` 0 is any."""
    data = _pack_address(address)
    values = {
        "RTA_DST": data,
        "RTA_SRC": _pack_address(source) if source else None,
        "RTA_OIF": _packed_number(device) if device else None,
    }
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return Request(
        GETROUTE,
        _ROUTE.pack(family, 8 * len(data), 8 * len(data) if source else 0, 0, 0, 0, 0, 0, 0)
        + _pack(words.ROUTE, values),
    )


def delete_neighbour(index: int, address: str) -> Request:
    """An entry of the ARP or NDP table, as if nobody had asked for it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return Request(
        DELNEIGH,
        _NEIGHBOUR.pack(family, index, 0, 0, 0)
        + _pack(words.NEIGHBOUR, {"NDA_DST": _pack_address(address)}),
    )


def probe_neighbour(index: int, address: str) -> Request:
    """An entry of the ARP or NDP table, looked for as if there were something to send there (NTF_USE)."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return Request(
        NEWNEIGH,
        _NEIGHBOUR.pack(family, index, 0, _USE, 0)
        + _pack(words.NEIGHBOUR, {"NDA_DST": _pack_address(address)}),
        _CREATE,
    )
