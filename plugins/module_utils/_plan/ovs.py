# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for bridges of Open vSwitch. They are changed in one transaction, with their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_kind
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.links import ETHERNET_MTU, IPV6_MIN_MTU, Link
from .._model.ovs import BRIDGE_OPTIONS, DATAPATH_TYPES, OVS_KIND, PORT_TYPES, OvsBridge
from .addresses import plan_addresses, plan_link_locals
from .link_defaults import complete, derive_mac, ipv6_defaults
from .link_effects import remove_link, set_down
from .ovs_ports import need_ovs, remove_port
from .phases import Phase

if TYPE_CHECKING:
    from .projection import Projection

_LINK_SETTINGS = ("promisc", "accept_ra", "accept_dad", "link_local")


def plan_ovs_bridge(projection: Projection, wanted: OvsBridge) -> None:
    """Plan a bridge, without its mirrors, which need all ports.

    :raises Refused: if Open vSwitch does not run.
    :raises Conflict: if another interface has the name, or the bridge is of others and differs.
    """
    need_ovs(projection, "name", wanted.name)
    current = projection.ovs_bridges.get(wanted.name)
    if current is None:
        _create(projection, wanted)
    else:
        _change(projection, wanted, current)
    if wanted.ports is not None:
        for port in list(projection.ovs_ports.values()):
            is_listed = port.type in PORT_TYPES and port.bridge == wanted.name
            if is_listed and port.owner is not None and port.name not in wanted.ports:
                remove_port(projection, port)


def _create(projection: Projection, wanted: OvsBridge) -> None:
    link = projection.links.get((None, wanted.name))
    if link is not None:
        rule = f"the host has {describe_kind(link)} of this name, not a bridge of Open vSwitch"
        raise Conflict("name", wanted.name, f"{rule}{projection.purge_hint(link)}")
    projection.check_no_altname("name", (None, wanted.name))
    created = replace(
        wanted,
        datapath=wanted.datapath or DATAPATH_TYPES[0],
        protocols=wanted.protocols or (),
        controllers=wanted.controllers or (),
        mirrors=(),
        mac=wanted.mac or derive_mac(projection.current.machine_id, None, wanted.name),
        ports=None,
        owner=projection.request.owner,
    )
    projection.add(created, Phase.OVS)
    # What ovs-vswitchd makes. Its kernel parameters follow those of new interfaces.
    mtu = wanted.mtu or ETHERNET_MTU
    has_ipv6 = projection.current.has_ipv6 and mtu >= IPV6_MIN_MTU
    projection.links[None, wanted.name] = replace(
        created.link,
        up=False,
        mtu=mtu,
        mac=created.mac,
        promisc=False,
        bridge="",
        addresses=(),
        link_local=has_ipv6 or None,
    )


def _change(projection: Projection, wanted: OvsBridge, current: OvsBridge) -> None:
    values = {name: getattr(wanted, name) for name in BRIDGE_OPTIONS if name != "mirrors"}
    changed = {
        name: value
        for name, value in values.items()
        if value is not None and value != getattr(current, name)
    }
    if current.owner is None and wanted.mirrors not in (None, current.mirrors):
        changed["mirrors"] = wanted.mirrors
    if not changed:
        return
    _check_owner(projection, current, changed)
    projection.replace(current, replace(current, **changed), Phase.OVS)


def _check_owner(projection: Projection, current: OvsBridge, changed: dict[str, object]) -> None:
    """Check that a bridge may be changed.

    :raises Conflict: if this collection did not make it, or another topology did.
    """
    for name, value in changed.items():
        option = BRIDGE_OPTIONS[name]
        if current.owner is None:
            rule = (
                f"this collection did not make the bridge {current.name}, so it is used as it is; "
                f"omit the option, or set it yourself"
            )
            raise Conflict(option, value, rule)
        lab = projection.request.lab
        if lab and current.owner not in ("", lab):
            rule = f"the bridge {current.name} belongs to topology {current.owner}"
            raise Conflict(option, value, rule)


