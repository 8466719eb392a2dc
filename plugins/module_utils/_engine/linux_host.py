# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real host: observes it, applies changes to it in batches, and holds the lock."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import Dict, FrozenSet, Iterator, List, Optional, Sequence, Set

from . import _errors, _machine, _model, _namespaces, _nat, _rules, _settings, _support
from ._apply import Applier
from ._changes import Change
from ._coming import await_links
from ._listeners import read_listeners
from ._listing import Listing
from ._probe import Asked, Probe
from ._programs import find
from ._rooms import Room, Rooms, read_disciplines, read_links, read_routes, read_vlans
from ._signals import undisturbed
from ._there import Scope, There
from ._vocabulary import HAS_PYROUTE2

LOCK_PATIENCE = 60.0


def _find_holder(descriptor: int) -> str:
    """Who holds the lock, by /proc/locks."""
    status = os.fstat(descriptor)
    wanted = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    with contextlib.suppress(OSError):
        with open("/proc/locks", encoding="ascii") as lines:
            for line in lines:
                words = line.split()
                if len(words) > 5 and words[1] == "FLOCK" and words[5] == wanted:
                    with open(f"/proc/{words[4]}/cmdline", "rb") as file:
                        command = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
                    return f"process {words[4]} ({command[:80]})"
    return "a process that cannot be seen from here"


