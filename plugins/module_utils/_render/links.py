# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of links."""

from __future__ import annotations

from typing import Any

from .._describe.links import describe_link_type
from .._describe.places import describe_link_location, describe_location, describe_netns
from .._model.link_options import LinkOptions, Peer, WireguardOptions
from .._model.links import IPV6_SETTINGS, PORT_FLAGS, Link, changed_flags
from .._model.wireguard_peers import differing_peers
from .dispatch import compose_commands, describe_action, describe_details
from .iproute2 import ip
from .link_commands import alteration_commands, creation_commands
from .text import choose_verb, format_value, list_attributes

_SWITCHES = {
    "up": ("set up", "set down"),
    "arp": ("turn ARP on", "turn ARP off"),
    "promisc": ("make promiscuous", "make not promiscuous"),
}
_SETTINGS = ("mtu", "mac", "txqueuelen", *IPV6_SETTINGS, "link_local")


@describe_action.register(Link)
def _describe_action(link: Link, before: Link | None, after: Link | None) -> str:
    if before is not None and after is not None:
        return _describe_alteration(before, after)
    verb = choose_verb(before, after, "create", "delete")
    parent = ""
    if before is None and link.parent and link.parent[1]:
        parent = f" on {link.parent[1]} {describe_location(link.parent[0])}"
    return f"{verb} {describe_link_type(link)} {describe_link_location(link)}{parent}"


def _describe_alteration(before: Link, after: Link) -> str:
    if before.netns != after.netns:
        name = "" if before.name == after.name else f" as {after.name}"
        netns, target = describe_netns(before.netns), describe_netns(after.netns)
        return f"move {before.name} from {netns} to {target}{name}"
    if before.name != after.name:
        return f"rename {describe_link_location(before)} to {after.name}"
    parts = [
        *_describe_switches(before, after),
        *_describe_masters(before, after),
        *_describe_settings(before, after),
        *_describe_options(before.options, after.options),
    ]
    if after.saved is not None and after.saved != before.saved:
        parts.append("record its settings on the host")
    elif after.saved != before.saved:
        parts.append("remove its mark")
    elif before.alias is not None and after.alias is None and after.owner is not None:
        parts.append(f"restore its mark (its alias is {before.alias!r})")
    return f"{describe_link_location(after)}: {', '.join(parts)}"


def _describe_switches(before: Link, after: Link) -> list[str]:
    return [
        on if getattr(after, name) else off
        for name, (on, off) in _SWITCHES.items()
        if getattr(after, name) != getattr(before, name)
    ]


def _describe_masters(before: Link, after: Link) -> list[str]:
    parts = []
    if after.bridge != before.bridge and after.bridge:
        parts.append(f"make a port of bridge {after.bridge}")
    elif after.bridge != before.bridge:
        parts.append(f"take out of bridge {before.bridge}")
    if (after.vrf or "") != (before.vrf or ""):
        parts.append(f"put into vrf {after.vrf}" if after.vrf else f"take out of vrf {before.vrf}")
    return parts


def _describe_settings(before: Link, after: Link) -> list[str]:
    values: dict[str, Any] = {
        name: getattr(after, name)
        for name in _SETTINGS
        if getattr(after, name) != getattr(before, name)
    }
    values.update(changed_flags(before, after))
    if after.group != before.group:
        values["group"] = after.group or 0
    parts = [f"set {name} {format_value(value)}" for name, value in values.items()]
    old, new = set(before.altnames or ()), set(after.altnames or ())
    parts += [f"remove the alternative name {name}" for name in sorted(old - new)]
    return parts + [f"add the alternative name {name}" for name in sorted(new - old)]


def _describe_options(before: LinkOptions | None, after: LinkOptions | None) -> list[str]:
    if after is None or after == before:
        return []
    known = {} if before is None else vars(before)
    parts = [
        f"set {name} {format_value(value)}"
        for name, value in vars(after).items()
        if value != known.get(name) and name != "peers"
    ]
    if isinstance(after, WireguardOptions):
        old = before if isinstance(before, WireguardOptions) else WireguardOptions()
        parts += _describe_peers(old, after)
    return parts


def _describe_peers(before: WireguardOptions, after: WireguardOptions) -> list[str]:
    known: dict[str, Peer] = {peer.public_key: peer for peer in before.peers or ()}
    parts = []
    for peer, removed in differing_peers(before, after):
        verb = "change" if peer.public_key in known else "add"
        parts.append(f"{'remove' if removed else verb} peer {peer.public_key}")
    return parts


@compose_commands.register(Link)
def _compose_commands(link: Link, before: Link | None, after: Link | None) -> list[str]:
    if after is None:
        return [f"{ip(link.netns)} link delete dev {link.name}"]
    if before is None:
        return creation_commands(after)
    return alteration_commands(before, after)


@describe_details.register(Link)
def _describe_details(link: Link) -> list[str]:
    # Without a bridge the port flags mean nothing, and addresses are resources of their own.
    port_flags = () if link.bridge else tuple(PORT_FLAGS)
    return list_attributes(link, "netns", "name", "kind", "addresses", *port_flags)
