# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of bridges of Open vSwitch: from the options of ovs_bridge."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, cast

from .._model.bridge_vlans import MAX_VLAN
from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.lazy_pattern import compile_lazily
from .._model.ovs import OPENFLOW_VERSIONS, OVS_KIND, SWITCHES, OvsBridge, OvsMirror, OvsPort
from .._params.addresses import check_address
from .._params.names import check_link_name, check_range
from .._params.unique import check_unique
from .bridge_vlans import parse_port_vlans
from .common import allowances, desired_state_for
from .links import parse_link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .._params.specs.links import LinkParams
    from .._params.specs.ovs_bridge import (
        OvsBridgeParams,
        OvsBridgeTaskParams,
        OvsMirrorParams,
        OvsPortParams,
    )

_TARGET = compile_lazily(r"(tcp|ssl):(\[[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]+)?\]|[0-9.]+)(:[0-9]{1,5})?")
_PASSIVE = compile_lazily(r"(ptcp|pssl):[0-9]{1,5}(:(\[[0-9A-Fa-f:.]+\]|[0-9.]+))?")
_UNIX = compile_lazily(r"(p?unix):/[A-Za-z0-9_./-]+")
_MAX_VNI = 2**24 - 1
_OF_TUNNELS = ("remote_ip", "local_ip", "vni", "dst_port")


def ovs_bridge_resources(params: OvsBridgeParams, state: str, prefix: str = "") -> list[Resource]:
    """Return a bridge, its interface on the host, and its patch and tunnel ports."""
    options = cast("LinkParams", {**params, "netns": None, "vrf": None})
    link = parse_link(options, OVS_KIND, prefix)
    if state == "present" and link.name in SWITCHES:
        rule = "is the interface of the switch of Open vSwitch itself"
        raise Refused(f"{prefix}name", link.name, rule)
    ports = None
    if params["ports"] is not None:
        ports = [
            _parse_port(link.name, port, f"{prefix}ports[{index}].")
            for index, port in enumerate(params["ports"])
        ]
        check_unique(f"{prefix}ports", [port.name for port in ports])
        _check_tunnels(prefix, ports)
    bridge = OvsBridge(
        link.name,
        datapath=params["datapath_type"],
        fail_mode=params["fail_mode"],
        protocols=_parse_protocols(params, prefix),
        controllers=_parse_controllers(params, prefix),
        mirrors=_parse_mirrors(params, prefix),
        mac=link.mac,
        mtu=link.mtu,
        ports=None if ports is None else tuple(port.name for port in ports),
    )
    # The switch gives its interface the MAC address and the MTU.
    return [bridge, replace(link, mac=None, mtu=None), *(ports or ())]


def _parse_protocols(params: OvsBridgeParams, prefix: str) -> tuple[str, ...] | None:
    values = params["protocols"]
    if values is None:
        return None
    for index, value in enumerate(values):
        if value not in OPENFLOW_VERSIONS:
            known = ", ".join(OPENFLOW_VERSIONS)
            rule = f"is not a version of OpenFlow that Open vSwitch has: {known}"
            raise Refused(f"{prefix}protocols[{index}]", value, rule)
    return tuple(sorted(check_unique(f"{prefix}protocols", values)))


def _parse_controllers(params: OvsBridgeParams, prefix: str) -> tuple[str, ...] | None:
    values = params["controller"]
    if values is None:
        return None
    for index, value in enumerate(values):
        forms = (_TARGET, _PASSIVE, _UNIX)
        if not any(form.fullmatch(value) for form in forms) or not _has_numbers(value):
            rule = (
                "is not the target of a controller, such as tcp:192.0.2.1:6653, "
                "ssl:[2001:db8::1]:6653, ptcp:6653 or unix:/run/controller.sock"
            )
            raise Refused(f"{prefix}controller[{index}]", value, rule)
    return tuple(sorted(check_unique(f"{prefix}controller", values)))


def _has_numbers(target: str) -> bool:
    """Whether the parts of a target that look like an address and a port are that."""
    kind, _colon, rest = target.partition(":")
    if kind in ("unix", "punix"):
        return True
    parts = re.findall(r"\[[^]]*\]|[^:]+", rest)
    for part in parts:
        if part.isdigit():
            if not 0 < int(part) < 1 << 16:
                return False
            continue
        try:
            ipaddress.ip_address(part.strip("[]").partition("%")[0])
        except ValueError:
            return False
    return True


def _check_tunnels(prefix: str, ports: Sequence[OvsPort]) -> None:
    """Check that what arrives at a bridge belongs to one of its tunnels."""
    known: dict[object, int] = {}
    for index, port in enumerate(ports):
        if port.type == "patch":
            continue
        first = known.setdefault((port.type, port.options), index)
        if first != index:
            rule = f"is a tunnel like ports[{first}]; give them another vni"
            raise Refused(
                f"{prefix}ports[{index}].remote_ip", dict(port.options)["remote_ip"], rule
            )


