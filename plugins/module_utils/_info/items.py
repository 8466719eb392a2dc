# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all items of a topology have in common. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.addresses import NO_MAC
from .._model.bridge_vlans import format_ranges
from .._model.impairments import format_options
from .._model.link_options import BridgeOptions
from .._model.links import PORT_FLAGS, Link

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.ovs import OvsPort

Item = dict[str, Any]
"""The options of a module, without those that are not set."""
HOST = "host"


def drop_none(item: Item) -> Item:
    return {key: value for key, value in item.items() if value is not None}


def compose_common(link: Link) -> Item:
    """The options that all links have; None for those that are not set."""
    return {
        "name": link.name,
        "netns": link.netns,
        "addresses": [*(link.addresses or ()), *(link.link_locals or ())] or None,
        "up": link.up,
        "mtu": link.mtu,
        "mac": None if link.mac == NO_MAC else link.mac,
        "promisc": link.promisc,
        "link_local": link.link_local,
        "vrf": link.vrf or None,
    }


def compose_vlans(link: Link, current: CurrentState) -> Item:
    """The VLAN options of a port, or of a bridge; none if the bridge does not filter VLANs."""
    is_bridge = link.kind == "bridge"
    bridge = link if is_bridge else current.links.get((link.netns, link.bridge or ""))
    vlans = current.vlans.get(link.ref)
    options = bridge.options if bridge is not None else None
    if vlans is None or not isinstance(options, BridgeOptions) or not options.vlan_filtering:
        return {}
    return {"vlan": vlans.vlan, "vlans": format_ranges(vlans.tagged or frozenset())}


def compose_ovs_vlans(port: OvsPort) -> Item:
    """The VLAN options of a port of Open vSwitch."""
    if port.odd_mode is not None:
        return {}
    return {"vlan": port.vlan, "vlans": format_ranges(port.tagged or frozenset())}


def _find_ovs_port(link: Link, current: CurrentState) -> OvsPort | None:
    ports = current.ovs.ports if current.ovs is not None else {}
    return ports.get(link.name) if link.netns is None else None


def compose_port(link: Link, current: CurrentState) -> Item:
    """The options of a link that may be a bridge port; None for those that are not set.

    Addresses of a port are left out: modules refuse them.
    """
    impairment = current.impairments.get(link.ref)
    item = {
        **compose_common(link),
        "bridge": link.bridge or None,
        "txqueuelen": link.txqueuelen,
        "arp": link.arp,
        **compose_vlans(link, current),
        "impairment": None if impairment is None else format_options(impairment),
    }
    ovs_port = _find_ovs_port(link, current)
    if ovs_port is not None:
        item.update(bridge=ovs_port.bridge, addresses=None, **compose_ovs_vlans(ovs_port))
    if link.bridge:
        item.update({name: getattr(link, name) for name in PORT_FLAGS}, addresses=None)
    return item
