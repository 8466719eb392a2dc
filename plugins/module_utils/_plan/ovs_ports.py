# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for ports of Open vSwitch: which links become ports, and which ports go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .._describe.routes import DEFAULTS
from .._model.bridge_vlans import PortVlans
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.links import PORT_FLAGS, Link, Veth
from .._model.nat import SpoofCheck
from .._model.ovs import NO_OVS, OF_DAEMON, OVS_KIND, OvsBridge, OvsPort
from .._model.resources import PolicyPart
from .link_effects import routes_through
from .phases import Phase

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .projection import Projection


def need_ovs(projection: Projection, parameter: str, value: object) -> None:
    """Check that Open vSwitch can be changed.

    :raises Refused: if it is not installed or does not run.
    """
    reason = projection.current.no_ovs_reason
    if reason is not None:
        raise Refused(parameter, value, reason)


def with_ovs_ports(desired: DesiredState, current: CurrentState) -> DesiredState:
    """The desired state in which links whose ``bridge`` is one of Open vSwitch are its ports.

    For the kernel such a link has no bridge.

    :raises Refused: if one has an option that such a port does not have.
    """
    datapaths = _list_datapaths(desired, current)
    vlans = {
        each.link: each
        for each in desired.present
        if isinstance(each, PortVlans) and each.netns is None
    }
    declared = {each.name: each.type for each in desired.present if isinstance(each, OvsPort)}
    ports: dict[str, OvsPort] = {}

    def convert(link: Link, other: Link | None = None) -> Link:
        if link.netns is not None or not link.bridge or link.bridge not in datapaths:
            return link
        _check_declared(link, declared)
        _check_flags(link)
        vlan = vlans.get(link.name, PortVlans(None, link.name))
        port = OvsPort(link.bridge, link.name, vlan=vlan.vlan, tagged=vlan.tagged)
        if other is not None and datapaths[link.bridge] == OF_DAEMON:
            port = replace(port, unoffloaded=other.ref)
        ports[link.name] = port
        return _without_bridge(link)

    present = [_convert_links(resource, convert) for resource in desired.present]
    if not ports:
        return desired
    _check_rules(desired, ports)
    others = [
        each
        for each in present
        if not (isinstance(each, PortVlans) and each.netns is None and each.link in ports)
    ]
    return replace(desired, present=(*others, *ports.values()))


def _list_datapaths(desired: DesiredState, current: CurrentState) -> dict[str, str | None]:
    """The bridges that there will be, with their datapaths."""
    found = {name: each.datapath for name, each in (current.ovs or NO_OVS).bridges.items()}
    for each in desired.present:
        if isinstance(each, OvsBridge):
            found[each.name] = each.datapath or found.get(each.name)
    return found


def _convert_links(resource: Resource, convert: Callable[..., Link]) -> Resource:
    if isinstance(resource, Veth):
        end, peer = resource.end, resource.peer
        return Veth(convert(end, peer), convert(peer, end))
    return convert(resource) if isinstance(resource, Link) else resource


def _without_bridge(link: Link) -> Link:
    """The link of a port, as the kernel has it."""
    unset: dict[str, Any] = dict.fromkeys(PORT_FLAGS)
    local = False if link.link_local is None and link.kind is not None else link.link_local
    # With the switch of ovs-vswitchd the host receives what a port receives, too: without this it
    # would answer for its addresses with the MAC address of the port.
    arp = False if link.arp is None and link.kind == "veth" else link.arp
    return replace(link, bridge=None, link_local=local, arp=arp, **unset)


def _check_declared(link: Link, types: dict[str, str]) -> None:
    if link.name in types:
        rule = f"{link.name} is declared as a port of type {types[link.name]}, too"
        raise Refused("bridge", link.bridge, rule)


def _check_flags(link: Link) -> None:
    for flag, default in PORT_FLAGS.items():
        value = getattr(link, flag)
        if value not in (None, default):
            rule = f"is an option of Linux bridges, and {link.bridge} is one of Open vSwitch"
            raise Refused(flag, value, rule)


def _check_rules(desired: DesiredState, ports: dict[str, OvsPort]) -> None:
    """Check that nothing is wanted of the ports that only the kernel's bridge can do."""
    for rule in desired.present:
        if isinstance(rule, SpoofCheck) and rule.enabled and rule.interface in ports:
            port = ports[rule.interface]
            what = f"needs a Linux bridge, and {port.bridge} is one of Open vSwitch"
            raise Refused("spoofchk", True, what)
        if isinstance(rule, PolicyPart):
            port = next(iter(ports.values()))
            what = (
                "policies see no packets between ports of Open vSwitch; use a Linux bridge in "
                f"place of {port.bridge}"
            )
            raise Refused("policy", getattr(rule, "name", ""), what)


