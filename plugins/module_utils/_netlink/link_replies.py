# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links as the kernel sends them: decoded into our type."""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, Any

from .._model.fast_replace import replace
from .._model.fast_typing import NamedTuple
from .._model.impairments import HANDLES
from .._model.link_types import LINK_TYPES
from .._model.links import Link
from . import uapi
from .attributes import (
    read_attributes,
    read_mac,
    read_name,
    read_number,
    read_text,
    walk_attributes,
)
from .headers import BODY, IFINFOMSG, LINK_ATTRIBUTES
from .link_layouts import LinkLayout, find_layout, layouts_of_length
from .link_queries import PORT_FLAG_ATTRIBUTES, UNFINISHED_GROUP

if TYPE_CHECKING:
    from .._model.link_options import BridgeOptions

_IPV6_SETTINGS = {"accept_ra": uapi.DEVCONF_ACCEPT_RA, "accept_dad": uapi.DEVCONF_ACCEPT_DAD}
_SETTING = struct.Struct("=i")
_KINDS_WITH_CARRIER = frozenset(LINK_TYPES)
"""Links of other kinds may be up for long without carrier, such as a port that waits for 802.1X."""
_MAX_SHARED = 1000


class PortState(NamedTuple):
    """What a bridge port does with frames, as bridge(8) calls it.

    ``seconds_left``: STP lets it enter the next state after that time. 0 if nothing will.
    """

    ifindex: int
    state: str
    seconds_left: float


class SharedAttributes(NamedTuple):
    """What many links have in common, decoded once.

    ``link`` lacks name, MAC address and relations. ``data`` is IFLA_INFO_DATA, which ``link_data``
    decodes. ``forwarding`` is net.ipv4.conf.LINK.forwarding as /proc/sys shows it.
    ``promotes``: net.ipv4.conf.LINK.promote_secondaries.
    ``hardware`` identifies hardware by its bus address and permanent MAC address.
    ``carrier_pending``: it is up and has a carrier, and the kernel has not started its queues yet.
    ``unfinished``: it is in the group of links that this collection has not completed.
    """

    link: Link
    data: bytes
    in_vrf: bool
    forwarding: str | None
    promotes: bool
    impaired: bool
    carrier_pending: bool
    ipv6_disabled: bool
    hardware: str
    unfinished: bool


class LinkReply(NamedTuple):
    """A link without its relations, and the indexes by which the kernel refers to those.

    ``iflink`` is the index of a veth's peer, or of the link on which this one sits;
    ``link_netnsid`` the id of its namespace, None for the same one. ``master`` is the index of its
    bridge or VRF.
    """

    link: Link
    ifindex: int
    iflink: int
    link_netnsid: int | None
    master: int
    shared: SharedAttributes
    altnames: tuple[str, ...] = ()

    @property
    def is_carrier_pending(self) -> bool:
        """Whether packets sent by it may be dropped because the kernel has not started its queues.

        For a veth whose peer has the same index in its namespace the kernel claims so for up to a
        second although it works (linkwatch_urgent_event in net/core/link_watch.c); only its bridge,
        if it has one, waits for that.
        """
        return self.shared.carrier_pending and (self.master != 0 or self.ifindex != self.iflink)


def read_link(netns: str | None, data: bytes) -> LinkReply:
    """A link in that namespace. Of its options only a bridge's are decoded."""
    _family, _type, index, flags, _change = IFINFOMSG.unpack_from(data, BODY)
    bits = int.from_bytes(data, "little")
    layouts = layouts_of_length(len(data))
    for layout in layouts:
        shared = layout.decoded.get(bits & layout.shared_mask)
        if shared is not None:
            if layout is not layouts[0]:
                # It is tried first next time: the next namespace most likely has the same links.
                layouts.remove(layout)
                layouts.insert(0, layout)
            break
    else:
        layout = find_layout(data)
        shared = _decode_shared(layout, flags, data, bits & layout.shared_mask)
    name, mac, iflink, link_netnsid, master, properties = layout.own_payloads(data)
    link = replace(shared.link, netns=netns, name=read_name(name) or "", mac=read_mac(mac))
    return LinkReply(
        link,
        index,
        int.from_bytes(iflink, sys.byteorder),
        int.from_bytes(link_netnsid, sys.byteorder) if link_netnsid else None,
        int.from_bytes(master, sys.byteorder),
        shared,
        _read_altnames(properties) if properties else (),
    )


