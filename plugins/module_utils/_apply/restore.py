# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives a namespace back what it had, with the messages by which the kernel described it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._describe.routes import describe_route
from .._host.files import raise_shortage
from .._netlink.addresses import read_address
from .._netlink.link_queries import dump_links
from .._netlink.link_replies import read_index_and_name
from .._netlink.raw_objects import LinkIndexes, Rebuilt, is_nexthop_group
from .._netlink.routes import read_route
from .._observe.raw_state import RAW_KINDS, list_objects
from .address_order import in_order_of_addition, restore_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._host.netns_handles import NetnsHandle, NetnsHandles
    from .._model.raw_state import RawObject, RawState

Objects = list[tuple[bytes, Rebuilt]]
"""What was rebuilt, each with the message that described it."""


def restore_state(
    handles: NetnsHandles,
    before: RawState,
    addresses_only: bool = False,
    raises_shortage: bool = False,
) -> list[str]:
    """Create what is missing of a state, and put back what has other attributes now.

    What was added since then stays, except in the place of something that is restored.

    :returns: what the kernel did not accept, in words.
    :raises OSError: with ``raises_shortage``, the kernel lacks something to create it.
    """
    handle = handles.open(before.netns)
    if handle is None:
        return []  # It could not be created again, which is reported.
    kinds = ["address"] if addresses_only else [*RAW_KINDS]
    return _Restoration(handle, before, raises_shortage=raises_shortage).run(kinds)


def restore_on_link(handles: NetnsHandles, name: str, before: RawState) -> list[str]:
    """Create again what belonged to a link of the host before it was taken.

    What is on other links now stays, also where it is in the place of something.

    :returns: what is missing still, in words.
    :raises OSError: the kernel lacks something to create it.
    """
    restoration = _Restoration(handles.get(None), before, name, raises_shortage=True)
    restoration.remove_incomplete()
    return restoration.run([*RAW_KINDS])


def select_missing(
    handles: NetnsHandles, before: RawState, exact: bool = True
) -> frozenset[RawObject]:
    """The objects of a state that do not exist any more, or have other attributes.

    :param exact: an address that has other attributes is missing as well.
    """
    handle = handles.open(before.netns)
    if handle is None:
        return frozenset(before.objects)
    return _Restoration(handle, before).find_missing(exact)


