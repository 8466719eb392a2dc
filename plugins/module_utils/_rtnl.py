# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between our types and route netlink messages. The one file that imports pyroute2, which knows netlink's vocabulary."""

from __future__ import annotations

import socket
import struct
from typing import Any, Dict, List, Optional, Sequence, Tuple

try:
    from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
    from pyroute2.netlink.rtnl.ndmsg import ndmsg
    from pyroute2.netlink.rtnl.rtmsg import rtmsg
    HAS_PYROUTE2 = True
except ImportError:
    HAS_PYROUTE2 = False

from ._model import BridgeOptions, Link, Nexthop, Route, read_mark, write_mark
from ._netlink import Request

NEWLINK, DELLINK, GETLINK, SETLINK = 16, 17, 18, 19
NEWADDR, DELADDR, GETADDR = 20, 21, 22
NEWROUTE, DELROUTE, GETROUTE = 24, 25, 26
GETNEIGH = 30
GETNSID = 90

_CREATE, _EXCL, _REPLACE = 0x400, 0x200, 0x100
_UP, _NOARP, _PROMISC = 0x1, 0x80, 0x100
_PERMANENT, _NODAD = 0x80, 0x02
_ONLINK = 4
_CLONED = 0x200
_SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254}
_TYPES = {"unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5, "blackhole": 6, "unreachable": 7, "prohibit": 8, "throw": 9}
_HERTZ = 100  # USER_HZ, in which bridges take their times

_BRIDGE = {
    "stp": "IFLA_BR_STP_STATE", "priority": "IFLA_BR_PRIORITY", "forward_delay": "IFLA_BR_FORWARD_DELAY", "hello_time": "IFLA_BR_HELLO_TIME",
    "max_age": "IFLA_BR_MAX_AGE", "ageing_time": "IFLA_BR_AGEING_TIME", "mcast_snooping": "IFLA_BR_MCAST_SNOOPING",
    "vlan_filtering": "IFLA_BR_VLAN_FILTERING", "vlan_default_pvid": "IFLA_BR_VLAN_DEFAULT_PVID",
}
_BRIDGE_TIMES = ("forward_delay", "hello_time", "max_age", "ageing_time")
_BRIDGE_SWITCHES = ("stp", "mcast_snooping", "vlan_filtering")
_PORT = {"hairpin": "IFLA_BRPORT_MODE", "learning": "IFLA_BRPORT_LEARNING", "isolated": "IFLA_BRPORT_ISOLATED"}

Attributes = List[Any]


def _encode(message: Any, fields: Dict[str, Any], attributes: Attributes) -> bytes:
    for name, value in fields.items():
        message[name] = value
    message["attrs"] = attributes
    message.encode()
    return bytes(message.data[16:])


def _decode(message_type: Any, data: bytes) -> Any:
    message = message_type(data)
    message.decode()
    return message


def _link_body(attributes: Attributes, index: int = 0, flags: int = 0, change: int = 0, family: int = 0) -> bytes:
    return _encode(ifinfmsg(), {"family": family, "index": index, "flags": flags, "change": change}, attributes)


def _bridge_data(options: Optional[BridgeOptions]) -> Attributes:
    data: Attributes = []
    for name, attribute in _BRIDGE.items():
        value = getattr(options, name, None)
        if value is not None:
            data.append([attribute, value * _HERTZ if name in _BRIDGE_TIMES else int(value)])
    return data


def _creation(link: Link) -> Attributes:
    attributes: Attributes = [["IFLA_IFNAME", link.name]]
    attributes += [["IFLA_ADDRESS", link.mac]] if link.mac else []
    attributes += [["IFLA_MTU", link.mtu]] if link.mtu is not None else []
    attributes += [["IFLA_TXQLEN", link.txqueuelen]] if link.txqueuelen is not None else []
    return attributes


def create_bridge(link: Link) -> Request:
    """A bridge, with its options in the creating message."""
    info = {"attrs": [["IFLA_INFO_KIND", "bridge"], ["IFLA_INFO_DATA", {"attrs": _bridge_data(link.options)}]]}
    return Request(NEWLINK, _link_body([*_creation(link), ["IFLA_LINKINFO", info]]), _CREATE | _EXCL)


def create_veth(end: Link, peer: Link, peer_netns: Optional[int]) -> Request:
    """A pair whose far end is made inside the namespace of that descriptor (moving it there later waits 19 ms)."""
    far = _creation(peer)
    if peer_netns is not None:
        far.append(["IFLA_NET_NS_FD", peer_netns])
    data = {"attrs": [["VETH_INFO_PEER", {"attrs": far}]]}
    info = {"attrs": [["IFLA_INFO_KIND", "veth"], ["IFLA_INFO_DATA", data]]}
    return Request(NEWLINK, _link_body([*_creation(end), ["IFLA_LINKINFO", info]]), _CREATE | _EXCL)


def mark_link(name: str, owner: str) -> Request:
    return Request(SETLINK, _link_body([["IFLA_IFNAME", name], ["IFLA_IFALIAS", write_mark(owner)]]))


def get_link(name: str) -> Request:
    return Request(GETLINK, _link_body([["IFLA_IFNAME", name]]))


def delete_link(name: str) -> Request:
    return Request(DELLINK, _link_body([["IFLA_IFNAME", name]]))


def move_link(name: str, netns: int) -> Request:
    """Into the namespace of that descriptor, under the same name."""
    return Request(SETLINK, _link_body([["IFLA_IFNAME", name], ["IFLA_NET_NS_FD", netns]]))


def alter_link(before: Link, after: Link, master: Optional[int]) -> List[Request]:
    """What differs between the two. ``master`` is the index of the bridge that ``after`` names."""
    attributes: Attributes = [["IFLA_IFNAME", after.name]]
    flags = change = 0
    for on, off, bit in ((after.up, before.up, _UP), (after.promisc, before.promisc, _PROMISC)):
        if on is not None and on != off:
            change |= bit
            flags |= bit if on else 0
    if after.arp is not None and after.arp != before.arp:
        change |= _NOARP
        flags |= 0 if after.arp else _NOARP
    for name, attribute in (("mac", "IFLA_ADDRESS"), ("mtu", "IFLA_MTU"), ("txqueuelen", "IFLA_TXQLEN")):
        value = getattr(after, name)
        if value is not None and value != getattr(before, name):
            attributes.append([attribute, value])
    if after.bridge is not None and after.bridge != before.bridge:
        attributes.append(["IFLA_MASTER", master or 0])
    requests = [Request(SETLINK, _link_body(attributes, flags=flags, change=change))] if change or len(attributes) > 1 else []
    return requests + _alter_kind(before, after)


def _alter_kind(before: Link, after: Link) -> List[Request]:
    """Options of a bridge, and of a port as its bridge keeps them."""
    requests = []
    if after.options is not None and after.options != before.options:
        old = before.options or BridgeOptions()
        news = BridgeOptions(**{name: value for name, value in vars(after.options).items() if value is not None and value != getattr(old, name)})
        info = {"attrs": [["IFLA_INFO_KIND", "bridge"], ["IFLA_INFO_DATA", {"attrs": _bridge_data(news)}]]}
        requests.append(Request(NEWLINK, _link_body([["IFLA_IFNAME", after.name], ["IFLA_LINKINFO", info]])))
    flags = [[_PORT[name], int(getattr(after, name))] for name in _PORT if getattr(after, name) not in (None, getattr(before, name))]
    if flags and after.bridge:
        info = {"attrs": [["IFLA_INFO_SLAVE_KIND", "bridge"], ["IFLA_INFO_SLAVE_DATA", {"attrs": flags}]]}
        requests.append(Request(NEWLINK, _link_body([["IFLA_IFNAME", after.name], ["IFLA_LINKINFO", info]])))
    return requests


def alter_address(kind: int, index: int, text: str) -> Request:
    """Add (NEWADDR) or remove (DELADDR) an address. IPv6 comes without duplicate detection, so it works at once."""
    address, length = text.split("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    attributes: Attributes = [["IFA_LOCAL", address], ["IFA_ADDRESS", address]]
    if family == socket.AF_INET6:
        attributes = [["IFA_ADDRESS", address], ["IFA_FLAGS", _NODAD]]
    body = _encode(ifaddrmsg(), {"family": family, "prefixlen": int(length), "index": index}, attributes)
    return Request(kind, body, _CREATE | _EXCL if kind == NEWADDR else 0)


def alter_route(kind: int, route: Route, indexes: Dict[str, int], replace: bool = False) -> Request:
    """Add, replace or remove a route; ``indexes`` has the devices that it names."""
    network, length = route.destination.split("/")
    family = socket.AF_INET6 if ":" in network else socket.AF_INET
    scope = _SCOPES.get(route.scope or "", 0)
    if route.scope is None and route.gateway is None and route.nexthops is None and route.type in (None, "unicast") and family == socket.AF_INET:
        scope = _SCOPES["link"]
    attributes: Attributes = [["RTA_TABLE", route.table], ["RTA_PRIORITY", route.metric]]
    attributes += [["RTA_DST", network]] if length != "0" else []
    attributes += [["RTA_GATEWAY", route.gateway]] if route.gateway else []
    attributes += [["RTA_OIF", indexes[route.device]]] if route.device else []
    attributes += [["RTA_PREFSRC", route.source]] if route.source else []
    attributes += [["RTA_METRICS", {"attrs": [["RTAX_MTU", route.mtu]]}]] if route.mtu is not None else []
    if route.nexthops:
        attributes.append(["RTA_MULTIPATH", [_encode_hop(hop, indexes) for hop in route.nexthops]])
    fields = {
        "family": family, "dst_len": int(length), "table": route.table if route.table < 256 else 252, "proto": route.protocol or 0,
        "scope": scope if kind == NEWROUTE else 255, "type": _TYPES[route.type or "unicast"], "flags": _ONLINK if route.onlink else 0,
    }
    flags = 0 if kind == DELROUTE else _CREATE | (_REPLACE if replace else _EXCL)
    return Request(kind, _encode(rtmsg(), fields, attributes), flags)


def _encode_hop(hop: Nexthop, indexes: Dict[str, int]) -> Dict[str, Any]:
    return {
        "oif": indexes[hop.device] if hop.device else 0, "hops": hop.weight - 1, "flags": _ONLINK if hop.onlink else 0,
        "attrs": [["RTA_GATEWAY", hop.gateway]] if hop.gateway else [],
    }


def get_netns_number(descriptor: int) -> Request:
    """Ask for the number that this namespace has for another one (rtnetlink's nsid)."""
    return Request(GETNSID, struct.pack("=BxxxHHI", 0, 8, 3, descriptor))


def decode_netns_number(data: bytes) -> int:
    """The number; negative where there is none."""
    return struct.unpack_from("=i", data, 24)[0]


def dump_links() -> bytes:
    return _link_body([["IFLA_EXT_MASK", 8]])  # RTEXT_FILTER_SKIP_STATS


def dump_addresses() -> bytes:
    return _encode(ifaddrmsg(), {}, [])


def dump_routes(family: int) -> bytes:
    return _encode(rtmsg(), {"family": socket.AF_INET6 if family == 6 else socket.AF_INET}, [])


def dump_neighbours() -> bytes:
    return _encode(ndmsg(), {}, [])


def decode_link(netns: Optional[str], data: bytes) -> Tuple[Link, int, int, Optional[int], int]:
    """A link without its relations, and: its index, its peer's index, the peer's namespace as the kernel numbers it, its master's index."""
    message = _decode(ifinfmsg, data)
    info = message.get_attr("IFLA_LINKINFO")
    kind = (info.get_attr("IFLA_INFO_KIND") if info else None) or ""
    flags = message["flags"]
    link = Link(
        netns=netns, name=message.get_attr("IFLA_IFNAME"), kind=kind, up=bool(flags & _UP), mtu=message.get_attr("IFLA_MTU"),
        mac=message.get_attr("IFLA_ADDRESS"), txqueuelen=message.get_attr("IFLA_TXQLEN"), arp=not flags & _NOARP, promisc=bool(flags & _PROMISC),
        bridge="", accept_ra=_decode_accept_ra(message), addresses=(), owner=read_mark(message.get_attr("IFLA_IFALIAS")),
        options=_decode_bridge(info.get_attr("IFLA_INFO_DATA")) if kind == "bridge" else None, **_decode_port(info),
    )
    return link, message["index"], message.get_attr("IFLA_LINK") or 0, message.get_attr("IFLA_LINK_NETNSID"), message.get_attr("IFLA_MASTER") or 0


def _decode_bridge(data: Any) -> BridgeOptions:
    values: Dict[str, Any] = {name: data.get_attr(attribute) for name, attribute in _BRIDGE.items()}
    for name in _BRIDGE_TIMES:
        values[name] = None if values[name] is None else round(values[name] / _HERTZ)
    for name in _BRIDGE_SWITCHES:
        values[name] = None if values[name] is None else bool(values[name])
    return BridgeOptions(**values)


def _decode_port(info: Any) -> Dict[str, Any]:
    if not info or info.get_attr("IFLA_INFO_SLAVE_KIND") != "bridge":
        return {}
    data = info.get_attr("IFLA_INFO_SLAVE_DATA")
    return {name: bool(data.get_attr(attribute)) for name, attribute in _PORT.items()}


def _decode_accept_ra(message: Any) -> Optional[bool]:
    families = message.get_attr("IFLA_AF_SPEC")
    inet6 = families.get_attr("AF_INET6") if families else None
    settings = inet6.get_attr("IFLA_INET6_CONF") if inet6 else None
    return None if settings is None else bool(settings["accept_ra"])


def decode_address(data: bytes) -> Optional[Tuple[int, str]]:
    """(index of its link, ADDRESS/LENGTH) of a permanent global address; None for any other."""
    message = _decode(ifaddrmsg, data)
    flags = message.get_attr("IFA_FLAGS")
    if not (message["flags"] if flags is None else flags) & _PERMANENT or message["scope"] not in (0, 200):
        return None
    address = message.get_attr("IFA_LOCAL") or message.get_attr("IFA_ADDRESS")
    return message["index"], f"{address}/{message['prefixlen']}"


def decode_route(netns: Optional[str], names: Dict[int, str], data: bytes) -> Optional[Route]:
    """A route; None for a cached one."""
    message = _decode(rtmsg, data)
    if message["flags"] & _CLONED:
        return None
    six = message["family"] == socket.AF_INET6
    destination = message.get_attr("RTA_DST") or ("::" if six else "0.0.0.0")
    metrics = message.get_attr("RTA_METRICS")
    kind = next((name for name, number in _TYPES.items() if number == message["type"]), str(message["type"]))
    device = names.get(message.get_attr("RTA_OIF"))
    hops = message.get_attr("RTA_MULTIPATH")
    nowhere = kind in ("blackhole", "unreachable", "prohibit", "throw")
    return Route(
        netns=netns, destination=f"{destination}/{message['dst_len']}", table=message.get_attr("RTA_TABLE") or message["table"],
        metric=message.get_attr("RTA_PRIORITY") or 0, type=kind, gateway=message.get_attr("RTA_GATEWAY"), device=None if nowhere else device,
        source=message.get_attr("RTA_PREFSRC"), scope=next((n for n, number in _SCOPES.items() if number == message["scope"]), str(message["scope"])),
        onlink=bool(message["flags"] & _ONLINK), mtu=metrics.get_attr("RTAX_MTU") if metrics else None,
        nexthops=tuple(_decode_hops(hops, names)) if hops else None, protocol=message["proto"],
    )


def _decode_hops(hops: Sequence[Any], names: Dict[int, str]) -> List[Nexthop]:
    found = [Nexthop(hop.get_attr("RTA_GATEWAY"), names.get(hop["oif"]), hop["hops"] + 1, bool(hop["flags"] & _ONLINK)) for hop in hops]
    return sorted(found, key=lambda hop: (hop.gateway or "", hop.device or ""))


_NEIGHBOUR_STATES = {1: "incomplete", 2: "reachable", 4: "stale", 8: "delay", 16: "probe", 32: "failed", 64: "noarp", 128: "permanent"}


def decode_neighbour(data: bytes) -> Tuple[int, Dict[str, Any]]:
    """(index of its link, address, mac, state, router) of an entry of the ARP or NDP table."""
    message = _decode(ndmsg, data)
    state = _NEIGHBOUR_STATES.get(message["state"], "none")
    return message["ifindex"], {
        "address": message.get_attr("NDA_DST"), "mac": message.get_attr("NDA_LLADDR"), "state": state, "router": bool(message["flags"] & 0x80),
    }
