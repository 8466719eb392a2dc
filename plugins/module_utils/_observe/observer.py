# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the current state of a host. Changes nothing."""

from __future__ import annotations

from typing import Dict, FrozenSet, Optional, Set

from .._firewall import backends
from .._firewall.listing import Listing
from .._host.kernel_features import lacks_feature, lacks_type
from .._host.listeners import read_listeners
from .._host.machine import find_ssh_server, read_machine_id
from .._host.netns import (
    explain_unusable,
    find_processes,
    inside_netns,
    is_apart,
    is_closed,
    is_unfinished,
    list_netns_names,
)
from .._host.netns_handles import Room, Rooms
from .._host.programs import find
from .._host.resolver import read_resolver
from .._host.sysctl import filtered_families, has_inet6, read_sysctl
from .._model.current_state import There
from .._model.errors import Failed
from .._model.nat import KEPT_SETTINGS, Kept
from .._model.netns import Netns
from .._observe.link_settings import read_disciplines, read_vlans
from .._observe.links import read_links
from .._observe.routes import read_routes
from .._observe.scope import Scope


class Observer:
    """Observes the host in which the calling thread lives, through these rooms."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def observe(self, scope: Scope) -> There:
        """What is there of what the scope names.

        :raises Failed: it could not be seen; what cannot be seen is never taken for absent.
        """
        try:
            return self._observe(scope)
        except OSError as error:
            raise Failed(f"this host cannot be looked at: {error.strerror or error}") from error

    def _observe(self, scope: Scope) -> There:
        there = There(
            inet6=has_inet6(),
            machine=read_machine_id(),
            ssh_server=find_ssh_server(),
            closed=is_closed(),
            apart=is_apart(),
        )
        names: Set[Optional[str]] = set(scope.namespaces)
        if scope.all_namespaces:
            names |= {None, *list_netns_names()}
        rooms = self._open(names, there)
        there.links = read_links(rooms.values())
        there.deaf = {(name, link) for name, room in rooms.items() for link in room.deaf}
        for name in rooms:
            if name is not None:
                lo = there.links.get((name, "lo"))
                there.namespaces[name] = Netns(name, lo.owner if lo else None)
        routed = rooms.keys() if scope.all_namespaces else scope.routes & rooms.keys()
        for name in sorted(routed, key=str):
            there.routes[name] = read_routes(rooms[name], scope.local_routes)
        self._observe_ends(scope, rooms, there)
        wanted = {kind for place, kind in scope.makes if place not in there.links} - {
            link.kind for link in there.links.values()
        }
        there.lacking = frozenset(
            [*filter(lacks_type, wanted), *filter(lacks_feature, scope.features)]
        )
        if None in rooms:
            there.immovable = {
                name: why
                for name in scope.takes
                if (why := rooms[None].find_bond(name)) is not None
            }
        self._observe_nat(scope, rooms, there)
        self._observe_settings(scope, rooms, there)
        inhabited = scope.processes | self._owned(scope, there)
        if inhabited:
            identities = {rooms[name].identity: name for name in inhabited if name in rooms}
            there.processes = {
                name: tuple(found) for name, found in find_processes(identities).items()
            }
        return there

    @staticmethod
    def _observe_ends(scope: Scope, rooms: Dict[Optional[str], Room], there: There) -> None:
        """What is set on links: looked for where somebody asks, or where the links themselves say that there is some."""
        for name, room in rooms.items():
            if room.impaired or name in scope.impairments:
                ours, foreign = read_disciplines(room)
                there.impairments.update(ours)
                there.disciplines.update(foreign)
            if room.filtering or name in scope.vlans:
                there.vlans.update(read_vlans(room))

    def _open(self, names: Set[Optional[str]], there: There) -> Dict[Optional[str], Room]:
        rooms: Dict[Optional[str], Room] = {}
        for name in sorted(names, key=lambda name: (name is not None, name or "")):
            room = self._rooms.enter(name)
            if room is not None:
                rooms[name] = room
            elif name is not None:
                blocked = explain_unusable(name)
                if blocked is not None:
                    there.blocked[name] = blocked
                if blocked == "stale" and is_unfinished(name):
                    there.debris.add(name)
        return rooms

    def _observe_settings(
        self, scope: Scope, rooms: Dict[Optional[str], Room], there: There
    ) -> None:
        keys: Dict[Optional[str], Set[str]] = {}
        for netns, key in scope.sysctls:
            keys.setdefault(netns, set()).add(key)
        owned = self._owned(scope, there)
        for netns in owned & rooms.keys():
            # A link may go before its namespace does, and come back without it.
            there.sysctls.update(
                {
                    (netns, f"net/ipv4/conf/{name}/forwarding"): value
                    for name, value in rooms[netns].forwarding.items()
                    if value != "0"
                }
            )
        for netns in (scope.nat | there.nat.keys()) & rooms.keys():
            forwarding = rooms[netns].forwarding
            there.sysctls.update(
                {
                    (netns, f"net/ipv4/conf/{name}/forwarding"): value
                    for name, value in forwarding.items()
                }
            )
            keys.setdefault(netns, set()).update(
                [
                    "net/ipv4/conf/all/forwarding",
                    "net/ipv4/conf/default/forwarding",
                    "net/ipv6/conf/all/forwarding",
                ]
            )
            ruleset = there.nat.get(netns)
            if netns in scope.nat6 or any(
                isinstance(thing, Kept) for thing in (ruleset.things if ruleset else ())
            ):
                keys[netns].update(
                    f"net/ipv6/conf/{name}/{setting}"
                    for name in ("all", "default", *forwarding)
                    for setting in KEPT_SETTINGS
                )
        for netns in scope.listening & rooms.keys():
            with inside_netns(rooms[netns].descriptor):
                there.listening[netns] = read_listeners()
        for netns in keys.keys() & rooms.keys():
            with inside_netns(rooms[netns].descriptor):
                for key in keys[netns]:
                    there.sysctls[(netns, key)] = read_sysctl(key)
        for name in scope.resolvers | owned:
            resolver = read_resolver(name)
            if resolver is not None:
                there.resolvers[name] = resolver

    @staticmethod
    def _owned(scope: Scope, there: There) -> FrozenSet[str]:
        """The namespaces of a lab that it does not name any more: they may be about to go."""
        found = there.namespaces.values() if scope.all_namespaces else ()
        return frozenset(
            netns.name
            for netns in found
            if netns.owner == scope.lab and netns.name not in scope.namespaces
        )

    @staticmethod
    def _nat_places(scope: Scope, there: There) -> Set[Optional[str]]:
        """Where rules are sought: of a lab's own namespaces, those that it does not name any more take theirs along."""
        places = set(scope.nat)
        if scope.all_namespaces:
            places |= {
                None,
                *(
                    netns.name
                    for netns in there.namespaces.values()
                    if netns.owner != scope.lab or netns.name in scope.namespaces
                ),
            }
        return places

    def _observe_nat(self, scope: Scope, rooms: Dict[Optional[str], Room], there: There) -> None:
        for netns in sorted(self._nat_places(scope, there) & rooms.keys(), key=str):
            with inside_netns(rooms[netns].descriptor):
                listing = Listing()
                ruleset = backends.observe(netns, listing)
                if scope.backend is not None and netns in scope.nat:
                    there.backends[netns], there.reasons[netns] = backends.choose(
                        scope.backend, ruleset
                    )
                    there.posts[netns], there.obstacles[netns] = backends.survey(listing)
                if netns in scope.listening:
                    there.claims[netns] = backends.read_claims(listing)
            if ruleset is not None:
                there.nat[netns] = ruleset
        if scope.backend is not None:
            # A namespace that is yet to be made will find what the host has.
            for netns in scope.nat - rooms.keys():
                there.backends[netns], there.reasons[netns] = backends.choose(scope.backend, None)
        there.nft = find("nft") is not None
        there.bridges_filtered = filtered_families() if there.obstacles.get(None) else frozenset()
