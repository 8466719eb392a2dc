# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that create, change, move and delete links."""

from __future__ import annotations

import socket

from .._model.fast_replace import replace
from .._model.link_alias import alias_differs, write_alias
from .._model.link_options import BridgeOptions, LinkOptions
from .._model.links import Link, changed_flags
from . import uapi
from .attributes import pack_attribute, pack_mac, pack_name, pack_text, pack_u8, pack_u32
from .bridge_data import pack_bridge_data
from .link_queries import PORT_FLAG_ATTRIBUTES, UNFINISHED_GROUP, pack_link
from .socket import Request


def _pack_info(kind: str, data: bytes) -> bytes:
    info = pack_text(uapi.IFLA_INFO_KIND, kind) + pack_attribute(uapi.IFLA_INFO_DATA, data)
    return pack_attribute(uapi.IFLA_LINKINFO, info)


def _pack_data(kind: str, options: LinkOptions | None, lower: int | None = None) -> bytes:
    """IFLA_INFO_DATA. ``lower`` is the index of a vxlan's parent."""
    if isinstance(options, BridgeOptions):
        return pack_bridge_data(options)
    if options is None and lower is None:
        return b""
    from .link_data import pack_link_data  # only these types need it

    return pack_link_data(kind, options, lower)


def _pack_basics(link: Link) -> bytes:
    return (
        pack_name(uapi.IFLA_IFNAME, link.name)
        + pack_mac(uapi.IFLA_ADDRESS, link.mac)
        + pack_u32(uapi.IFLA_MTU, link.mtu)
        + pack_u32(uapi.IFLA_TXQLEN, link.txqueuelen)
    )


def _pack_creation(link: Link) -> bytes:
    """What a link is created with. Its group marks it, because the kernel takes no alias yet."""
    return (
        _pack_basics(link)
        + pack_u32(uapi.IFLA_GROUP, None if link.owner is None else UNFINISHED_GROUP)
        + pack_u32(uapi.IFLA_NUM_TX_QUEUES, link.queues)
        + pack_u32(uapi.IFLA_NUM_RX_QUEUES, link.queues)
    )


def create_link(link: Link, parent: int | None = None, netns: int | None = None) -> Request:
    """Create a link with the options of its type.

    VLAN filtering that is off is not mentioned, because a kernel that lacks it would refuse it.

    :param parent: the index of the link on which it sits.
    :param netns: a descriptor of its namespace, if that is not its parent's.
    """
    kind, options = link.kind or "", link.options
    if isinstance(options, BridgeOptions) and not options.vlan_filtering:
        options = replace(options, vlan_filtering=None)
    # The kernel takes a vxlan's parent from its own data.
    is_vxlan = kind == "vxlan"
    attributes = (
        _pack_creation(link)
        + pack_u32(uapi.IFLA_LINK, None if is_vxlan else parent)
        + pack_u32(uapi.IFLA_NET_NS_FD, netns)
        + _pack_info(kind, _pack_data(kind, options, parent if is_vxlan else None))
    )
    return Request(uapi.RTM_NEWLINK, pack_link(attributes), uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)


def create_veth(end: Link, peer: Link, peer_netns: int | None) -> Request:
    """Create a veth pair, its peer inside the namespace of a descriptor.

    To move the peer there afterwards takes the kernel 19 ms.
    """
    far = pack_link(_pack_creation(peer) + pack_u32(uapi.IFLA_NET_NS_FD, peer_netns))
    info = _pack_info("veth", pack_attribute(uapi.VETH_INFO_PEER, far))
    return Request(
        uapi.RTM_NEWLINK, pack_link(_pack_creation(end) + info), uapi.NLM_F_CREATE | uapi.NLM_F_EXCL
    )


def mark_link(link: Link) -> Request:
    """Give a link its alias."""
    alias = pack_attribute(uapi.IFLA_IFALIAS, write_alias(link).encode())
    attributes = pack_name(uapi.IFLA_IFNAME, link.name) + alias
    return Request(uapi.RTM_SETLINK, pack_link(attributes))


def finish_link(name: str) -> Request:
    """Take a link out of the group of unfinished links."""
    attributes = pack_name(uapi.IFLA_IFNAME, name) + pack_u32(uapi.IFLA_GROUP, 0)
    return Request(uapi.RTM_SETLINK, pack_link(attributes))


def configure_link(link: Link) -> list[Request]:
    """Set what a link was not created with, because no netlink request created it."""
    attributes = _pack_basics(link)
    if link.owner is None:
        return [Request(uapi.RTM_SETLINK, pack_link(attributes))]
    attributes += pack_u32(uapi.IFLA_GROUP, UNFINISHED_GROUP)
    return [Request(uapi.RTM_SETLINK, pack_link(attributes)), mark_link(link)]


def delete_link(name: str) -> Request:
    """Delete a link, and the other end of a veth pair with it."""
    return Request(uapi.RTM_DELLINK, pack_link(pack_name(uapi.IFLA_IFNAME, name)))


