# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of links: the options that only each of them has, and what the kernel does with it.

A new type is a new entry of ``LINK_TYPES``; all stages look up there what they need to know.
"""

from __future__ import annotations

from . import link_options
from .fast_replace import replace
from .fast_typing import NamedTuple

OWN_MAC = "own"
"""A new link gets a MAC address of its own."""
INHERITED_MAC = "inherited"
"""A link has the MAC address of its parent until it is given another."""
PARENT_MAC = "parent"
"""A link always has the MAC address of its parent."""
NO_MAC = "none"


class LinkType(NamedTuple):
    """What all links of one type have in common.

    ``kind`` is the kernel's name of the type (IFLA_INFO_KIND), ``module`` the kernel module that
    implements it, ``config`` the option of the kernel's configuration.
    """

    kind: str
    module: str
    config: str
    resource: str = "netns_link"
    """The module of this collection that manages links of this type."""
    parameters: tuple[str, ...] = ()
    """The parameters of ``resource`` that not all types have."""
    options: type[link_options.LinkOptions] | None = None
    """The class of ``Link.options``; None of a type without options."""
    required: tuple[str, ...] = ()
    """The options without which none can be created."""
    immutable: tuple[str, ...] = ()
    """The options that the kernel does not change."""
    shared: tuple[str, ...] = ()
    """The options that the kernel keeps on the parent: the same for all links of the type there."""
    unique: tuple[str, ...] = ()
    """The options that identify a link: no two on one parent have the same values, or with
    ``underlay`` no two in one namespace."""
    defaults: link_options.LinkOptions | None = None
    """Options of a new link."""
    configured_later: bool = False
    """Whether the message that creates a link takes none of its options."""
    mac: str = OWN_MAC
    arp: bool | None = True
    """Whether a new link has ARP; None where the mode decides."""
    link_local: bool = True
    """Whether the kernel can give it an IPv6 link-local address."""
    port: bool = True
    """Whether a bridge takes it as a port."""
    parent: bool = False
    """Whether it is stacked on another link."""
    exclusive: bool = False
    """Whether it takes over what its parent receives (rx_handler), as a bridge does of its ports.
    A link has only one rx_handler."""
    underlay: bool = False
    """Whether its encapsulated packets travel in the namespace in which it was created."""
    overhead: int = 0
    """Bytes of the parent's MTU that its own headers take."""


_TAP_DEFAULTS = link_options.TunOptions(
    "tap", multi_queue=False, vnet_hdr=False, pi=False, persist=True
)
_TAP = LinkType(
    "tun",
    "tun",
    "CONFIG_TUN",
    parameters=("user", "group", "multi_queue", "vnet_hdr", "pi"),
    options=link_options.TunOptions,
    immutable=("mode", "user", "group", "multi_queue", "vnet_hdr", "pi"),
    defaults=_TAP_DEFAULTS,
)

LINK_TYPES: dict[str, LinkType] = {
    "bridge": LinkType(
        "bridge", "bridge", "CONFIG_BRIDGE", "linux_bridge", options=link_options.BridgeOptions
    ),
    "dummy": LinkType("dummy", "dummy", "CONFIG_DUMMY", arp=False),
    "ifb": LinkType("ifb", "ifb", "CONFIG_IFB", arp=False),
    "ipvlan": LinkType(
        "ipvlan",
        "ipvlan",
        "CONFIG_IPVLAN",
        parameters=("link", "link_netns", "mode", "flags"),
        options=link_options.IpvlanOptions,
        shared=("mode", "flags"),
        defaults=link_options.IpvlanOptions(mode="l3", flags="bridge"),
        mac=PARENT_MAC,
        arp=None,
        port=False,
        parent=True,
        exclusive=True,
    ),
    # The kernel's default is vepa, which needs a switch that sends frames back.
    "macvlan": LinkType(
        "macvlan",
        "macvlan",
        "CONFIG_MACVLAN",
        parameters=("link", "link_netns", "mode"),
        options=link_options.MacvlanOptions,
        defaults=link_options.MacvlanOptions(mode="bridge"),
        parent=True,
        exclusive=True,
    ),
    "tap": _TAP,
    "tun": _TAP._replace(
        defaults=replace(_TAP_DEFAULTS, mode="tun"), mac=NO_MAC, arp=False, port=False
    ),
    "veth": LinkType("veth", "veth", "CONFIG_VETH", "veth"),
    "vlan": LinkType(
        "vlan",
        "8021q",
        "CONFIG_VLAN_8021Q",
        parameters=("link", "link_netns", "id", "protocol"),
        options=link_options.VlanOptions,
        required=("id",),
        immutable=("id", "protocol"),
        unique=("id", "protocol"),
        defaults=link_options.VlanOptions(protocol="802.1Q"),
        mac=INHERITED_MAC,
        parent=True,
    ),
    "vrf": LinkType(
        "vrf",
        "vrf",
        "CONFIG_NET_VRF",
        parameters=("table",),
        options=link_options.VrfOptions,
        required=("table",),
        immutable=("table",),
        arp=False,
        port=False,
    ),
    # The kernel's default port is 8472, which is older than RFC 7348.
    "vxlan": LinkType(
        "vxlan",
        "vxlan",
        "CONFIG_VXLAN",
        parameters=(
            "link",
            "link_netns",
            "id",
            "remote",
            "group",
            "local",
            "dstport",
            "vxlan_learning",
            "ttl",
        ),
        options=link_options.VxlanOptions,
        required=("id",),
        immutable=("id", "dstport"),
        unique=("id", "dstport"),
        defaults=link_options.VxlanOptions(dstport=4789),
        underlay=True,
        overhead=70,
    ),
    "wireguard": LinkType(
        "wireguard",
        "wireguard",
        "CONFIG_WIREGUARD",
        parameters=(
            "link_netns",
            "private_key",
            "private_key_file",
            "listen_port",
            "fwmark",
            "peers",
        ),
        options=link_options.WireguardOptions,
        configured_later=True,
        mac=NO_MAC,
        arp=False,
        link_local=False,
        port=False,
        underlay=True,
    ),
}
"""The link types, by the name that users give them. The kernel calls both tap and tun ``tun``."""

NETNS_LINK_TYPES = tuple(
    name for name, link_type in LINK_TYPES.items() if link_type.resource == "netns_link"
)
"""The types of links that ``netns_link`` creates."""

NETNS_LINK_KINDS = frozenset(LINK_TYPES[name].kind for name in NETNS_LINK_TYPES)
"""What the kernel calls them."""

MAX_BRIDGE_PORTS = 1023
"""BR_MAX_PORTS is 1,024, and port 0 is reserved (net/bridge/br_private.h)."""

TOO_MANY_PORTS = f"a Linux bridge takes {MAX_BRIDGE_PORTS} ports; use a second bridge"

STACKED_TYPES = frozenset(
    link_type.kind for link_type in LINK_TYPES.values() if link_type.parent or link_type.underlay
)
"""The kinds that depend on another link, or on another namespace."""

EXCLUSIVE_TYPES = frozenset(
    link_type.kind for link_type in LINK_TYPES.values() if link_type.exclusive
)
"""The kinds of which a link carries only one."""