def read_index_and_name(data: bytes) -> tuple[int, str]:
    """What a message about a link is about. The rest is not decoded."""
    _family, _type, index, _flags, _change = IFINFOMSG.unpack_from(data, BODY)
    for number, start, end in walk_attributes(data, LINK_ATTRIBUTES, len(data)):
        if number == uapi.IFLA_IFNAME:
            return index, read_name(data[start:end]) or ""
    return index, ""


def _read_altnames(data: bytes) -> tuple[str, ...]:
    """The alternative names of a link, as udev gives them (``ip link property``)."""
    return tuple(
        read_name(data[start:end]) or ""
        for number, start, end in walk_attributes(data, 0, len(data))
        if number == uapi.IFLA_ALT_IFNAME
    )


def _decode_shared(layout: LinkLayout, flags: int, data: bytes, key: int) -> SharedAttributes:
    if len(layout.decoded) == _MAX_SHARED:
        layout.decoded.clear()
    payloads = dict(zip(layout.shared_names, layout.shared_payloads(data)))
    shared = _read_shared(flags, payloads)
    layout.decoded[key] = shared
    return shared


def _read_shared(flags: int, payloads: dict[str, bytes]) -> SharedAttributes:
    kind = read_text(payloads.get("kind")) or ""
    master_kind = read_text(payloads.get("master_kind"))
    data = payloads.get("data", b"")
    link = _read_shared_link(flags, kind, payloads)
    ipv6_disabled = _read_setting(payloads.get("ipv6_settings", b""), uapi.DEVCONF_DISABLE_IPV6)
    # The numbers of IPv4's settings begin with 1.
    ipv4_settings = payloads.get("ipv4_settings", b"")
    forwarding = _read_setting(ipv4_settings, uapi.IPV4_DEVCONF_FORWARDING - 1)
    promotes = _read_setting(ipv4_settings, uapi.IPV4_DEVCONF_PROMOTE_SECONDARIES - 1)
    return SharedAttributes(
        link,
        data,
        master_kind == "vrf",
        None if forwarding is None else str(forwarding),
        bool(promotes),
        read_text(payloads.get("qdisc")) in HANDLES,
        _is_carrier_pending(kind, flags),
        bool(ipv6_disabled),
        "" if kind else _identify_hardware(payloads),
        read_number(payloads.get("group")) == UNFINISHED_GROUP,
    )


def _read_bridge_options(data: bytes) -> BridgeOptions:
    from .bridge_data import read_bridge_data  # most namespaces have no bridge

    return read_bridge_data(data)


def _read_shared_link(flags: int, kind: str, payloads: dict[str, bytes]) -> Link:
    master_kind = read_text(payloads.get("master_kind"))
    data = payloads.get("data", b"")
    return Link(
        netns=None,
        name="",
        kind=kind,
        up=bool(flags & uapi.IFF_UP),
        mtu=read_number(payloads.get("mtu")),
        txqueuelen=read_number(payloads.get("txqueuelen")),
        queues=read_number(payloads.get("queues")) if kind == "veth" else None,
        # An ipvlan's follows from its mode.
        arp=None if kind == "ipvlan" else not flags & uapi.IFF_NOARP,
        promisc=bool(flags & uapi.IFF_PROMISC),
        bridge="",
        addresses=(),
        alias=read_text(payloads.get("alias")),
        group=read_number(payloads.get("group")) or None,
        options=_read_bridge_options(data) if kind == "bridge" and data else None,
        **_read_port_flags(master_kind, payloads),
        **_read_ipv6_settings(payloads),
    )


