# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creates many namespaces in a process of its own, while this one configures the first of them.

Creating the namespaces is half of the kernel's work on a lab of a thousand, and a second processor
does it at the same time. A thread would not do: composing messages holds the interpreter lock.
"""

from __future__ import annotations

import errno
import os
import select
import socket
from typing import TYPE_CHECKING, Callable

from .._host.netns_mounts import create_netns, prepare_netns_directory, remove_netns
from .._host.netns_names import find_own_names, is_unfinished
from .._model.errors import Failed, NetnsError, describe_error
from .._model.fast_replace import replace
from .._model.links import Link
from .._model.netns import Netns
from .._netlink.socket import Socket
from .naming import naming

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._host.netns_handles import NetnsHandles
    from .._model.changes import Change

MIN_NAMESPACES = 64
"""The number of namespaces from which a process of its own is worth its start."""

_MAX_MESSAGE = 4096
_CREATED = b"\0"
"""The message that accompanies the descriptors of a namespace. Any other is an error message."""

CreatedNetns = tuple[int, Socket]
"""A descriptor of a namespace, and a socket in it."""


class NetnsWorker:
    """The process. It stops on request, at an error, and when its parent process has ended."""

    def __init__(self, names: Sequence[str], open_socket: Callable[[str], Socket]) -> None:
        """Start it at once. ``open_socket`` is called in each namespace, with its name."""
        # In this process, which has to know whether it made the directory.
        prepare_netns_directory()
        self._pipe, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._created = 0
        self._pid = os.fork()
        if not self._pid:
            self._pipe.close()
            _run_worker(far_end, names, open_socket)
        far_end.close()

    def receive(self) -> CreatedNetns:
        """The next namespace, as soon as it is created. The caller has to close it.

        :raises Failed: it was not created, and none after it.
        :raises OSError: it was created, and this process cannot receive it.
        """
        message, descriptors, flags, _address = socket.recv_fds(
            self._pipe, _MAX_MESSAGE, 2, socket.MSG_CMSG_CLOEXEC
        )
        self._created += message == _CREATED
        if flags & socket.MSG_CTRUNC:
            for descriptor in descriptors:
                os.close(descriptor)
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        if message != _CREATED:
            raise Failed(
                message.decode("utf-8", "replace")
                or "the process that creates namespaces ended unexpectedly"
            )
        return descriptors[0], Socket.adopt(descriptors[1])

    def stop(self) -> int:
        """Stop the process, and wait for its end.

        :return: the number of namespaces that it created, received or not.
        """
        self._pipe.shutdown(socket.SHUT_WR)
        try:
            # recv closes the descriptors. Error messages do not matter any more.
            while self._pipe.recv(_MAX_MESSAGE) == _CREATED:
                self._created += 1
        finally:
            self._pipe.close()
            os.waitpid(self._pid, 0)
        return self._created


class NetnsCreation:
    """The namespaces that the worker creates."""

    def __init__(self, handles: NetnsHandles) -> None:
        self._handles = handles
        self._worker: NetnsWorker | None = None
        self.pending: dict[str, Change] = {}
        """The changes that create them, by name, in the order in which they are created."""
        self._received = 0
        self._loopback_changes: dict[str, tuple[Link, Change]] = {}

    def begin(self, changes: Sequence[Change], open_socket: Callable[[str | None], Socket]) -> None:
        """Start the worker if there are many. ``open_socket`` is called inside, with the owner."""
        created_by: dict[str, Change] = {}
        owners: dict[str, str | None] = {}
        for change in changes:
            if not isinstance(change.after, Netns) or change.after.attached is not None:
                continue
            if change.before is None:
                created_by[change.after.name] = change
                owners[change.after.name] = change.after.owner
        if len(created_by) < MIN_NAMESPACES:
            return
        self._worker = NetnsWorker(list(created_by), lambda name: open_socket(owners[name]))
        self.pending, self._received = created_by, 0
        for change in changes:
            loopback = _find_loopback(change)
            if loopback is not None and loopback.netns in created_by:
                self._loopback_changes[loopback.netns] = (loopback, change)

    def is_loopback_change(self, change: Change) -> bool:
        """Whether :meth:`await_namespaces` returns this change."""
        if not self._loopback_changes or not isinstance(change.after, Link):
            return False
        found = self._loopback_changes.get(change.after.netns or "")
        return found is not None and found[1] is change

    def await_namespaces(
        self, namespaces: Iterable[str | None], journal: list[Change]
    ) -> list[tuple[Link, Change]]:
        """Wait until these namespaces exist.

        :param journal: receives the change of each that was created meanwhile.
        :return: the changes that set up their loopbacks, each with its link.
        :raises Failed: one of them could not be created.
        """
        loopbacks: list[tuple[Link, Change]] = []
        for netns in namespaces:
            while netns in self.pending and self._worker is not None:
                name, change = next(iter(self.pending.items()))
                with naming(change):
                    created = self._worker.receive()
                self._add(name, created, journal)
                if name in self._loopback_changes:
                    loopbacks.append(self._loopback_changes[name])
        return loopbacks

    def finish(self, journal: list[Change]) -> None:
        """Wait for all namespaces."""
        self.await_namespaces(list(self.pending), journal)

    def stop(self, journal: list[Change]) -> None:
        """Stop the worker. ``journal`` receives the changes of all that were created by then."""
        worker, self._worker = self._worker, None
        if worker is not None:
            created = worker.stop() - self._received
            remaining = list(self.pending.items())
            journal += [change for _name, change in remaining[:created]]
            # If the worker was killed, it could not report the next.
            for name, change in remaining[created : created + 1]:
                if self._is_begun(name):
                    journal.append(change)
        self.pending, self._loopback_changes = {}, {}

    def _is_begun(self, name: str) -> bool:
        """Whether the worker created a namespace of that name, completely or not."""
        try:
            if self._handles.open(name) is None:
                return is_unfinished(name)
            return name in find_own_names()
        except Exception:
            return False

    def _add(self, name: str, created: CreatedNetns, journal: list[Change]) -> None:
        self._handles.add(name, *created).indexes["lo"] = 1
        journal.append(self.pending.pop(name))
        self._received += 1


def _find_loopback(change: Change) -> Link | None:
    """The loopback that a change sets up, if it does nothing else."""
    before, after = change.before, change.after
    if not isinstance(before, Link) or not isinstance(after, Link) or after.name != "lo":
        return None
    return after if after == replace(before, up=True) else None


def _run_worker(
    pipe: socket.socket, names: Sequence[str], open_socket: Callable[[str], Socket]
) -> None:
    """Create the namespaces, and end the process: the rest of the program is its parent's."""
    try:
        for name in names:
            if select.select([pipe], [], [], 0)[0]:
                return  # The parent sends nothing: the pipe is closed.
            _create(pipe, name, open_socket)
    except OSError as error:
        pipe.send(describe_error(error).encode()[:_MAX_MESSAGE])
    except NetnsError as error:
        pipe.send(str(error).encode()[:_MAX_MESSAGE])
    finally:
        os._exit(0)


def _create(pipe: socket.socket, name: str, open_socket: Callable[[str], Socket]) -> None:
    descriptor, own_socket = create_netns(name, lambda: open_socket(name))
    try:
        socket.send_fds(pipe, [_CREATED], [descriptor, own_socket.fileno()])
    except BaseException:
        # The parent does not know of it.
        remove_netns(name)
        raise
    finally:
        own_socket.close()
        os.close(descriptor)
