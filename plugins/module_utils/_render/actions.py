# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change is, as a sentence, and as the name of what went wrong."""

from __future__ import annotations

import contextlib
from typing import Dict, Iterator, List, Optional, cast

from .._describe.links import describe_type
from .._describe.nat import describe_forwarding_interface, describe_nat, describe_target
from .._describe.places import describe_link_location, describe_location, describe_netns
from .._describe.routes import describe_route
from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans, describe_vlans
from .._model.changes import Change
from .._model.errors import Failed, describe_error
from .._model.impairments import Impairment, describe_impairment
from .._model.link_options import LinkOptions, Peer, WireguardOptions
from .._model.links import IPV6_SETTINGS, Link, Veth, changed_flags
from .._model.nat import (
    Dnat,
    ForwardingEnabled,
    IntegratedFirewall,
    Isolation,
    NatBackend,
    NatRule,
    SavedSysctl,
)
from .._model.netns import Netns, Resolver, StaleName, Sysctl
from .._model.routes import Route
from .._model.wireguard_peers import differing_peers

_SWITCHES = {
    "up": ("set up", "set down"),
    "arp": ("turn ARP on", "turn ARP off"),
    "promisc": ("make promiscuous", "make not promiscuous"),
}


def _describe_link_change(before: Link, after: Link) -> str:
    if before.netns != after.netns:
        name = "" if before.name == after.name else f" as {after.name}"
        return f"move {before.name} from {describe_netns(before.netns)} to {describe_netns(after.netns)}{name}"
    if before.name != after.name:
        return f"rename {describe_link_location(before)} to {after.name}"
    parts: List[str] = []
    for name, (on, off) in _SWITCHES.items():
        if getattr(after, name) != getattr(before, name):
            parts.append(on if getattr(after, name) else off)
    if after.bridge != before.bridge:
        parts.append(
            f"make a port of bridge {after.bridge}"
            if after.bridge
            else f"take out of bridge {before.bridge}"
        )
    if (after.vrf or "") != (before.vrf or ""):
        parts.append(f"put into vrf {after.vrf}" if after.vrf else f"take out of vrf {before.vrf}")
    for name in ("mtu", "mac", "txqueuelen", *IPV6_SETTINGS, "link_local"):
        value = getattr(after, name)
        if value != getattr(before, name):
            parts.append(f"set {name} {_describe_value(value)}")
    parts += [
        f"set {name} {_describe_value(value)}"
        for name, value in changed_flags(before, after).items()
    ]
    if after.options != before.options and after.options is not None:
        parts += _describe_options(before.options, after.options)
    if after.saved != before.saved:
        parts.append(
            "note beside it what it is here" if after.saved else "forget what was noted beside it"
        )
    return f"{describe_link_location(after)}: {', '.join(parts)}"


def _describe_options(before: Optional[LinkOptions], after: LinkOptions) -> List[str]:
    known = {} if before is None else vars(before)
    news = {
        name: value
        for name, value in vars(after).items()
        if value != known.get(name) and name != "peers"
    }
    parts = [f"set {name} {_describe_value(value)}" for name, value in news.items()]
    if isinstance(after, WireguardOptions):
        old: Dict[str, Peer] = {peer.public_key: peer for peer in known.get("peers") or ()}
        for peer, gone in differing_peers(
            before if isinstance(before, WireguardOptions) else WireguardOptions(), after
        ):
            verb = "remove" if gone else "change" if peer.public_key in old else "add"
            parts.append(f"{verb} peer {peer.public_key}")
    return parts


