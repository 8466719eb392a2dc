# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that create and alter links."""

from __future__ import annotations

import shlex

from .._model.link_alias import alias_differs, write_alias
from .._model.link_options import LinkOptions, TunOptions, WireguardOptions
from .._model.links import IPV6_SETTINGS, Link, changed_flags, type_of
from .iproute2 import (
    creation_words,
    execute_in,
    ip,
    mark_commands,
    move_words,
    netns_option,
    on_off,
    sysctl_command,
)
from .link_options import option_words
from .wireguard import wg_commands


def creation_commands(link: Link) -> list[str]:
    """The commands that create and mark a link."""
    if isinstance(link.options, TunOptions):
        return [*_tuntap_commands(link, link.options), *mark_commands(link)]
    link_type = type_of(link)
    options = "" if link_type and link_type.configured_later else option_words(link, link.options)
    netns, parent = link.parent or (link.netns, "")
    # The option of a type that can do without a parent follows its type.
    on = f" link {parent}" if parent and link_type and link_type.parent else ""
    dev = f" dev {parent}" if parent and not on else ""
    placed = f"{creation_words(link)}{move_words(netns, link.netns)}"
    line = f"{ip(netns)} link add{on} {placed} type {link.kind}{options}{dev}"
    return [line, *mark_commands(link)]


def _tuntap_commands(link: Link, options: TunOptions) -> list[str]:
    words = f"tuntap add dev {link.name} mode {options.mode}"
    words += "" if options.user is None else f" user {options.user}"
    words += "" if options.group is None else f" group {options.group}"
    for name in ("pi", "vnet_hdr", "multi_queue"):
        words += f" {name}" if getattr(options, name) else ""
    lines = [f"{ip(link.netns)} {words}"]
    settings = creation_words(link)[len(f"name {link.name}") :]
    if settings:
        lines.append(f"{ip(link.netns)} link set dev {link.name}{settings}")
    return lines


def alteration_commands(before: Link, after: Link) -> list[str]:
    """The commands that bring a link from one state to another."""
    if before.ref != after.ref:
        name = "" if before.name == after.name else f" name {after.name}"
        target = move_words(before.netns, after.netns)
        return [f"{ip(before.netns)} link set dev {before.name}{target}{name}"]
    lines = _altname_commands(before, after)
    set_link = f"{ip(after.netns)} link set dev {after.name}"
    words = "".join(
        [
            *_setting_words(before, after),
            *_master_words(before, after),
            *_alias_words(before, after),
            *_state_words(before, after),
        ]
    )
    lines += [f"{set_link}{words}"] if words else []
    if after.link_local not in (None, before.link_local):
        lines.append(f"{set_link} addrgenmode {'eui64' if after.link_local else 'none'}")
    lines += _option_commands(before.options, after)
    flags = [f" {name} {on_off(value)}" for name, value in changed_flags(before, after).items()]
    if flags:
        bridge = f"bridge{netns_option(after.netns)}"
        lines.append(f"{bridge} link set dev {after.name}{''.join(flags)}")
    return lines + _sysctl_commands(before, after)


def _altname_commands(before: Link, after: Link) -> list[str]:
    old, new = set(before.altnames or ()), set(after.altnames or ())
    changed = [("del", name) for name in sorted(old - new)]
    changed += [("add", name) for name in sorted(new - old)]
    return [
        f"{ip(after.netns)} link property {verb} dev {after.name} altname {shlex.quote(name)}"
        for verb, name in changed
    ]


def _setting_words(before: Link, after: Link) -> list[str]:
    words = []
    for option, name in (("address", "mac"), ("mtu", "mtu"), ("txqueuelen", "txqueuelen")):
        value = getattr(after, name)
        if value not in (None, getattr(before, name)):
            words.append(f" {option} {value}")
    words += [f" group {after.group or 0}"] if after.group != before.group else []
    for name in ("arp", "promisc"):
        value = getattr(after, name)
        if value not in (None, getattr(before, name)):
            words.append(f" {name} {on_off(value)}")
    return words


def _master_words(before: Link, after: Link) -> list[str]:
    bridge_changes = after.bridge is not None and after.bridge != before.bridge
    if not bridge_changes and (after.vrf or "") == (before.vrf or ""):
        return []
    master = after.bridge or after.vrf
    return [f" master {master}" if master else " nomaster"]


def _alias_words(before: Link, after: Link) -> list[str]:
    return [f" alias {shlex.quote(write_alias(after))}"] if alias_differs(before, after) else []


def _state_words(before: Link, after: Link) -> list[str]:
    if after.up in (None, before.up):
        return []
    return [" up" if after.up else " down"]


def _option_commands(before: LinkOptions | None, after: Link) -> list[str]:
    if isinstance(after.options, WireguardOptions):
        old = before if isinstance(before, WireguardOptions) else WireguardOptions()
        command = wg_commands(after.name, old, after.options)
        return [f"{execute_in(after.netns)}{line}" for line in command]
    options = option_words(after, before=before, options=after.options)
    if not options:
        return []
    return [f"{ip(after.netns)} link set dev {after.name} type {after.kind}{options}"]


def _sysctl_commands(before: Link, after: Link) -> list[str]:
    values = {
        f"net/ipv6/conf/{after.name}/{name}": str(int(getattr(after, name)))
        for name in IPV6_SETTINGS
        if getattr(after, name) not in (None, getattr(before, name))
    }
    return [sysctl_command(after.netns, values)] if values else []