def _identify_hardware(payloads: dict[str, bytes]) -> str:
    device = read_text(payloads.get("parent_device"))
    mac = read_mac(payloads.get("permanent_address"))
    return " ".join(filter(None, (device, mac)))


def _is_carrier_pending(kind: str, flags: int) -> bool:
    """Whether a link of a kind that always gets its carrier has not got it yet."""
    up = uapi.IFF_UP | uapi.IFF_LOWER_UP
    return kind in _KINDS_WITH_CARRIER and flags & (up | uapi.IFF_RUNNING) == up


def _read_port_flags(master_kind: str | None, payloads: dict[str, bytes]) -> dict[str, Any]:
    """What its bridge keeps of a port; nothing for a link that is not one."""
    if master_kind != "bridge":
        return {}
    return {name: bool(read_number(payloads.get(name))) for name in PORT_FLAG_ATTRIBUTES}


def _read_setting(settings: bytes, number: int) -> int | None:
    """A kernel parameter of a link by its position; None if the kernel does not have so many."""
    offset = _SETTING.size * number
    if offset + _SETTING.size > len(settings):
        return None
    return int(_SETTING.unpack_from(settings, offset)[0])


def _read_ipv6_settings(payloads: dict[str, bytes]) -> dict[str, Any]:
    """The kernel parameters of a link that we set; nothing where there is no IPv6."""
    settings = payloads.get("ipv6_settings")
    if settings is None:
        return {}
    mode = read_number(payloads.get("address_generation"))
    values: dict[str, Any] = {"link_local": mode != uapi.IN6_ADDR_GEN_MODE_NONE}
    for name, number in _IPV6_SETTINGS.items():
        value = _read_setting(settings, number)
        # For a link without neighbours (a tun) the kernel reports -1: not set.
        values[name] = None if value is None or value < 0 else bool(value)
    return values


def read_parameters(data: bytes) -> tuple[int, bytes | None, bytes | None]:
    """(index, its kernel parameters of IPv4 and of IPv6 as the kernel packs them) of a link."""
    _family, _type, index, _flags, _change = IFINFOMSG.unpack_from(data, BODY)
    layout = find_layout(data)
    payloads = dict(zip(layout.shared_names, layout.shared_payloads(data)))
    return index, payloads.get("ipv4_settings"), payloads.get("ipv6_settings")


def is_immutable(data: bytes) -> bool:
    """Whether a link cannot leave its namespace (IFLA_NETNS_IMMUTABLE, since Linux 6.15)."""
    return read_attributes(data, LINK_ATTRIBUTES).get(uapi.IFLA_NETNS_IMMUTABLE) == b"\1"


def read_port_state(data: bytes) -> PortState | None:
    """The state of a bridge port; None for a link that is not one."""
    info = read_attributes(read_attributes(data, LINK_ATTRIBUTES).get(uapi.IFLA_LINKINFO, b""))
    if read_text(info.get(uapi.IFLA_INFO_SLAVE_KIND)) != "bridge":
        return None
    port = read_attributes(info.get(uapi.IFLA_INFO_SLAVE_DATA, b""))
    state = read_number(port.get(uapi.IFLA_BRPORT_STATE))
    if state is None:
        return None
    _family, _type, index, _flags, _change = IFINFOMSG.unpack_from(data, BODY)
    ticks = read_number(port.get(uapi.IFLA_BRPORT_FORWARD_DELAY_TIMER)) or 0
    return PortState(index, uapi.BR_STATES[state], ticks / uapi.USER_HZ)


def read_missing_carrier(data: bytes) -> int | None:
    """The index of a link that is up and has no carrier; None for any other link."""
    _family, _type, index, flags, _change = IFINFOMSG.unpack_from(data, BODY)
    return index if flags & uapi.IFF_UP and not flags & uapi.IFF_LOWER_UP else None
