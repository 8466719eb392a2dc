# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change does to the host in memory: the same as it does to the kernel."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import singledispatch
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import (
    Address,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.bridge_vlans import PortVlans
from ansible_collections.redblue.netns.plugins.module_utils._model.changes import Change
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed
from ansible_collections.redblue.netns.plugins.module_utils._model.impairments import Impairment
from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import BridgeOptions
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link, LinkRef, Veth
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import NatBackend, Ruleset
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import (
    Netns,
    Resolver,
    StaleName,
    Sysctl,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import RulesetPart
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import Route
from ansible_collections.redblue.netns.plugins.module_utils._model.rulesets import alter_ruleset

NEW_LINK = Link(
    None,
    "",
    kind="",
    up=False,
    mtu=1500,
    txqueuelen=1000,
    arp=True,
    promisc=False,
    bridge="",
    accept_ra=True,
    accept_dad=True,
    link_local=True,
    addresses=(),
)
NEW_BRIDGE = BridgeOptions(False, 32768, 15, 2, 20, 300, True, False, 1)


def overlay(over: Any, under: Any) -> Any:
    """Return ``under`` with the fields of ``over`` that are not None."""
    given = {field.name: getattr(over, field.name) for field in fields(over)}
    return replace(under, **{name: value for name, value in given.items() if value is not None})


@singledispatch
def _apply(resource: object, change: Change, current: CurrentState) -> None:
    raise TypeError(f"the host in memory does not have {type(resource).__name__}")


def apply_change(current: CurrentState, change: Change) -> None:
    """Alter the state as the kernel does; raise Failed where the kernel returns an error."""
    if isinstance(change.resource, RulesetPart):
        _change_rules(current, change)
    else:
        _apply(change.resource, change, current)


def _change_rules(current: CurrentState, change: Change) -> None:
    resource: Any = change.resource
    rules = alter_ruleset(current.rulesets.get(resource.netns), [change], "nftables")
    if isinstance(resource, NatBackend):
        return
    current.rulesets.pop(resource.netns, None)
    if rules is not None:
        current.rulesets[resource.netns] = Ruleset("nftables", rules.resources)


@_apply.register
def _change_sysctl(resource: Sysctl, change: Change, current: CurrentState) -> None:
    current.sysctls[(resource.netns, resource.key_path)] = resource.value


@_apply.register
def _change_resolver(resource: Resolver, change: Change, current: CurrentState) -> None:
    current.resolvers.pop(resource.netns, None)
    if isinstance(change.after, Resolver):
        current.resolvers[change.after.netns] = change.after


@_apply.register(Netns)
@_apply.register(StaleName)
def _change_netns(resource: object, change: Change, current: CurrentState) -> None:
    before, after = change.before, change.after
    if isinstance(before, Netns):
        for ref in [ref for ref in current.links if ref[0] == before.name]:
            _delete_link(current, ref)
        del current.namespaces[before.name]
        current.routes.pop(before.name, None)
        current.rulesets.pop(before.name, None)
    if isinstance(after, Netns):
        if after.name in current.namespaces:
            raise Failed("File exists")
        current.namespaces[after.name] = after
        current.links[(after.name, "lo")] = replace(
            NEW_LINK, netns=after.name, name="lo", owner=after.owner
        )
        current.routes[after.name] = ()


@_apply.register
def _change_address(address: Address, change: Change, current: CurrentState) -> None:
    add = change.after is not None
    link = current.links[(address.netns, address.link)]
    has = link.addresses or ()
    if add == (address.address in has):
        raise Failed("File exists" if add else "Cannot assign requested address")
    now = (
        (*has, address.address)
        if add
        else tuple(entry for entry in has if entry != address.address)
    )
    current.links[link.ref] = replace(link, addresses=now)


@_apply.register
def _change_vlans(resource: PortVlans, change: Change, current: CurrentState) -> None:
    _replace_entry(current, current.vlans, (resource.netns, resource.link), change.after)


@_apply.register
def _change_impairment(resource: Impairment, change: Change, current: CurrentState) -> None:
    _replace_entry(current, current.impairments, (resource.netns, resource.link), change.after)


def _replace_entry(
    current: CurrentState, entries: dict[LinkRef, Any], link: LinkRef, after: object
) -> None:
    if link not in current.links:
        raise Failed("No such device")
    entries.pop(link, None)
    if after is not None:
        entries[link] = after


@_apply.register
def _change_route(resource: Route, change: Change, current: CurrentState) -> None:
    before, after = change.before, change.after
    if isinstance(before, Route):
        routes = current.routes[before.netns]
        current.routes[before.netns] = tuple(route for route in routes if route.key != before.key)
    if isinstance(after, Route):
        routes = current.routes[after.netns]
        if any(route.key == after.key for route in routes):
            raise Failed("File exists")
        current.routes[after.netns] = (*routes, _complete_route(current, after))


def _complete_route(current: CurrentState, route: Route) -> Route:
    """Fill in the scope and the device, as the kernel does."""
    is_link_scope = route.gateway is None and route.type == "unicast" and not route.nexthops
    scope = route.scope or ("link" if is_link_scope else "global")
    devices = [route.device] if route.device else []
    if route.gateway:
        devices += [
            link.name
            for link in current.links.values()
            if link.netns == route.netns
            for address in link.addresses or ()
            if (":" in address) == (":" in route.gateway)
        ]
    device = devices[0] if devices else None
    return replace(route, scope=scope, device=device, onlink=bool(route.onlink))


@_apply.register(Link)
@_apply.register(Veth)
def _change_link(resource: object, change: Change, current: CurrentState) -> None:
    before, after = change.before, change.after
    if before is None:
        for link in (after.end, after.peer) if isinstance(after, Veth) else (after,):
            if not isinstance(link, Link):
                raise TypeError(f"a new link is {link!r}")
            _add_link(current, link)
    elif after is None:
        end = before.end if isinstance(before, Veth) else before
        assert isinstance(end, Link), end
        _delete_link(current, end.ref)
    else:
        _alter_link(current, before, after)


def _add_link(current: CurrentState, link: Link) -> None:
    if link.ref in current.links:
        raise Failed("File exists")
    options = link.options
    if link.kind == "bridge":
        options = overlay(options or BridgeOptions(), NEW_BRIDGE)
        vlan = options.vlan_default_pvid
        current.vlans[link.ref] = PortVlans(*link.ref, vlan, frozenset(), of_bridge=True)
    parent = current.links[link.parent] if link.parent and link.parent[1] else NEW_LINK
    current.links[link.ref] = replace(
        overlay(link, replace(NEW_LINK, mtu=parent.mtu)),
        options=options,
        isolated=None,
        hairpin=None,
        learning=None,
    )


def _alter_link(current: CurrentState, before: Any, after: Any) -> None:
    link = current.links.pop(before.ref)
    if after.ref in current.links:
        raise Failed("File exists")
    moved = before.netns != after.netns
    if moved:
        _drop_link_settings(current, before.ref)
    if after.bridge not in (None, link.bridge):
        current.vlans.pop(before.ref, None)
        _add_default_vlan(current, after)
    addresses = () if moved else link.addresses or ()
    if link.up and after.up is False:
        addresses = tuple(address for address in addresses if ":" not in address)
    altered = replace(overlay(replace(after, addresses=None), link), netns=after.netns)
    if isinstance(after.options, BridgeOptions):
        altered = replace(altered, options=overlay(after.options, link.options))
    flags: dict[str, bool | None] = {
        "isolated": bool(after.isolated),
        "hairpin": bool(after.hairpin),
        "learning": after.learning is not False,
    }
    if not altered.bridge:
        flags = dict.fromkeys(flags, None)
    alias = {"owner": after.owner, "saved": after.saved, "alias": after.alias}
    current.links[altered.ref] = replace(altered, addresses=addresses, **flags, **alias)
    _change_default_vlan(current, link, altered)
    if link.peer in current.links:
        current.links[link.peer] = replace(current.links[link.peer], peer=altered.ref)
    for child in [child for child in current.links.values() if child.parent == before.ref]:
        current.links[child.ref] = replace(child, parent=altered.ref)


def _add_default_vlan(current: CurrentState, port: Link) -> None:
    """A port that a bridge takes gets the bridge's default VLAN."""
    bridge = current.links.get((port.netns, port.bridge or ""))
    if bridge is not None and isinstance(bridge.options, BridgeOptions):
        vlan = bridge.options.vlan_default_pvid
        current.vlans[port.ref] = PortVlans(port.netns, port.name, vlan, frozenset())


def _change_default_vlan(current: CurrentState, before: Link, after: Link) -> None:
    """Replace the default VLAN of a bridge and its ports, where nobody has set another one.

    Source: __br_vlan_set_default_pvid and br_vlan_disable_default_pvid in net/bridge/br_vlan.c.
    """
    old, new = (getattr(link.options, "vlan_default_pvid", None) for link in (before, after))
    if old == new:
        return
    for ref, vlans in list(current.vlans.items()):
        if ref != after.ref and (ref[0], current.links[ref].bridge) != after.ref:
            continue
        others = (vlans.tagged or frozenset()) | vlans.mixed
        if (old and vlans.vlan != old) or (new and new in others | {vlans.vlan}):
            continue
        mixed = vlans.mixed | {vlans.vlan} if vlans.vlan and not old and new else vlans.mixed
        current.vlans[ref] = replace(vlans, vlan=new if old or new else vlans.vlan, mixed=mixed)


def _drop_link_settings(current: CurrentState, link: LinkRef) -> None:
    """Forget what the kernel keeps of a link only while it is in its namespace."""
    current.impairments.pop(link, None)
    current.vlans.pop(link, None)
    for netns, path in list(current.sysctls):
        if netns == link[0] and path.split("/")[3:4] == [link[1]]:
            del current.sysctls[netns, path]


def _delete_link(current: CurrentState, ref: LinkRef) -> None:
    """Delete a link, its peer, its children, and the routes over it; release its ports."""
    link = current.links.pop(ref, None)
    if link is None:
        return
    netns, name = ref
    _drop_link_settings(current, ref)
    for other in list(current.links.values()):
        if other.parent == ref or other.ref == link.peer:
            _delete_link(current, other.ref)
    current.routes[netns] = tuple(
        route for route in current.routes.get(netns, ()) if route.device != name
    )
    for port in list(current.links.values()):
        if port.netns == netns and port.bridge == name:
            current.links[port.ref] = replace(port, bridge="")
            current.vlans.pop(port.ref, None)
