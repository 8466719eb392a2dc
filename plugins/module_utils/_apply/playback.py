# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restores what a killed run has changed of others.

Every step is taken only where something differs, so that it does no harm to take it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .._describe.links import describe_link
from .._describe.places import describe_location
from .._host.netns import inside_netns
from .._host.sysctl import read_sysctl, write_sysctl
from .._model.errors import Failed, describe_exception
from .._model.fast_replace import replace
from .._model.link_alias import names_host_link
from .._model.links import PORT_FLAGS
from .._netlink.addresses import delete_address
from .._netlink.link_requests import alter_link, move_link
from .._netlink.uapi import SHORTAGE_ERRORS
from .._observe.links import read_links
from .link_errors import is_missing
from .links import find_descriptor
from .restore import restore_state, select_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import NetnsHandle, NetnsHandles
    from .._model.addresses import Address
    from .._model.foreign_state import ForeignLink, ForeignState
    from .._model.links import Link, LinkRef
    from .._model.netns import Sysctl
    from .._model.raw_state import RawState
    from .._netlink.socket import Request

T = TypeVar("T")


class Playback:
    """What was restored, and what could not be, in words."""

    def __init__(self, handles: NetnsHandles, state: ForeignState) -> None:
        self._handles = handles
        self._state = state
        self._moved: set[LinkRef] = set()
        self.restored: list[str] = []
        self.failed: list[str] = []
        self.postponed: list[str] = []
        """What this process or the kernel had no room for. It can be restored later."""

    def run(self) -> None:
        """Restore links, their addresses, and kernel parameters. What fails stops nothing else."""
        for foreign in self._state.links:
            self._attempt(describe_link(foreign.link), self._restore_link, foreign)
        for address in self._state.addresses:
            what = f"address {address.address} of {address.link} {describe_location(address.netns)}"
            self._attempt(f"the removal of {what}", self._remove_address, address)
        for raw in self._state.raw:
            what = f"what the kernel had dropped {describe_location(raw.netns)}"
            self._attempt(what, self._restore_raw, raw)
        # The newest first, as a rollback does.
        for sysctl in reversed(self._state.sysctls):
            what = f"{sysctl.key_path.replace('/', '.')} {describe_location(sysctl.netns)}"
            self._attempt(what, self._restore_sysctl, sysctl)

    def _attempt(self, what: str, restore: Callable[[T], bool], resource: T) -> None:
        try:
            if restore(resource):
                self.restored.append(what)
        except Exception as error:
            is_short = isinstance(error, OSError) and error.errno in SHORTAGE_ERRORS
            found = self.postponed if is_short else self.failed
            found.append(f"{what} ({describe_exception(error)})")

    def _open(self, netns: str | None) -> NetnsHandle | None:
        """A namespace of the journal; None if it is another one that has the name now."""
        handle = self._handles.open(netns)
        if handle is None or netns is None:
            return handle
        return handle if handle.identity == self._state.namespaces.get(netns) else None

    def _restore_link(self, foreign: ForeignLink) -> bool:
        before, now = foreign.link, self._find(foreign)
        if now is None:
            return False  # It does not exist any more.
        is_moved = now.ref != before.ref
        if is_moved:
            now = self._move(now, before)
            self._moved.add(now.ref)
        handle = self._handles.get(now.netns)
        wanted = _restore_attributes(now, before)
        master, index = wanted.bridge or wanted.vrf, None
        if master:
            try:
                index = handle.indexes[master]
            except OSError:
                wanted = replace(wanted, bridge=now.bridge, vrf=now.vrf)
        # Up comes last: an MTU or a MAC address may need a link that is down.
        almost = replace(wanted, up=now.up)
        requests = [*alter_link(now, almost, index), *alter_link(almost, wanted, index)]
        _send(handle, requests)
        return is_moved or bool(requests)

    def _find(self, foreign: ForeignLink) -> Link | None:
        """Where the link is now: where it was, or else where it was to come."""
        ref = foreign.link.ref
        handle = self._open(ref[0])
        if handle is not None:
            found = read_links([handle]).get(ref)
            if found is not None and handle.indexes[ref[1]] == foreign.ifindex:
                return found
        peer = foreign.link.peer
        for place in reversed(foreign.places):
            namespaces = {place[0], peer[0] if peer else None}
            handles = [self._handles.open(netns) for netns in namespaces]
            found = read_links(filter(None, handles)).get(place)
            if found is not None and _is_same(found, foreign.link):
                return found
        return None

    def _move(self, now: Link, before: Link) -> Link:
        source, target = self._handles.get(now.netns), self._open(before.netns)
        if target is None:
            raise Failed("its namespace does not exist any more")
        descriptor = None
        if now.netns != before.netns:
            descriptor = find_descriptor(before.netns, self._handles)
        elif now.up:
            # Older kernels rename only links that are down.
            _send(source, alter_link(now, replace(now, up=False), None))
        _send(source, [move_link(source.indexes[now.name], before.name, descriptor)])
        return read_links([target])[before.ref]

    def _remove_address(self, address: Address) -> bool:
        handle = self._handles.open(address.netns)
        if handle is None:
            return False
        try:
            index = handle.indexes[address.link]
        except OSError:
            return False
        (reply,) = handle.socket.send([delete_address(index, address.address)])
        if is_missing(reply.errno):
            return False
        reply.check()
        return True

    def _restore_raw(self, raw: RawState) -> bool:
        handle = self._open(raw.netns)
        if handle is None:
            return False
        read_links([handle])
        # Another link may have got the name meanwhile.
        links = {
            index: name
            for index, name in raw.links.items()
            if handle.indexes.get(name) == index or (raw.netns, name) in self._moved
        }
        raw = replace(raw, links=links)
        if not select_missing(self._handles, raw):
            return False
        self.failed += restore_state(self._handles, raw, raises_shortage=True)
        return True

    def _restore_sysctl(self, sysctl: Sysctl) -> bool:
        handle = self._open(sysctl.netns)
        if handle is None or sysctl.value is None:
            return False
        with inside_netns(handle.descriptor):
            if read_sysctl(sysctl.key_path) in (None, sysctl.value):
                return False
            write_sysctl(sysctl.key_path, sysctl.value)
            return True


