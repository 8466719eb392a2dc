# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns conforming parameters into wanted things. Pure: what a value means alone is decided here, what it means on this host by the plan."""

from __future__ import annotations

from typing import List, Optional

from .._model.changes import Resource
from .._model.desired_state import DesiredState
from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.link_options import BridgeOptions
from .._model.links import IPV6_MIN_MTU, PORT_FLAGS, Link, Veth
from .._model.nat import SpoofCheck
from .._params.validators import check_link_name, check_mac, check_mtu, check_range
from .common import (
    Params,
    allowances,
    check_addresses,
    check_netns,
    check_unique,
    desired_state_for,
)
from .link_settings import settings_resources
from .netns import _BARE

_BRIDGE_BOUNDS = {
    "priority": (0, 65535),
    "forward_delay": (2, 30),
    "hello_time": (1, 10),
    "max_age": (6, 40),
    "ageing_time": (0, 1000000),
    "vlan_default_pvid": (0, 4094),
}


def _link_of(params: Params, kind: Optional[str], prefix: str) -> Link:
    mac, vrf = params["mac"], params["vrf"]
    link = replace(
        _BARE,
        netns=check_netns(params, prefix),
        name=check_link_name(f"{prefix}name", params["name"]),
        kind=kind,
        up=params["up"],
        mtu=check_mtu(f"{prefix}mtu", params["mtu"]),
        mac=None if mac is None else check_mac(f"{prefix}mac", mac),
        promisc=params["promisc"],
        vrf=None if vrf is None else check_link_name(f"{prefix}vrf", vrf),
        link_local=params["link_local"],
        addresses=check_addresses(params, prefix),
    )
    if (
        link.mtu is not None
        and link.mtu < IPV6_MIN_MTU
        and any(":" in text for text in link.addresses or ())
    ):
        raise Refused(
            f"{prefix}mtu",
            link.mtu,
            f"is too small for the IPv6 addresses: IPv6 needs {IPV6_MIN_MTU} (RFC 8200)",
        )
    return link


def port_of(params: Params, kind: Optional[str], prefix: str) -> Link:
    """A link that may be a port of a bridge."""
    link = _link_of(params, kind, prefix)
    bridge = params["bridge"]
    if bridge is not None:
        check_link_name(f"{prefix}bridge", bridge)
        if link.addresses:
            raise Refused(
                f"{prefix}addresses",
                list(link.addresses),
                f"a port of a bridge carries no addresses; give them to {bridge}",
            )
        if link.vrf is not None:
            raise Refused(
                f"{prefix}vrf", link.vrf, f"a port of a bridge is in no vrf; put {bridge} into it"
            )
    port_flags = {flag: params[flag] for flag in PORT_FLAGS}
    for flag, value in port_flags.items():
        if value is not None and bridge is None:
            raise Refused(f"{prefix}{flag}", value, "is a bridge port's; it needs bridge")
    queue = check_range(f"{prefix}txqueuelen", params["txqueuelen"], 0, 2**31 - 1)
    return replace(link, bridge=bridge, txqueuelen=queue, arp=params["arp"], **port_flags)


def _end_of(params: Params, prefix: str) -> Link:
    link = port_of(params, "veth", prefix)
    queues = check_range(f"{prefix}queues", params["queues"], 1, 4096)
    if params["spoofchk"] is not None and link.bridge is None:
        raise Refused(
            f"{prefix}spoofchk", params["spoofchk"], "is a bridge port's; it needs bridge"
        )
    return link if queues is None else replace(link, queues=queues)


def veth_resources(params: Params, prefix: str = "") -> List[Resource]:
    """A pair of links."""
    if params["peer"] is None:
        raise Refused(f"{prefix}peer", None, "is required: a veth pair has two ends")
    end, peer = _end_of(params, prefix), _end_of(params["peer"], f"{prefix}peer.")
    if end.ref == peer.ref:
        raise Refused(
            f"{prefix}peer.name", peer.name, "both ends cannot have one name in one namespace"
        )
    given = ((end, peer, params["spoofchk"]), (peer, end, params["peer"]["spoofchk"]))
    guards = [
        SpoofCheck(link.netns, link.name, peer=other.ref, enabled=on)
        for link, other, on in given
        if on is not None
    ]
    on_ends = [
        *settings_resources(end, params, prefix),
        *settings_resources(peer, params["peer"], f"{prefix}peer."),
    ]
    return [Veth(replace(end, peer=peer.ref), replace(peer, peer=end.ref)), *guards, *on_ends]


def linux_bridge_resources(params: Params, prefix: str = "") -> List[Resource]:
    """A bridge. Bounds as the kernel has them (net/bridge/br_private.h, IEEE 802.1D)."""
    link = _link_of(params, "bridge", prefix)
    for option, (least, most) in _BRIDGE_BOUNDS.items():
        check_range(f"{prefix}{option}", params[option], least, most)
    options = BridgeOptions(**{name: params[name] for name in BridgeOptions.__dataclass_fields__})
    ports = params["ports"]
    if ports is not None:
        ports = check_unique(
            f"{prefix}ports",
            [check_link_name(f"{prefix}ports[{i}]", name) for i, name in enumerate(ports)],
        )
    return [replace(link, options=options, ports=ports)]


def parse_veth(params: Params) -> DesiredState:
    if params["state"] == "absent" and params["peer"] is None:
        return desired_state_for(
            params,
            [Link(check_netns(params, ""), check_link_name("name", params["name"]), kind="veth")],
        )
    return desired_state_for(params, veth_resources(params))


def parse_linux_bridge(params: Params) -> DesiredState:
    resources = linux_bridge_resources(params)
    return desired_state_for(params, resources, allowances(params, resources))