class _Restoration:
    """The objects of a namespace before, and now."""

    def __init__(
        self,
        handle: NetnsHandle,
        before: RawState,
        link: str | None = None,
        raises_shortage: bool = False,
    ) -> None:
        """``link``: the only link whose objects may be replaced."""
        self._handle = handle
        self._before = before
        self._raises_shortage = raises_shortage
        self._age = max(0, int(time.monotonic() - before.time))
        links = map(read_index_and_name, handle.socket.dump(dump_links()))
        self._indexes = {name: index for index, name in links}
        handle.indexes.clear()
        handle.indexes.update(self._indexes)
        self._then = LinkIndexes(
            {
                index: self._indexes[name]
                for index, name in before.links.items()
                if name in self._indexes
            }
        )
        self._now = LinkIndexes({index: index for index in self._indexes.values()})
        self._others = None
        if link is not None:
            others = {index for name, index in self._indexes.items() if name != link}
            self._others = LinkIndexes({index: index for index in others})

    def run(self, kinds: Sequence[str]) -> list[str]:
        """Restore these kinds, each after those that it needs."""
        failed: list[str] = []
        for kind in kinds:
            wanted = self._rebuild_before(kind)
            if wanted:
                failed += self._restore(kind, wanted)
                if kind == "address":
                    restore_order(self._handle, [rebuilt for _message, rebuilt in wanted])
        return failed

    def remove_incomplete(self) -> None:
        """Remove addresses that were added again without their lifetime, or without their peer."""
        messages = [raw.message for raw in self._before.objects if raw.kind == "address"]
        known = {rebuilt.identity for _raw, rebuilt in self._rebuild_before("address")}
        then = {self._name_address(message, self._before.links) for message in messages}
        names = {index: name for name, index in self._indexes.items()}
        for message, rebuilt in self._rebuild_now("address"):
            is_known = rebuilt.identity in known
            if not is_known and rebuilt.removal and self._name_address(message, names) in then:
                self._handle.socket.send([rebuilt.removal])

    def _name_address(self, message: bytes, names: Mapping[int, str]) -> tuple[str | None, str]:
        reply = read_address(message)
        return names.get(reply.ifindex), reply.address

    def find_missing(self, exact: bool) -> frozenset[RawObject]:
        """The objects that are not there now."""
        missing: set[RawObject] = set()
        for kind in RAW_KINDS:
            of_kind = [raw for raw in self._before.objects if raw.kind == kind]
            if not of_kind:
                continue
            name = "content" if exact or kind != "address" else "identity"
            existing = {getattr(rebuilt, name) for _message, rebuilt in self._rebuild_now(kind)}
            for raw in of_kind:
                parts = self._rebuild(kind, [raw.message], self._then)
                if not parts or any(getattr(part, name) not in existing for _raw, part in parts):
                    missing.add(raw)
        return frozenset(missing)

    def _rebuild_before(self, kind: str) -> Objects:
        messages = [raw.message for raw in self._before.objects if raw.kind == kind]
        if kind == "address":
            messages = in_order_of_addition(messages)
        return self._rebuild(kind, messages, self._then, self._age)

    def _rebuild_now(self, kind: str) -> Objects:
        return self._rebuild(kind, list_objects(self._handle, kind), self._now)

    def _rebuild(
        self, kind: str, messages: Iterable[bytes], indexes: LinkIndexes, age: int = 0
    ) -> Objects:
        found: Objects = []
        for message in messages:
            try:
                rebuilt = RAW_KINDS[kind].rebuild(message, indexes, age)
            except LookupError:
                continue  # Its link does not exist any more.
            found += [(message, part) for part in rebuilt]
        return found

    def _restore(self, kind: str, wanted: Objects) -> list[str]:
        """Send what is missing, again as long as that helps: a route may need another one."""
        missing, conflicts = self._compare(kind, wanted)
        seen: list[set[bytes]] = []
        while missing:
            seen.append({rebuilt.content for _message, rebuilt in missing})
            occupied = self._remove_conflicts(kind, conflicts)
            errors = [
                "another one is in its place"
                if rebuilt.identity in occupied
                else self._send(rebuilt)
                for _message, rebuilt in missing
            ]
            left, conflicts = self._compare(kind, wanted)
            if {rebuilt.content for _message, rebuilt in left} in seen:
                return [
                    f"{self._describe(kind, message)} ({error})"
                    for (message, _rebuilt), error in zip(missing, errors)
                    if error
                ]
            missing = left
        return []

    def _remove_conflicts(self, kind: str, conflicts: Objects) -> set[bytes]:
        """Remove what is in the place of something; the identities of what has to stay there."""
        occupied: set[bytes] = set()
        for message, rebuilt in conflicts:
            if self._others is not None and self._is_of_others(kind, message, self._others):
                occupied.add(rebuilt.identity)
            elif rebuilt.removal is not None:
                self._handle.socket.send([rebuilt.removal])
        return occupied

    def _is_of_others(self, kind: str, message: bytes, others: LinkIndexes) -> bool:
        """Whether an object is on another link. A group of nexthops is on that of its members."""
        return not is_nexthop_group(kind, message) and bool(self._rebuild(kind, [message], others))

    def _compare(self, kind: str, wanted: Objects) -> tuple[Objects, Objects]:
        """What is missing, and what is in its place."""
        now = self._rebuild_now(kind)
        existing = {rebuilt.content for _message, rebuilt in now}
        missing = [item for item in wanted if item[1].content not in existing]
        identities = {rebuilt.identity for _message, rebuilt in missing}
        contents = {rebuilt.content for _message, rebuilt in wanted}
        conflicts = [
            (message, rebuilt)
            for message, rebuilt in now
            if rebuilt.identity in identities and rebuilt.content not in contents
        ]
        return missing, conflicts

    def _send(self, rebuilt: Rebuilt) -> str:
        """Create an object; the kernel's error, if there is one."""
        requests = [request._replace(joined=True) for request in rebuilt.requests]
        for reply in self._handle.socket.send(requests):
            if reply.errno:
                if self._raises_shortage:
                    raise_shortage(OSError(reply.errno, os.strerror(reply.errno)))
                return reply.words or os.strerror(reply.errno)
        return ""

    def _describe(self, kind: str, message: bytes) -> str:
        where = describe_location(self._handle.netns)
        names = dict(self._before.links)
        if kind == "route":
            route = read_route(self._handle.netns, names, message)
            if route is not None:
                return f"route {describe_route(route)} {where}"
        if kind == "address":
            reply = read_address(message)
            return f"address {reply.address} of {names.get(reply.ifindex, '')} {where}"
        return f"a {kind} {where}"