class Kernel:
    """The host in which the calling thread lives."""

    def __init__(self) -> None:
        if not HAS_PYROUTE2:
            raise _errors.Missing("pyroute2 (Debian: python3-pyroute2)")
        self.rooms = Rooms()
        self._applier = Applier(self.rooms)

    def close(self) -> None:
        self.rooms.close()

    @contextlib.contextmanager
    def lock(self, create: bool, patience: float = LOCK_PATIENCE) -> Iterator[None]:
        """One at a time on a host. The lock is the directory of names itself; without one there is nothing to lock.

        :param create: make the directory if it is missing; check mode must not.
        """
        if create:
            os.makedirs(_namespaces.DIRECTORY, 0o755, exist_ok=True)
        try:
            descriptor = os.open(_namespaces.DIRECTORY, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            yield
            return
        except OSError as error:
            raise _errors.Failed(f"this host cannot be locked by {_namespaces.DIRECTORY}: {error.strerror}") from error
        try:
            deadline = time.monotonic() + patience
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise _errors.Failed(f"waited {patience:.0f} s for the lock of this host, which {_find_holder(descriptor)} holds") from None
                    time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def observe(self, scope: Scope) -> There:
        """What is there of what the scope names.

        :raises Failed: it could not be seen; what cannot be seen is never taken for absent.
        """
        try:
            return self._observe(scope)
        except OSError as error:
            raise _errors.Failed(f"this host cannot be looked at: {error.strerror or error}") from error

    def _observe(self, scope: Scope) -> There:
        there = There(
            inet6=_settings.has_inet6(), machine=_machine.read_machine_id(), ssh_server=_machine.find_ssh_server(),
            closed=_namespaces.is_closed(), apart=_namespaces.is_apart(),
        )
        names: Set[Optional[str]] = set(scope.namespaces)
        if scope.all_namespaces:
            names |= {None, *_namespaces.list_names()}
        rooms = self._open(names, there)
        there.links = read_links(rooms.values())
        there.deaf = {(name, link) for name, room in rooms.items() for link in room.deaf}
        for name in rooms:
            if name is not None:
                lo = there.links.get((name, "lo"))
                there.namespaces[name] = _model.Netns(name, lo.owner if lo else None)
        routed = rooms.keys() if scope.all_namespaces else scope.routes & rooms.keys()
        for name in sorted(routed, key=str):
            there.routes[name] = read_routes(rooms[name], scope.local_routes)
        self._observe_ends(scope, rooms, there)
        wanted = {kind for place, kind in scope.makes if place not in there.links} - {link.kind for link in there.links.values()}
        there.lacking = frozenset([*filter(_support.lacks_type, wanted), *filter(_support.lacks_feature, scope.features)])
        if None in rooms:
            there.immovable = {name: why for name in scope.takes if (why := rooms[None].find_bond(name)) is not None}
        self._observe_nat(scope, rooms, there)
        self._observe_settings(scope, rooms, there)
        inhabited = scope.processes | self._owned(scope, there)
        if inhabited:
            identities = {rooms[name].identity: name for name in inhabited if name in rooms}
            there.processes = {name: tuple(found) for name, found in _namespaces.find_processes(identities).items()}
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
            room = self.rooms.enter(name)
            if room is not None:
                rooms[name] = room
            elif name is not None:
                blocked = _namespaces.explain(name)
                if blocked is not None:
                    there.blocked[name] = blocked
                if blocked == "stale" and _namespaces.is_unfinished(name):
                    there.debris.add(name)
        return rooms

    def _observe_settings(self, scope: Scope, rooms: Dict[Optional[str], Room], there: There) -> None:
        keys: Dict[Optional[str], Set[str]] = {}
        for netns, key in scope.sysctls:
            keys.setdefault(netns, set()).add(key)
        owned = self._owned(scope, there)
        for netns in owned & rooms.keys():
            # A link may go before its namespace does, and come back without it.
            there.sysctls.update({(netns, f"net/ipv4/conf/{name}/forwarding"): value for name, value in rooms[netns].forwarding.items() if value != "0"})
        for netns in (scope.nat | there.nat.keys()) & rooms.keys():
            forwarding = rooms[netns].forwarding
            there.sysctls.update({(netns, f"net/ipv4/conf/{name}/forwarding"): value for name, value in forwarding.items()})
            keys.setdefault(netns, set()).update(["net/ipv4/conf/all/forwarding", "net/ipv4/conf/default/forwarding", "net/ipv6/conf/all/forwarding"])
            ruleset = there.nat.get(netns)
            if netns in scope.nat6 or any(isinstance(thing, _rules.Kept) for thing in (ruleset.things if ruleset else ())):
                keys[netns].update(f"net/ipv6/conf/{name}/{setting}" for name in ("all", "default", *forwarding) for setting in _rules.KEPT_SETTINGS)
        for netns in scope.listening & rooms.keys():
            with _namespaces.inside(rooms[netns].descriptor):
                there.listening[netns] = read_listeners()
        for netns in keys.keys() & rooms.keys():
            with _namespaces.inside(rooms[netns].descriptor):
                for key in keys[netns]:
                    there.sysctls[(netns, key)] = _settings.read_sysctl(key)
        for name in scope.resolvers | owned:
            resolver = _settings.read_resolver(name)
            if resolver is not None:
                there.resolvers[name] = resolver

    @staticmethod
    def _owned(scope: Scope, there: There) -> FrozenSet[str]:
        """The namespaces of a lab that it does not name any more: they may be about to go."""
        found = there.namespaces.values() if scope.all_namespaces else ()
        return frozenset(netns.name for netns in found if netns.owner == scope.lab and netns.name not in scope.namespaces)

    @staticmethod
    def _nat_places(scope: Scope, there: There) -> Set[Optional[str]]:
        """Where rules are sought: of a lab's own namespaces, those that it does not name any more take theirs along."""
        places = set(scope.nat)
        if scope.all_namespaces:
            places |= {None, *(netns.name for netns in there.namespaces.values() if netns.owner != scope.lab or netns.name in scope.namespaces)}
        return places

    def _observe_nat(self, scope: Scope, rooms: Dict[Optional[str], Room], there: There) -> None:
        for netns in sorted(self._nat_places(scope, there) & rooms.keys(), key=str):
            with _namespaces.inside(rooms[netns].descriptor):
                listing = Listing()
                ruleset = _nat.observe(netns, listing)
                if scope.backend is not None and netns in scope.nat:
                    there.backends[netns], there.reasons[netns] = _nat.choose(scope.backend, ruleset)
                    there.posts[netns], there.obstacles[netns] = _nat.survey(listing)
                if netns in scope.listening:
                    there.claims[netns] = _nat.read_claims(listing)
            if ruleset is not None:
                there.nat[netns] = ruleset
        if scope.backend is not None:
            # A namespace that is yet to be made will find what the host has.
            for netns in scope.nat - rooms.keys():
                there.backends[netns], there.reasons[netns] = _nat.choose(scope.backend, None)
        there.nft = find("nft") is not None
        there.bridges_filtered = _settings.filtered_families() if there.obstacles.get(None) else frozenset()
        self._applier.rules.rulesets, self._applier.rules.backends = dict(there.nat), there.backends

    def apply(self, changes: Sequence[Change], journal: List[Change]) -> None:
        """Do the changes in order. ``journal`` receives each that was done, and one that is in doubt.

        :raises Failed: at the first that did not work, named.
        """
        with undisturbed():
            self._applier.apply(changes, journal)

    def await_links(self) -> None:
        """Wait, but not for ever, until those that came up when last observed carry what is sent over them."""
        await_links(self.rooms.opened)

    def ask(self, probes: Sequence[Probe], assume: bool = False) -> List[Asked]:
        """Ask, and say what came of it; see ``_probe_ask.ask``."""
        from ._probe_ask import ask  # a dozen files, which only who asks needs

        try:
            return ask(self.rooms, probes, assume)
        except OSError as error:
            raise _errors.Failed(f"the probes cannot be asked: {error.strerror or error}") from error
