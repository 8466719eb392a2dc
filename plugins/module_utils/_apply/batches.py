# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink messages that wait to be sent together, a batch for each namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .._host.sysctl import BooleanSysctls
from .._model.link_options import WireguardOptions
from .._model.links import IPV6_SETTINGS, Link, LinkRef, Veth
from .._netlink import uapi
from .._netlink.link_replies import read_link
from .._netlink.socket import Reply, Request
from .link_errors import explain_error, is_nothing_left
from .naming import naming
from .retry import BusyRetry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import NetnsHandle, NetnsHandles
    from .._model.changes import Change

Batch = tuple[Optional[str], list[Request]]
"""Messages for one namespace.

The next batch of a change is sent only if the one before it worked. A link is marked by its name,
and if creating it failed, that name is the name of another link.
"""


_NO_SYSCTLS: dict[str, str] = {}


class _PendingChange:
    """A change whose messages wait, and what became of them."""

    __slots__ = ("batches", "change", "error", "in_doubt", "sysctls", "wireguard")

    def __init__(self, change: Change, batches: list[Batch]) -> None:
        self.change = change
        self.batches = batches
        self.sysctls = _NO_SYSCTLS
        self.wireguard: WireguardOptions | None = None
        self.error: OSError | None = None
        self.in_doubt = False
        """Whether a part of it may have been done."""


class MessageQueue:
    """Changes whose messages wait. They are sent in batches, in the order of the changes."""

    def __init__(self, handles: NetnsHandles) -> None:
        self._handles = handles
        self.busy_retry = BusyRetry()
        self._boolean_sysctls = BooleanSysctls()
        self.clear()

    def clear(self) -> None:
        """Drop all changes."""
        self._pending: list[_PendingChange] = []
        self._unsettled: set[LinkRef] = set()
        # Kept beside the list, because they are read for each of thousands of changes.
        self.has_arrivals = self.has_removals = self.has_updates = False

    def __len__(self) -> int:
        return len(self._pending)

    def knows(self, netns: str | None, link: str) -> bool:
        """See ``PendingMessages``."""
        return link in self._handles.get(netns).indexes

    def is_unsettled(self, link: LinkRef) -> bool:
        """See ``PendingMessages``."""
        return link in self._unsettled

    def add(self, change: Change, batches: list[Batch]) -> None:
        """Add a change, with its messages."""
        pending = _PendingChange(change, batches)
        if isinstance(change.before, Link) and isinstance(change.after, Link):
            pending.sysctls = _list_sysctls(change.before, change.after)
            pending.wireguard = _find_wireguard_options(change.before, change.after)
            if pending.sysctls or pending.wireguard:
                self._unsettled.add(change.after.ref)
        self._pending.append(pending)
        self.has_arrivals = self.has_arrivals or _is_arrival(change)
        self.has_removals = self.has_removals or change.after is None
        self.has_updates = self.has_updates or change.after is not None

    def add_independent(self, change: Change, batches: list[Batch]) -> None:
        """Add a change for which no other has to wait."""
        self._pending.append(_PendingChange(change, batches))

    def flush(self, journal: list[Change]) -> None:
        """Send all messages.

        :param journal: receives the changes that were made, and those in doubt, whatever happens.
        :raises Failed: a change failed.
        """
        pending = self._pending
        self.clear()
        try:
            self._send_all(pending, len(journal))
            for item in pending:
                if item.error is None and (item.sysctls or item.wireguard is not None):
                    self._settle(item)
            made = [item.change for item in pending if item.error is None or item.in_doubt]
        except BaseException:
            # Changes without messages come with others.
            journal += [item.change for item in pending if item.in_doubt or not item.batches]
            raise
        journal += made
        for item in pending:
            if item.error is not None:
                with naming(item.change):
                    raise item.error

    def _send_all(self, pending: list[_PendingChange], done: int) -> None:
        for number in range(max((len(item.batches) for item in pending), default=0)):
            by_netns: dict[str | None, list[_PendingChange]] = {}
            for item in pending:
                if len(item.batches) > number and item.error is None:
                    by_netns.setdefault(item.batches[number][0], []).append(item)
            for netns, group in by_netns.items():
                self._send(netns, group, number)
                done += sum(len(item.batches) == number + 1 for item in group)
                self._handles.progress.reach(done)

    def _send(self, netns: str | None, group: list[_PendingChange], number: int) -> None:
        requests = [request for item in group for request in item.batches[number][1]]
        was_done = [item.in_doubt for item in group]
        # The messages may arrive although their replies do not, whatever happens meanwhile.
        for item in group:
            item.in_doubt = True
        try:
            handle = self._handles.get(netns)
            replies = iter(handle.socket.send(requests))
        except OSError as error:
            for item in group:
                item.error = error
            return
        answers = [
            (item, [next(replies) for _request in item.batches[number][1]]) for item in group
        ]
        # All that was done is noted first: to read a reply can fail.
        for is_done, (item, own_replies) in zip(was_done, answers):
            item.in_doubt = is_done or _has_effect(item.batches[number][1], own_replies)
        for item, own_replies in answers:
            last_replies = own_replies
            if any(reply.errno for reply in own_replies):
                own_requests = item.batches[number][1]
                last_replies = self.busy_retry.send_again(
                    handle.socket, item.change, own_requests, own_replies
                )
                item.in_doubt = item.in_doubt or _has_effect(own_requests, last_replies)
            for reply in last_replies:
                _record_reply(handle, item, reply)

    def _settle(self, item: _PendingChange) -> None:
        """Set what no message can set: sysctls of a link, and WireGuard options."""
        try:
            self._settle_link(item)
        except BaseException:
            item.in_doubt = True
            raise

    def _settle_link(self, item: _PendingChange) -> None:
        before, link = item.change.before, item.change.after
        if isinstance(before, Link) and isinstance(link, Link):
            self._handles.call_inside(link.netns, lambda: self._settle_inside(item, before, link))

    def _settle_inside(self, item: _PendingChange, before: Link, link: Link) -> None:
        if item.wireguard is not None:
            _alter_wireguard(item, before, link, item.wireguard)
        for key, value in item.sysctls.items():
            was_on = getattr(before, key.rpartition("/")[2]) is True
            try:
                self._boolean_sysctls.write(link.netns, key, value, was_on)
                item.in_doubt = True
            except FileNotFoundError:
                pass  # Without IPv6 there is no such sysctl, and nothing for it to prevent.
            except OSError as error:
                item.error = error


