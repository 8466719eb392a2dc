# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change is, as a sentence, and as the name of what went wrong."""

from __future__ import annotations

import contextlib
from typing import Dict, Iterator, List, Optional, cast

from .._describe.links import say_type
from .._describe.nat import say_forwarding_place, say_nat, say_target
from .._describe.places import say_netns, say_place, say_where
from .._describe.routes import say_route
from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans, say_vlans
from .._model.changes import Change
from .._model.errors import Failed, say_error
from .._model.impairments import Impairment, say_impairment
from .._model.link_types import LinkOptions, Peer, WireguardOptions, differing_peers
from .._model.links import INET6_SETTINGS, Link, Veth, changed_flags
from .._model.nat import Admitted, Dnat, Isolated, Kept, NatBackend, Opened, Rule
from .._model.netns import Netns, Resolver, Stale, Sysctl
from .._model.routes import Route

_SWITCHES = {
    "up": ("set up", "set down"),
    "arp": ("turn ARP on", "turn ARP off"),
    "promisc": ("make promiscuous", "make not promiscuous"),
}


def _say_alteration(before: Link, after: Link) -> str:
    if before.netns != after.netns:
        name = "" if before.name == after.name else f" as {after.name}"
        return (
            f"move {before.name} from {say_netns(before.netns)} to {say_netns(after.netns)}{name}"
        )
    if before.name != after.name:
        return f"rename {say_place(before)} to {after.name}"
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
    for name in ("mtu", "mac", "txqueuelen", *INET6_SETTINGS, "link_local"):
        value = getattr(after, name)
        if value != getattr(before, name):
            parts.append(f"set {name} {_say_value(value)}")
    parts += [
        f"set {name} {_say_value(value)}" for name, value in changed_flags(before, after).items()
    ]
    if after.options != before.options and after.options is not None:
        parts += _say_options(before.options, after.options)
    if after.home != before.home:
        parts.append(
            "note beside it what it is here" if after.home else "forget what was noted beside it"
        )
    return f"{say_place(after)}: {', '.join(parts)}"


def _say_options(before: Optional[LinkOptions], after: LinkOptions) -> List[str]:
    known = {} if before is None else vars(before)
    news = {
        name: value
        for name, value in vars(after).items()
        if value != known.get(name) and name != "peers"
    }
    parts = [f"set {name} {_say_value(value)}" for name, value in news.items()]
    if isinstance(after, WireguardOptions):
        old: Dict[str, Peer] = {peer.public_key: peer for peer in known.get("peers") or ()}
        for peer, gone in differing_peers(
            before if isinstance(before, WireguardOptions) else WireguardOptions(), after
        ):
            verb = "remove" if gone else "change" if peer.public_key in old else "add"
            parts.append(f"{verb} peer {peer.public_key}")
    return parts


def _say_value(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _say_thing(verb: str, change: Change) -> str:
    thing = change.thing
    if isinstance(thing, (Netns, Stale)):
        return f"{verb} namespace {thing.name}"
    if isinstance(thing, Veth):
        return f"{verb} veth pair {say_place(thing.end)} and {say_place(thing.peer)}"
    if isinstance(thing, Link):
        on = (
            f" on {thing.parent[1]} {say_where(thing.parent[0])}"
            if thing.parent and thing.parent[1]
            else ""
        )
        return f"{verb} {say_type(thing) if thing.kind else 'interface'} {say_place(thing)}{on if verb == 'create' else ''}"
    if isinstance(thing, Address):
        return f"{verb} address {thing.address} of {thing.link} {say_where(thing.netns)}"
    if isinstance(thing, Route):
        return f"{verb} route {say_route(thing)} {say_where(thing.netns)}"
    if isinstance(thing, Impairment):
        return f"{verb} impairment of {thing.link} {say_where(thing.netns)}" + (
            "" if change.after is None else f": {say_impairment(thing)}"
        )
    if isinstance(thing, PortVlans):
        return f"set VLANs of port {thing.link} {say_where(thing.netns)}: {say_vlans(thing)}"
    if isinstance(thing, Resolver):
        return f"{verb} /etc/netns/{thing.netns}/resolv.conf"
    return _say_rule(verb, change)


def _say_rule(verb: str, change: Change) -> str:
    thing = change.thing
    if isinstance(thing, Opened):
        opening = "open" if change.after is not None else "close"
        return f"{opening} IPv{thing.family} forwarding for the lab's traffic from {say_forwarding_place(thing)}"
    if isinstance(thing, Isolated):
        doing = {"add": "isolate", "remove": "do not isolate", "change": "isolate anew"}[verb]
        return f"{doing} {thing.interface} {say_where(thing.netns)}: {', '.join(thing.networks)}"
    if isinstance(thing, Admitted):
        doing = {"add": "let", "remove": "do not let", "change": "let again"}[verb]
        return f"{doing} the traffic of {thing.interface} through {thing.firewall} {say_where(thing.netns)}"
    if isinstance(thing, Kept):
        doing = "note" if change.after is not None else "forget"
        return f"{doing} that {thing.setting} of {thing.interface} {say_where(thing.netns)} was on"
    target = f" to {say_target(thing)}" if isinstance(thing, Dnat) else ""
    return f"{verb} {say_nat(cast(Rule, thing))}{target} {say_where(cast(Rule, thing).netns)}"


def say_change(change: Change) -> str:
    """One sentence, without a full stop."""
    before, after = change.before, change.after
    if isinstance(change.thing, Sysctl):
        return f"set {change.thing.key_path.replace('/', '.')} = {change.thing.value} {say_where(change.thing.netns)}"
    if isinstance(after, NatBackend) and isinstance(before, NatBackend):
        if before.backend == after.backend:
            return f"mend the rules {say_where(after.netns)} ({after.backend})"
        return f"move the rules {say_where(after.netns)} from {before.backend} to {after.backend}"
    if isinstance(before, Stale) and isinstance(after, Netns):
        return f"remove the stale file /run/netns/{before.name} and create namespace {after.name}"
    if isinstance(before, Stale):
        return f"remove the stale file /run/netns/{before.name}"
    if isinstance(before, Link) and isinstance(after, Link):
        return _say_alteration(before, after)
    if isinstance(before, Route) and isinstance(after, Route):
        return f"replace route {say_route(before)} by {say_route(after)} {say_where(after.netns)}"
    if before is None:
        return (
            _say_thing("create", change)
            if isinstance(after, (Netns, Link, Veth))
            else _say_thing("add", change)
        )
    if after is None:
        return (
            _say_thing("delete", change)
            if isinstance(before, (Netns, Link, Veth))
            else _say_thing("remove", change)
        )
    return _say_thing("change", change)


@contextlib.contextmanager
def named(change: Change) -> Iterator[None]:
    """Give an error the name of what was being done."""
    try:
        yield
    except OSError as error:
        raise Failed(f"{say_change(change)}: {say_error(error)}") from error
    except Failed as error:
        raise Failed(f"{say_change(change)}: {error}") from error