def _parse_port(bridge: str, params: OvsPortParams, prefix: str) -> OvsPort:
    name = check_link_name(f"{prefix}name", params["name"])
    if name == bridge:
        raise Refused(f"{prefix}name", name, "is the name of the bridge itself")
    values: dict[str, Any] = dict(params)
    unused = _OF_TUNNELS if params["type"] == "patch" else ("peer",)
    for option in unused:
        if values[option] is not None:
            rule = f"is no option of a port of type {params['type']}"
            raise Refused(f"{prefix}{option}", values[option], rule)
    if params["type"] == "patch":
        options = {"peer": check_link_name(f"{prefix}peer", params["peer"] or "")}
        if options["peer"] == name:
            raise Refused(f"{prefix}peer", name, "is the port itself")
    else:
        options = _parse_tunnel(params, prefix)
    port = OvsPort(bridge, name, params["type"], options=tuple(sorted(options.items())))
    if params["vlan"] is None and params["vlans"] is None:
        return port
    vlans = parse_port_vlans(None, name, params["vlan"], params["vlans"], prefix)
    return replace(port, vlan=vlans.vlan, tagged=vlans.tagged)


def _parse_tunnel(params: OvsPortParams, prefix: str) -> dict[str, str]:
    options: dict[str, str] = {}
    remote, local = params["remote_ip"], params["local_ip"]
    if remote is not None:
        is_flow = remote == "flow"
        options["remote_ip"] = "flow" if is_flow else check_address(f"{prefix}remote_ip", remote)
    if local is not None:
        options["local_ip"] = check_address(f"{prefix}local_ip", local)
        if remote not in (None, "flow"):
            _check_families(prefix, options["local_ip"], options["remote_ip"])
    if params["vni"] is not None:
        options["key"] = _check_vni(f"{prefix}vni", params["vni"])
    port = check_range(f"{prefix}dst_port", params["dst_port"], 1, 65535)
    if port is not None:
        options["dst_port"] = str(port)
    return options


def _check_families(prefix: str, local: str, remote: str) -> None:
    if ipaddress.ip_address(local).version != ipaddress.ip_address(remote).version:
        rule = f"is not of the same address family as remote_ip, {remote}"
        raise Refused(f"{prefix}local_ip", local, rule)


def _check_vni(parameter: str, value: str) -> str:
    if value == "flow":
        return value
    if not re.fullmatch(r"[0-9]{1,8}", value) or int(value) > _MAX_VNI:
        rule = f"is not a network identifier between 0 and {_MAX_VNI}, or flow"
        raise Refused(parameter, value, rule)
    return str(int(value))


def _parse_mirrors(params: OvsBridgeParams, prefix: str) -> tuple[OvsMirror, ...] | None:
    if params["mirrors"] is None:
        return None
    mirrors = [
        _parse_mirror(mirror, f"{prefix}mirrors[{index}].")
        for index, mirror in enumerate(params["mirrors"])
    ]
    check_unique(f"{prefix}mirrors", [mirror.name for mirror in mirrors])
    return tuple(sorted(mirrors, key=lambda mirror: mirror.name))


def _parse_mirror(params: OvsMirrorParams, prefix: str) -> OvsMirror:
    names = {
        option: [
            check_link_name(f"{prefix}{option}[{index}]", name)
            for index, name in enumerate(params[option] or ())
        ]
        for option in ("sources", "destinations")
    }
    for index, vlan in enumerate(params["vlans"] or ()):
        check_range(f"{prefix}vlans[{index}]", vlan, 1, MAX_VLAN)
    output, output_vlan = params["output"], params["output_vlan"]
    if (output is None) == (output_vlan is None):
        rule = "either output or output_vlan is required: where packets are copied to"
        raise Refused(f"{prefix}output", output, rule)
    if not (params["all"] or names["sources"] or names["destinations"]):
        rule = "set it to true, or list ports in sources or destinations: what is copied"
        raise Refused(f"{prefix}all", params["all"], rule)
    return OvsMirror(
        check_link_name(f"{prefix}name", params["name"]),
        all=params["all"],
        sources=tuple(sorted(names["sources"])),
        destinations=tuple(sorted(names["destinations"])),
        vlans=tuple(sorted(params["vlans"] or ())),
        output=None if output is None else check_link_name(f"{prefix}output", output),
        output_vlan=check_range(f"{prefix}output_vlan", output_vlan, 1, MAX_VLAN),
    )


def parse_ovs_bridge(params: OvsBridgeTaskParams) -> DesiredState:
    """Return the desired state of a task of the module ovs_bridge."""
    resources = ovs_bridge_resources(params, params["state"])
    allowed = [*allowances(params, resources[0]), *allowances(params, resources[1])]
    return desired_state_for(params["state"], resources, allowed)
