# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until something may have changed that a topology depends on.

While nothing changes, it costs some system calls a second.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from typing import TYPE_CHECKING

from .._host.files import allow_many_files
from .._host.netns import file_identity, identify_netns, inside_netns, open_netns, path_of
from .._host.watched_processes import WatchedProcesses
from .._host.watched_values import WatchedValues
from .._model.fast_dataclass import dataclass
from .._netlink.notifications import EVERYTHING, Notifications, subscribe_to_rules

if TYPE_CHECKING:
    from .._host.child import Child
    from .._host.netns import NetnsIdentity
    from .._host.pids import Pid

INTERVAL = 1.0
"""Seconds between two looks at what the kernel does not notify of."""
_MOUNTS = "/proc/self/mounts"
"""poll(2) tells when something was mounted or unmounted, such as the name of a namespace."""


@dataclass(frozen=True)
class Places:
    """What a topology depends on."""

    namespaces: tuple[str, ...] = ()
    with_rules: tuple[str, ...] = ()
    """The namespaces whose packet filters matter. That of the host always does."""
    files: tuple[str, ...] = ()
    sysctls: tuple[tuple[str | None, str], ...] = ()
    processes: tuple[Pid, ...] = ()
    """What ends with the processes of the topology."""


class _Subscription:
    """The sockets in one namespace, which keep it in existence."""

    def __init__(self, descriptor: int | None, identity: NetnsIdentity, with_rules: bool) -> None:
        self.identity, self.with_rules = identity, with_rules
        with inside_netns(descriptor):
            self.sockets = [Notifications(EVERYTHING)]
            rules = subscribe_to_rules() if with_rules else None
        self.sockets += [] if rules is None else [rules]


class Listener:
    """Listens on the host, and in the namespaces of a topology."""

    def __init__(self) -> None:
        allow_many_files()
        self._poll = select.epoll()
        self._mounts = os.open(_MOUNTS, os.O_RDONLY | os.O_CLOEXEC)
        self._poll.register(self._mounts, select.EPOLLPRI)
        self._subscriptions: dict[str | None, _Subscription] = {}
        self._sockets: dict[int, Notifications] = {}
        self._values = WatchedValues()
        self._processes = WatchedProcesses()
        self._poll.register(self._processes.fileno(), select.EPOLLIN)
        self._places = Places()
        self._next_look = 0.0
        self._is_changed = False
        self._add(None, _Subscription(None, identify_netns(None), with_rules=True))

    def close(self) -> None:
        """Close everything. A child of this process does so, or it would keep namespaces."""
        for socket in self._sockets.values():
            socket.close()
        os.close(self._mounts)
        self._values.close()
        self._processes.close()
        self._poll.close()

    def begin(self, places: Places) -> None:
        """Begin to listen at these places. What was changed until now is forgotten."""
        self._places = places
        self._drop_ended()
        for name in places.namespaces:
            known = self._subscriptions.get(name)
            with_rules = name in places.with_rules
            if known is not None and known.with_rules < with_rules:
                self._drop(name)
            if name not in self._subscriptions:
                self._subscribe(name, with_rules)
        for socket in self._sockets.values():
            socket.drain()
        self._values.begin(places.sysctls, places.files)
        self._processes.begin(places.processes)
        self._next_look = time.monotonic() + INTERVAL
        self._is_changed = False

    def wait(self, seconds: float) -> None:
        """Wait until something changes, or for that time."""
        end = time.monotonic() + seconds
        while not self._is_changed and (now := time.monotonic()) < end:
            self._serve(max(0.0, min(end, self._next_look) - now))
            if time.monotonic() >= self._next_look:
                self._next_look = time.monotonic() + INTERVAL
                self._is_changed |= self._values.look() | self._processes.look()

    def gather(self, quiet: float, limit: float) -> None:
        """Wait until nothing has changed for some seconds, at most for as long as the limit."""
        end = time.monotonic() + limit
        while (left := end - time.monotonic()) > 0 and self._serve(min(quiet, left)):
            pass

    def wait_for(self, child: Child) -> None:
        """Wait for what a child reports. Namespaces that end meanwhile are let go."""
        self._poll.register(child.fileno(), select.EPOLLIN)
        try:
            while child.fileno() not in self._serve(-1) or not child.read():
                pass
        finally:
            self._poll.unregister(child.fileno())

    def _serve(self, seconds: float) -> set[int]:
        """Wait for events, and note them. Returns the descriptors that had one."""
        events = {descriptor for descriptor, _mask in self._poll.poll(seconds)}
        if self._mounts in events and not self._drop_ended():
            events.discard(self._mounts)  # It was about something else than namespaces.
        self._is_changed |= self._mounts in events
        if self._processes.fileno() in events:
            self._processes.drop_ended()
            self._is_changed = True
        for descriptor in events & self._sockets.keys():
            self._sockets[descriptor].drain()
            self._is_changed = True
        return events

    def _add(self, name: str | None, subscription: _Subscription) -> None:
        self._subscriptions[name] = subscription
        for socket in subscription.sockets:
            self._sockets[socket.fileno()] = socket
            self._poll.register(socket.fileno(), select.EPOLLIN)

    def _subscribe(self, name: str, with_rules: bool) -> None:
        descriptor = open_netns(name)
        if descriptor is None:
            return
        try:
            identity = identify_netns(descriptor)
            self._add(name, _Subscription(descriptor, identity, with_rules))
        finally:
            os.close(descriptor)

    def _drop(self, name: str) -> None:
        for socket in self._subscriptions.pop(name).sockets:
            self._poll.unregister(socket.fileno())
            del self._sockets[socket.fileno()]
            socket.close()

    def _drop_ended(self) -> bool:
        """Let go of the namespaces that have lost their name; whether a name has changed."""
        is_changed = False
        for name in self._places.namespaces:
            known = self._subscriptions.get(name)
            if (known.identity if known else None) != _identify(name):
                is_changed = True
                if known is not None:
                    self._drop(name)
        return is_changed


def _identify(name: str) -> NetnsIdentity | None:
    with contextlib.suppress(OSError):
        return file_identity(os.lstat(path_of(name)))
    return None
