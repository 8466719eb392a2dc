# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges of Open vSwitch as items of a topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.ovs import NO_OVS, PORT_TYPES, OvsBridge, OvsMirror, OvsPort
from .items import Item, compose_common, compose_ovs_vlans, drop_none

if TYPE_CHECKING:
    from .._model.current_state import CurrentState

_OPTIONS = frozenset({"peer", "remote_ip", "local_ip", "key", "dst_port"})
"""The options of ports that the module has. Ports of others may have more."""
_NAMES = {"key": "vni"}


def compose_ovs_bridges(current: CurrentState) -> list[Item]:
    """The bridges as options of ``ovs_bridge``."""
    bridges = (current.ovs or NO_OVS).bridges
    return [_compose_bridge(bridges[name], current) for name in sorted(bridges)]


def _compose_bridge(bridge: OvsBridge, current: CurrentState) -> Item:
    link = current.links.get((None, bridge.name))
    common = {} if link is None else compose_common(link)
    for option in ("netns", "vrf"):
        common.pop(option, None)
    ports = [port for port in (current.ovs or NO_OVS).ports.values() if port.bridge == bridge.name]
    return drop_none(
        {
            **common,
            "name": bridge.name,
            "mtu": bridge.mtu,
            "mac": bridge.mac,
            "datapath_type": bridge.datapath,
            "fail_mode": bridge.fail_mode,
            "protocols": list(bridge.protocols or ()) or None,
            "controller": list(bridge.controllers or ()) or None,
            "ports": [_compose_port(port) for port in ports if _is_listed(port)] or None,
            "mirrors": [_compose_mirror(mirror) for mirror in bridge.mirrors or ()] or None,
        }
    )


def _is_listed(port: OvsPort) -> bool:
    return port.type in PORT_TYPES and {key for key, _value in port.options} <= _OPTIONS


def _compose_port(port: OvsPort) -> Item:
    options: Item = {_NAMES.get(key, key): value for key, value in port.options}
    if "dst_port" in options:
        options["dst_port"] = int(options["dst_port"])
    return {"name": port.name, "type": port.type, **options, **compose_ovs_vlans(port)}


def _compose_mirror(mirror: OvsMirror) -> Item:
    return drop_none(
        {
            "name": mirror.name,
            "all": mirror.all,
            "sources": list(mirror.sources) or None,
            "destinations": list(mirror.destinations) or None,
            "vlans": list(mirror.vlans) or None,
            "output": mirror.output,
            "output_vlan": mirror.output_vlan,
        }
    )
