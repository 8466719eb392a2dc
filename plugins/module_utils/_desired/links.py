# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of links: from the options that several types of links share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.addresses import is_link_local
from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.impairments import is_unimpaired
from .._model.links import IPV6_MIN_MTU, Link
from .._params.addresses import check_mac
from .._params.names import check_link_name, check_mtu, check_optional, check_range
from .bridge_vlans import parse_port_vlans
from .common import check_addresses, check_netns
from .impairments import parse_impairment

if TYPE_CHECKING:
    from .._model.resources import Resource
    from .._params.specs.links import LinkParams, PortParams

_EMPTY = Link(None, "")
"""Copying it is twice as fast as creating one, and there are thousands."""


def parse_link(params: LinkParams, kind: str | None, prefix: str, **others: Any) -> Link:
    """Return a link of the kernel's type ``kind``; None is any type.

    :param others: its attributes that only some types have.
    """
    addresses = check_addresses(f"{prefix}addresses", params["addresses"])
    link_locals = tuple(filter(is_link_local, addresses or ())) or None
    if addresses is not None and link_locals:
        addresses = tuple(text for text in addresses if text not in link_locals)
    link = replace(
        _EMPTY,
        netns=check_netns(f"{prefix}netns", params["netns"]),
        name=check_link_name(f"{prefix}name", params["name"]),
        kind=kind,
        up=params["up"],
        mtu=check_mtu(f"{prefix}mtu", params["mtu"]),
        mac=check_optional(check_mac, f"{prefix}mac", params["mac"]),
        promisc=params["promisc"],
        vrf=check_optional(check_link_name, f"{prefix}vrf", params["vrf"]),
        link_local=params["link_local"],
        addresses=addresses,
        link_locals=link_locals,
        **others,
    )
    if link.mtu is not None and link.mtu < IPV6_MIN_MTU and _has_ipv6(link):
        rule = f"is too small for the IPv6 addresses: IPv6 needs {IPV6_MIN_MTU} (RFC 8200)"
        raise Refused(f"{prefix}mtu", link.mtu, rule)
    return link


def _has_ipv6(link: Link) -> bool:
    return bool(link.link_locals) or any(":" in text for text in link.addresses or ())


def parse_port(params: PortParams, kind: str | None, prefix: str, **others: Any) -> Link:
    """Return a link that may be a port of a bridge.

    :param others: as for ``parse_link``.
    """
    link = parse_link(
        params,
        kind,
        prefix,
        bridge=check_optional(check_link_name, f"{prefix}bridge", params["bridge"]),
        txqueuelen=check_range(f"{prefix}txqueuelen", params["txqueuelen"], 0, 2**31 - 1),
        arp=params["arp"],
        isolated=params["isolated"],
        hairpin=params["hairpin"],
        learning=params["learning"],
        **others,
    )
    if link.bridge is not None:
        if link.addresses or link.link_locals:
            rule = f"a bridge port has no addresses; assign them to {link.bridge}"
            raise Refused(f"{prefix}addresses", params["addresses"], rule)
        if link.vrf is not None:
            rule = f"a bridge port cannot be in a VRF; put {link.bridge} into it"
            raise Refused(f"{prefix}vrf", link.vrf, rule)
    return link


def port_settings(link: Link, params: PortParams, prefix: str) -> list[Resource]:
    """Return the VLANs of a bridge port, and the impairment of a link."""
    resources: list[Resource] = []
    if params["vlan"] is not None or params["vlans"] is not None:
        vlans = parse_port_vlans(link.netns, link.name, params["vlan"], params["vlans"], prefix)
        resources.append(vlans)
    if params["impairment"] is not None:
        parameter = f"{prefix}impairment"
        impairment = parse_impairment(link.netns, link.name, params["impairment"], parameter)
        if link.txqueuelen == 0 and not is_unimpaired(impairment):
            rule = "cannot be combined with impairment: the kernel then sets the length to 1000"
            raise Refused(f"{prefix}txqueuelen", 0, rule)
        resources.append(impairment)
    return resources