def _describe_value(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _describe_resource(verb: str, change: Change) -> str:
    resource = change.resource
    if isinstance(resource, (Netns, StaleName)):
        return f"{verb} namespace {resource.name}"
    if isinstance(resource, Veth):
        return f"{verb} veth pair {describe_link_location(resource.end)} and {describe_link_location(resource.peer)}"
    if isinstance(resource, Link):
        on = (
            f" on {resource.parent[1]} {describe_location(resource.parent[0])}"
            if resource.parent and resource.parent[1]
            else ""
        )
        return f"{verb} {describe_type(resource) if resource.kind else 'interface'} {describe_link_location(resource)}{on if verb == 'create' else ''}"
    if isinstance(resource, Address):
        return f"{verb} address {resource.address} of {resource.link} {describe_location(resource.netns)}"
    if isinstance(resource, Route):
        return f"{verb} route {describe_route(resource)} {describe_location(resource.netns)}"
    if isinstance(resource, Impairment):
        return f"{verb} impairment of {resource.link} {describe_location(resource.netns)}" + (
            "" if change.after is None else f": {describe_impairment(resource)}"
        )
    if isinstance(resource, PortVlans):
        return f"set VLANs of port {resource.link} {describe_location(resource.netns)}: {describe_vlans(resource)}"
    if isinstance(resource, Resolver):
        return f"{verb} /etc/netns/{resource.netns}/resolv.conf"
    return _describe_rule(verb, change)


def _describe_rule(verb: str, change: Change) -> str:
    resource = change.resource
    if isinstance(resource, ForwardingEnabled):
        opening = "open" if change.after is not None else "close"
        return f"{opening} IPv{resource.family} forwarding for the lab's traffic from {describe_forwarding_interface(resource)}"
    if isinstance(resource, Isolation):
        doing = {"add": "isolate", "remove": "do not isolate", "change": "isolate anew"}[verb]
        return f"{doing} {resource.interface} {describe_location(resource.netns)}: {', '.join(resource.networks)}"
    if isinstance(resource, IntegratedFirewall):
        doing = {"add": "let", "remove": "do not let", "change": "let again"}[verb]
        return f"{doing} the traffic of {resource.interface} through {resource.firewall} {describe_location(resource.netns)}"
    if isinstance(resource, SavedSysctl):
        doing = "note" if change.after is not None else "forget"
        return f"{doing} that {resource.setting} of {resource.interface} {describe_location(resource.netns)} was on"
    target = f" to {describe_target(resource)}" if isinstance(resource, Dnat) else ""
    return f"{verb} {describe_nat(cast(NatRule, resource))}{target} {describe_location(cast(NatRule, resource).netns)}"


def describe_change(change: Change) -> str:
    """One sentence, without a full stop."""
    before, after = change.before, change.after
    if isinstance(change.resource, Sysctl):
        return f"set {change.resource.key_path.replace('/', '.')} = {change.resource.value} {describe_location(change.resource.netns)}"
    if isinstance(after, NatBackend) and isinstance(before, NatBackend):
        if before.backend == after.backend:
            return f"mend the rules {describe_location(after.netns)} ({after.backend})"
        return f"move the rules {describe_location(after.netns)} from {before.backend} to {after.backend}"
    if isinstance(before, StaleName) and isinstance(after, Netns):
        return f"remove the stale file /run/netns/{before.name} and create namespace {after.name}"
    if isinstance(before, StaleName):
        return f"remove the stale file /run/netns/{before.name}"
    if isinstance(before, Link) and isinstance(after, Link):
        return _describe_link_change(before, after)
    if isinstance(before, Route) and isinstance(after, Route):
        return f"replace route {describe_route(before)} by {describe_route(after)} {describe_location(after.netns)}"
    if before is None:
        return (
            _describe_resource("create", change)
            if isinstance(after, (Netns, Link, Veth))
            else _describe_resource("add", change)
        )
    if after is None:
        return (
            _describe_resource("delete", change)
            if isinstance(before, (Netns, Link, Veth))
            else _describe_resource("remove", change)
        )
    return _describe_resource("change", change)


@contextlib.contextmanager
def naming(change: Change) -> Iterator[None]:
    """Give an error the name of what was being done."""
    try:
        yield
    except OSError as error:
        raise Failed(f"{describe_change(change)}: {describe_error(error)}") from error
    except Failed as error:
        raise Failed(f"{describe_change(change)}: {error}") from error
