# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads kernel parameters and the files of namespaces, and has listening sockets read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.netns import inside_netns
from .._host.sysctl import read_sysctl
from .._model.forwarding import arp_ignore_key, list_proxy_sysctls, reverse_path_keys
from .._model.nat import SAVED_SYSCTLS, ForwardingEnabled, Isolation, Ruleset, SavedSysctl
from .._model.network_policies import SourceCheck
from .._model.sysctl_effects import keys_of_links
from .kinds import steps

if TYPE_CHECKING:
    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.scope import Scope


_FORWARDING_SYSCTLS = (
    "net/ipv4/conf/all/forwarding",
    "net/ipv4/conf/default/forwarding",
    "net/ipv6/conf/all/forwarding",
)


def find_unlisted_namespaces(scope: Scope, current: CurrentState) -> frozenset[str]:
    """The namespaces of the topology that it does not list, which may be about to be purged."""
    found = current.namespaces.values() if scope.all_namespaces else ()
    return frozenset(
        netns.name
        for netns in found
        if netns.is_of(scope.lab) and netns.name not in scope.namespaces
    )


def observe_settings(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """Read the settings that the scope names, and those that belong to rules and to a purge."""
    unlisted = find_unlisted_namespaces(scope, current)
    for name in unlisted & handles.keys():
        # A link may be deleted before its namespace is, and be restored without this setting.
        for link, value in handles[name].forwarding.items():
            if value != "0":
                current.sysctls[(name, f"net/ipv4/conf/{link}/forwarding")] = value
    keys = _keys_to_read(scope, handles, current)
    if scope.listeners and steps.observe_listeners is not None:
        steps.observe_listeners(scope, handles, current)
    for netns in keys.keys() & handles.keys():
        with inside_netns(handles[netns].descriptor):
            for key in sorted(keys[netns]):
                current.sysctls[(netns, key)] = read_sysctl(key)
    if scope.wanted_sysctls and steps.find_sysctl_faults is not None:
        steps.find_sysctl_faults(scope.wanted_sysctls, handles, current)
    names = scope.resolvers | unlisted
    if (names or scope.lab is not None) and steps.observe_netns_files is not None:
        steps.observe_netns_files(names, scope.lab, current)


def _keys_to_read(
    scope: Scope, handles: Handles, current: CurrentState
) -> dict[str | None, set[str]]:
    """The kernel parameters to read, by namespace.

    Forwarding by single links is known from the dump of the links, and entered from there.
    """
    keys: dict[str | None, set[str]] = {}
    for netns, key in scope.sysctls:
        keys.setdefault(netns, set()).add(key)
    for sysctl in scope.wanted_sysctls:
        if sysctl.netns in handles:
            of_links = keys_of_links(sysctl.key_path, handles[sysctl.netns].indexes)
            keys.setdefault(sysctl.netns, set()).update(of_links)
    for netns, ruleset in current.rulesets.items():
        for resource in ruleset.resources:
            if isinstance(resource, (Isolation, ForwardingEnabled)):
                keys.setdefault(netns, set()).update(reverse_path_keys(resource.interface))
    for link in current.links.values():
        # These may be opened for rules that name no interface.
        if link.netns in scope.nat and any(":" not in text for text in link.addresses or ()):
            keys.setdefault(link.netns, set()).update(reverse_path_keys(link.name))
        is_bridge_of_lab = link.kind == "bridge" and link.owner == scope.lab and link.netns is None
        if is_bridge_of_lab and scope.lab is not None and not link.addresses:
            needed_of_bridge = (arp_ignore_key("default"), arp_ignore_key(link.name))
            keys.setdefault(None, set()).update(needed_of_bridge)
    for name in _list_shared_interfaces(scope, current):
        for key, _value, default in list_proxy_sysctls(name, (4, 6)):
            keys.setdefault(None, set()).update((key, default))
    for netns in (scope.nat | current.rulesets.keys()) & handles.keys():
        forwarding = handles[netns].forwarding
        for name, value in forwarding.items():
            current.sysctls[(netns, f"net/ipv4/conf/{name}/forwarding")] = value
        needed = keys.setdefault(netns, set())
        needed.update(_FORWARDING_SYSCTLS)
        if netns in scope.nat6 or _has_saved_sysctl(current.rulesets.get(netns)):
            for name in ("all", "default", *forwarding):
                needed.update(f"net/ipv6/conf/{name}/{setting}" for setting in SAVED_SYSCTLS)
    return keys


def _list_shared_interfaces(scope: Scope, current: CurrentState) -> list[str]:
    """The interfaces of the host by which it may answer for members; any name for new ones."""
    ruleset = current.rulesets.get(None)
    resources = ruleset.resources if ruleset else ()
    if "policy" not in scope.features and not any(
        isinstance(resource, SourceCheck) for resource in resources
    ):
        return []
    names = ["default"]
    for link in current.links.values():
        if link.netns is None and link.owner == scope.lab:
            peer = current.links.get(link.peer) if link.peer else None
            if link.kind == "bridge" or (peer is not None and peer.bridge):
                names.append(link.name)
    return names


def _has_saved_sysctl(ruleset: Ruleset | None) -> bool:
    resources = ruleset.resources if ruleset else ()
    return any(isinstance(resource, SavedSysctl) for resource in resources)