def plan_ovs_port(projection: Projection, wanted: OvsPort) -> None:
    """Plan a port of a bridge.

    :raises Refused: if its bridge is missing, or the interface cannot be a port.
    :raises Conflict: if a port of others has the name.
    """
    if wanted.bridge not in projection.ovs_bridges:
        raise Refused("bridge", wanted.bridge, "there is no such bridge of Open vSwitch")
    current = projection.ovs_ports.get(wanted.name)
    if current is not None and current.owner is None:
        _check_foreign_port(wanted, current)
        return
    known = current or OvsPort(wanted.bridge, wanted.name, vlan=0, tagged=frozenset())
    planned = _merge(projection, wanted, known)
    if current is not None and _is_recreated(projection, wanted):
        # ovs-vswitchd would go on with the former interface of that name.
        remove_port(projection, current, Phase.CLEAR)
        current = None
    if current is not None and planned == replace(current, error=None):
        return
    need_ovs(projection, "bridge", wanted.bridge)
    if not wanted.type and (current is None or current.bridge != wanted.bridge):
        _check_interface(projection, wanted)
    if current is None:
        projection.add(planned, Phase.OVS)
    else:
        projection.replace(current, planned, Phase.OVS)


def _is_recreated(projection: Projection, port: OvsPort) -> bool:
    """Whether the interface of a port is one that the plan creates."""
    ref = (None, port.name)
    return not port.type and (ref not in projection.current.links or ref in projection.cleared)


def _merge(projection: Projection, wanted: OvsPort, known: OvsPort) -> OvsPort:
    """The port as it will be. What the task does not name stays."""
    vlan, tagged = wanted.vlan, wanted.tagged
    if tagged is None:
        tagged = (known.tagged or frozenset()) - {vlan}
    if vlan is None:
        vlan = 0 if known.vlan in tagged else known.vlan
    is_named = wanted.vlan is not None or wanted.tagged is not None
    owner = known.owner if known.owner else projection.request.owner
    return replace(
        wanted,
        vlan=vlan,
        tagged=frozenset(tagged),
        odd_mode=None if is_named else known.odd_mode,
        unoffloaded=wanted.unoffloaded or known.unoffloaded,
        rest=known.rest,
        error=None,
        owner=owner,
    )


def _check_foreign_port(wanted: OvsPort, current: OvsPort) -> None:
    """Check that a port of others is as it is wanted. It is not touched."""
    differs = (
        current.bridge != wanted.bridge
        or current.type != wanted.type
        or wanted.vlan not in (None, current.vlan)
        or wanted.tagged not in (None, current.tagged)
        or (wanted.type and wanted.options != current.options)
    )
    if differs:
        rule = (
            f"this collection did not make the port {current.name} of bridge {current.bridge}; "
            f"remove it first (ovs-vsctl del-port {current.bridge} {current.name})"
        )
        raise Conflict("bridge", wanted.bridge, rule)


def _check_interface(projection: Projection, wanted: OvsPort) -> None:
    """Check that an interface of the host can become a port.

    :raises Refused: if it is one of Open vSwitch itself, or has addresses that it would lose.
    """
    link = projection.need_link("name", None, wanted.name, f"bridge {wanted.bridge}")
    if link.name == "lo" or link.kind in ("bridge", OVS_KIND, "vrf"):
        rule = f"{link.name} is {link.kind or 'the loopback'}, which cannot be one of its ports"
        raise Refused("bridge", wanted.bridge, rule)
    uses = list(link.addresses or ())
    if any(route.destination in DEFAULTS for route in routes_through(projection, link)):
        uses.append("the default route")
    if uses:
        rule = f"{link.name} carries {' and '.join(uses)}, and would lose them as a port"
        raise Refused("bridge", wanted.bridge, rule)


def release_ports(projection: Projection) -> None:
    """Plan that links leave Open vSwitch that are wanted elsewhere, before they get another bridge.

    :raises Conflict: if such a port is not of this collection.
    """
    wanted = {port.name for port in projection.request.wanted(OvsPort)}
    lab = projection.request.lab
    for link in projection.request.links:
        port = projection.ovs_ports.get(link.name)
        if port is None or port.type or link.netns is not None or link.name in wanted:
            continue
        if port.owner is None and link.bridge:
            rule = f"{link.name} is a port of {port.bridge}, a bridge of Open vSwitch, already"
            raise Conflict("bridge", link.bridge, f"{rule}; remove it from there first")
        if port.owner is not None and (link.bridge or (lab and port.owner == lab)):
            if port.unoffloaded is not None:
                need_ovs(projection, "bridge", port.bridge)
                projection.replace(port, replace(port, unoffloaded=None), Phase.CLEAR)
                port = replace(port, unoffloaded=None)
            remove_port(projection, port, Phase.CLEAR)


def drop_lost_ports(projection: Projection) -> None:
    """Plan that the ports of this collection go whose interface the plan removes."""
    for port in list(projection.ovs_ports.values()):
        if port.type or port.owner is None:
            continue
        ref = (None, port.name)
        if ref in projection.current.links and ref not in projection.links:
            remove_port(projection, port)


def remove_port(projection: Projection, port: OvsPort, phase: Phase = Phase.OVS) -> None:
    """Plan to remove a port.

    :raises Refused: if Open vSwitch does not run.
    """
    need_ovs(projection, "bridge", port.bridge)
    projection.remove(port, phase)


def plan_no_ovs_port(projection: Projection, unwanted: OvsPort) -> None:
    """Plan to remove a port of this collection. One of others stays."""
    current = projection.ovs_ports.get(unwanted.name)
    if current is not None and current.owner is not None and current.bridge == unwanted.bridge:
        remove_port(projection, current)