def move_link(index: int, name: str, netns: int | None) -> Request:
    """Rename a link, and move it to the namespace of a descriptor if one is given."""
    attributes = pack_name(uapi.IFLA_IFNAME, name) + pack_u32(uapi.IFLA_NET_NS_FD, netns)
    return Request(uapi.RTM_SETLINK, pack_link(attributes, index))


def alter_link(before: Link, after: Link, master: int | None) -> list[Request]:
    """Set what differs between the two.

    :param master: the index of the bridge or VRF that ``after`` names.
    """
    return (
        _alter_altnames(before, after)
        + _alter_basics(before, after, master)
        + _alter_address_generation(before, after)
        + _alter_options(before, after)
        + _alter_port(before, after)
    )


def _alter_altnames(before: Link, after: Link) -> list[Request]:
    if before.altnames == after.altnames:
        return []
    old, new = set(before.altnames or ()), set(after.altnames or ())
    requests = []
    for kind, names in ((uapi.RTM_DELLINKPROP, old - new), (uapi.RTM_NEWLINKPROP, new - old)):
        if names:
            listed = b"".join(pack_name(uapi.IFLA_ALT_IFNAME, name) for name in sorted(names))
            properties = pack_attribute(uapi.IFLA_PROP_LIST | uapi.NLA_F_NESTED, listed)
            packed = pack_link(pack_name(uapi.IFLA_IFNAME, after.name) + properties)
            requests.append(Request(kind, packed))
    return requests


def _alter_basics(before: Link, after: Link, master: int | None) -> list[Request]:
    flags, change = _flag_changes(before, after)
    attributes = b""
    if after.mac != before.mac:
        attributes += pack_mac(uapi.IFLA_ADDRESS, after.mac)
    if after.mtu != before.mtu:
        attributes += pack_u32(uapi.IFLA_MTU, after.mtu)
    if after.txqueuelen != before.txqueuelen:
        attributes += pack_u32(uapi.IFLA_TXQLEN, after.txqueuelen)
    has_new_bridge = after.bridge is not None and after.bridge != before.bridge
    if has_new_bridge or (after.vrf or "") != (before.vrf or ""):
        attributes += pack_u32(uapi.IFLA_MASTER, master or 0)
    if after.group != before.group:
        attributes += pack_u32(uapi.IFLA_GROUP, after.group or 0)
    if alias_differs(before, after):
        attributes += pack_attribute(uapi.IFLA_IFALIAS, write_alias(after).encode())
    if not change and not attributes:
        return []
    named = pack_name(uapi.IFLA_IFNAME, after.name) + attributes
    return [Request(uapi.RTM_SETLINK, pack_link(named, 0, flags, change))]


def _flag_changes(before: Link, after: Link) -> tuple[int, int]:
    """(flags, which of them change)."""
    flags = change = 0
    noarp = None if after.arp is None else not after.arp
    for value, old, bit in (
        (after.up, before.up, uapi.IFF_UP),
        (after.promisc, before.promisc, uapi.IFF_PROMISC),
        (noarp, not before.arp, uapi.IFF_NOARP),
    ):
        if value is not None and value != old:
            change |= bit
            flags |= bit if value else 0
    return flags, change


def _alter_address_generation(before: Link, after: Link) -> list[Request]:
    """Whether the kernel gives a link a link-local address.

    A request of its own, sent before the link is set up and after it has an MTU that allows IPv6.
    """
    if after.link_local in (None, before.link_local):
        return []
    mode = uapi.IN6_ADDR_GEN_MODE_EUI64 if after.link_local else uapi.IN6_ADDR_GEN_MODE_NONE
    inet6 = pack_attribute(socket.AF_INET6, pack_u8(uapi.IFLA_INET6_ADDR_GEN_MODE, mode))
    attributes = pack_name(uapi.IFLA_IFNAME, after.name) + pack_attribute(uapi.IFLA_AF_SPEC, inet6)
    return [Request(uapi.RTM_SETLINK, pack_link(attributes))]


def _alter_options(before: Link, after: Link) -> list[Request]:
    """The options of its type that differ."""
    if after.options is None or after.options == before.options:
        return []
    known = {} if before.options is None else vars(before.options)
    changed = {
        name: value
        for name, value in vars(after.options).items()
        if value not in (None, known.get(name))
    }
    kind = after.kind or ""
    data = _pack_data(kind, type(after.options)(**changed))
    if not data:
        return []
    attributes = pack_name(uapi.IFLA_IFNAME, after.name) + _pack_info(kind, data)
    return [Request(uapi.RTM_NEWLINK, pack_link(attributes))]


def _alter_port(before: Link, after: Link) -> list[Request]:
    """The flags that the bridge keeps of a port."""
    flags = changed_flags(before, after)
    if not flags:
        return []
    data = b"".join(pack_u8(PORT_FLAG_ATTRIBUTES[name], value) for name, value in flags.items())
    info = pack_text(uapi.IFLA_INFO_SLAVE_KIND, "bridge") + pack_attribute(
        uapi.IFLA_INFO_SLAVE_DATA, data
    )
    attributes = pack_name(uapi.IFLA_IFNAME, after.name) + pack_attribute(uapi.IFLA_LINKINFO, info)
    return [Request(uapi.RTM_NEWLINK, pack_link(attributes))]