def _is_same(found: Link, before: Link) -> bool:
    """Whether a link at a place to which another was to come is that one.

    Root in a namespace can create links there, with any name, alias and address. It cannot create
    hardware, or the other end of a link of the host.
    """
    if found.kind != before.kind:
        return False
    if before.peer is not None:
        return found.peer == before.peer
    return found.mac == before.mac or (found.kind == "" and names_host_link(found.alias))


def describe_unfinished(state: ForeignState, path: str) -> str:
    """What a killed run may have left changed."""
    names = [describe_link(foreign.link) for foreign in state.links]
    names += [f"routes and addresses {describe_location(raw.netns)}" for raw in state.raw]
    names += [sysctl.key_path.replace("/", ".") for sysctl in state.sysctls]
    return (
        f"a task was killed while it changed {'; '.join(names)}; the next task that is not in "
        f"check mode restores that first, from {path}"
    )


def _restore_attributes(now: Link, before: Link) -> Link:
    """A link with all attributes that it had, as far as these are known.

    Settings that are kernel parameters are restored as such.
    """
    known: dict[str, Any] = {
        name: getattr(before, name)
        for name in ("up", "mtu", "mac", "txqueuelen", "arp", "promisc", "link_local", *PORT_FLAGS)
        if getattr(before, name) is not None
    }
    options = now.options if before.options is None else before.options
    return replace(
        now,
        **known,
        bridge=before.bridge,
        vrf=before.vrf,
        owner=before.owner,
        saved=before.saved,
        alias=before.alias,
        options=options,
    )


def _send(handle: NetnsHandle, requests: Sequence[Request]) -> None:
    for reply in handle.socket.send(requests):
        reply.check()