def plan_ovs_mirrors(projection: Projection, wanted: OvsBridge) -> None:
    """Plan the mirrors of a bridge, once all ports are planned.

    :raises Refused: if a port of one is missing.
    """
    current = projection.ovs_bridges[wanted.name]
    if wanted.mirrors in (None, current.mirrors):
        return
    names = {port.name for port in projection.ovs_ports.values() if port.bridge == wanted.name}
    for index, mirror in enumerate(wanted.mirrors or ()):
        for option, ports in (
            ("sources", mirror.sources),
            ("destinations", mirror.destinations),
            ("output", (mirror.output,) if mirror.output else ()),
        ):
            missing = [name for name in ports if name not in {*names, wanted.name}]
            if missing and projection.request.assume:
                note = f"assume port {missing[0]} of {wanted.name}, which does not exist yet"
                projection.builder.notes.append(f"{note}, for mirror {mirror.name}")
            elif missing:
                rule = f"is not a port of the bridge {wanted.name}"
                raise Refused(f"mirrors[{index}].{option}", missing[0], rule)
    projection.replace(current, replace(current, mirrors=wanted.mirrors), Phase.OVS)


def plan_ovs_link(projection: Projection, wanted: Link) -> None:
    """Plan the interface of a bridge on the host: its addresses, and whether it is up.

    :raises Refused: if ovs-vswitchd has not made it, as when it has just been started.
    :raises Conflict: if it is one of others, and differs.
    """
    current = projection.links.get(wanted.ref)
    if current is None:
        raise Refused("name", wanted.name, _describe_unmade(wanted.name))
    bridge = projection.ovs_bridges[wanted.name]
    if bridge.owner is None:
        _check_foreign_link(wanted, current)
        return
    wanted = complete(wanted, ipv6_defaults(projection, wanted, current))
    values = {name: getattr(wanted, name) for name in _LINK_SETTINGS}
    changed = {
        name: value
        for name, value in values.items()
        if value is not None and value != getattr(current, name)
    }
    if wanted.up is False and current.up:
        current = set_down(projection, current, Phase.OVS_LINK)
        changed["up"] = False
    if changed:
        current = projection.change(current, Phase.OVS_LINK, **changed)
    if wanted.up and not current.up:
        current = projection.change(current, Phase.UP, up=True)
    plan_addresses(projection, wanted, current)
    if wanted.addresses is not None:
        plan_link_locals(projection, wanted, projection.links[current.ref])


def _describe_unmade(bridge: str) -> str:
    return (
        f"Open vSwitch has a bridge {bridge}, and the host has no interface of that name: "
        "ovs-vswitchd has not made it yet, or cannot; run the task again, and see the column "
        f"error of: ovs-vsctl list Interface {bridge}"
    )


def _check_foreign_link(wanted: Link, current: Link) -> None:
    missing = set(wanted.addresses or ()) - set(current.addresses or ())
    rule = f"this collection did not make the bridge {wanted.name}, so it is used as it is"
    if missing:
        raise Conflict("addresses", sorted(missing), f"{rule}; omit the option")
    if wanted.up and not current.up:
        raise Conflict("up", True, f"{rule}; set it up yourself")


def plan_no_ovs_bridge(projection: Projection, unwanted: OvsBridge) -> None:
    """Plan to delete a bridge with the ports of this collection.

    :raises Conflict: if it, or a port of it, is not of this collection.
    """
    if projection.current.ovs is None and projection.current.no_ovs_reason:
        raise Refused("name", unwanted.name, projection.current.no_ovs_reason)
    current = projection.ovs_bridges.get(unwanted.name)
    if current is None:
        return
    if current.owner is None:
        rule = "this collection did not make this bridge of Open vSwitch; remove it yourself"
        raise Conflict("name", unwanted.name, rule)
    need_ovs(projection, "name", unwanted.name)
    ports = [port for port in projection.ovs_ports.values() if port.bridge == current.name]
    foreign = sorted(port.name for port in ports if port.owner is None)
    if foreign and not projection.request.permits("force", unwanted):
        rule = (
            f"has ports that this collection did not make, which would be deleted with it: "
            f"{', '.join(foreign)}; remove them first, or set force: true"
        )
        raise Conflict("name", unwanted.name, rule)
    if current.mirrors:
        bare = replace(current, mirrors=())
        projection.replace(current, bare, Phase.OVS)
        current = bare
    for port in ports:
        projection.remove(port, Phase.OVS, implied=True)
    link = projection.links.get((None, current.name))
    if link is not None and link.kind == OVS_KIND:
        remove_link(projection, link, Phase.OVS, implied=True)
    projection.remove(current, Phase.OVS)