def _has_effect(requests: Sequence[Request], replies: Sequence[Reply]) -> bool:
    """Whether one of the requests succeeded that change something."""
    for request, reply in zip(requests, replies):
        if not reply.errno and request.type != uapi.RTM_GETLINK:
            return True
    return False


def _record_reply(handle: NetnsHandle, item: _PendingChange, reply: Reply) -> None:
    if reply.errno and not is_nothing_left(item.change, reply.errno):
        item.error = item.error or OSError(reply.errno, explain_error(item.change, reply))
    if reply.messages:
        found = read_link(handle.netns, reply.messages[0])
        handle.indexes[found.link.name] = found.ifindex


def _alter_wireguard(
    item: _PendingChange, before: Link, link: Link, options: WireguardOptions
) -> None:
    # Only tasks with WireGuard need it. A rollback finds it loaded: the link was observed.
    from .._netlink.wireguard import alter_wireguard

    old = before.options if isinstance(before.options, WireguardOptions) else None
    try:
        alter_wireguard(link.name, old, options)
    except OSError as error:
        item.error, item.in_doubt = error, True


def _is_arrival(change: Change) -> bool:
    """Whether a link is created, moved or renamed: its index has to be learned."""
    before, after = change.before, change.after
    if isinstance(before, Link) and isinstance(after, Link):
        return before.ref != after.ref
    return before is None and isinstance(after, (Link, Veth))


def _list_sysctls(before: Link, after: Link) -> dict[str, str]:
    """The sysctls that a change of a link sets, by their paths."""
    return {
        f"net/ipv6/conf/{after.name}/{name}": str(int(getattr(after, name)))
        for name in IPV6_SETTINGS
        if getattr(after, name) not in (None, getattr(before, name))
    }


def _find_wireguard_options(before: Link, after: Link) -> WireguardOptions | None:
    """The WireGuard options that a change of a link sets."""
    if after.options == before.options or not isinstance(after.options, WireguardOptions):
        return None
    return after.options
