# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes many namespaces in a process of its own: what is in the first is furnished while the kernel makes the next.

Half of the kernel's work on a lab of a thousand is the making of namespaces, and two processors do that beside the rest. It is
no thread, for whoever packs messages would keep the interpreter from it.
"""

from __future__ import annotations

import errno
import os
import select
import socket
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Tuple, cast

from .._host.netns import create_netns, is_unfinished, prepare_netns_directory, remove_netns
from .._host.netns_handles import NetnsHandles
from .._model.changes import Change
from .._model.errors import Failed, NetnsError, describe_error
from .._model.fast_replace import replace
from .._model.links import Link
from .._model.netns import Netns
from .._netlink.socket import Socket
from .._observe.links import read_links
from .._render.actions import naming

MIN_NAMESPACES = 64
"""Namespaces for which a process of its own is worth it."""

_MOST_WORDS = 4096
_DONE = b"\0"
"""What goes along with the descriptors of each; anything else is why there is none."""

CreatedNetns = Tuple[int, Socket]
"""A descriptor of a namespace, and a socket in it."""


class NetnsWorker:
    """The process. It stops when it is told to, when something fails, and when who started it has gone."""

    def __init__(self, names: Sequence[str], furnish: Callable[[str], Socket]) -> None:
        """Begin at once, in this order; ``furnish`` is called inside, with the name."""
        # Here, for this process knows then whether it is to be undone.
        prepare_netns_directory()
        self._pipe, current = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._told = 0
        self._pid = os.fork()
        if not self._pid:
            self._pipe.close()
            _work(current, names, furnish)
        current.close()

    def take(self) -> CreatedNetns:
        """The next namespace, when it is made; it is then the caller's.

        :raises Failed: it was not made, nor is any behind it.
        :raises OSError: it was made, and this process cannot have it.
        """
        words, descriptors, flags, _address = socket.recv_fds(
            self._pipe, _MOST_WORDS, 2, socket.MSG_CMSG_CLOEXEC
        )
        self._told += words == _DONE
        if flags & socket.MSG_CTRUNC:
            for descriptor in descriptors:
                os.close(descriptor)
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        if words != _DONE:
            raise Failed(
                words.decode("utf-8", "replace")
                or "the process that makes namespaces has ended before its time"
            )
        return descriptors[0], Socket.adopt(descriptors[1])

    def stop(self) -> int:
        """How many were made, taken or not. No other is made then, and the process has ended."""
        self._pipe.shutdown(socket.SHUT_WR)
        try:
            # Their descriptors are let go. What failed there is of no interest to who wants no more.
            while self._pipe.recv(_MOST_WORDS) == _DONE:
                self._told += 1
        finally:
            self._pipe.close()
            os.waitpid(self._pid, 0)
        return self._told


class NetnsCreation:
    """The namespaces that another process is making, as they come."""

    def __init__(self, handles: NetnsHandles) -> None:
        self._rooms = handles
        self._maker: Optional[NetnsWorker] = None
        self.pending: Dict[str, Change] = {}
        """What makes them, by their names, in the order in which they come."""
        self._come = 0
        self._raising: Dict[Optional[str], Change] = {}

    def begin(self, changes: Sequence[Change], furnish: Callable[[Optional[str]], Socket]) -> None:
        """Have them made, if they are many. ``furnish`` is called inside, with the owner."""
        fresh = {
            change.after.name: change
            for change in changes
            if isinstance(change.after, Netns) and change.before is None
        }
        if len(fresh) >= MIN_NAMESPACES:
            owners = {
                name: change.after.owner
                for name, change in fresh.items()
                if isinstance(change.after, Netns)
            }
            self._maker, self.pending, self._come = (
                NetnsWorker(list(fresh), lambda name: furnish(owners[name])),
                fresh,
                0,
            )
            self._raising = {
                after.netns: change
                for change, after in filter(None, map(_find_raising, changes))
                if after.netns in fresh
            }

    def raises(self, change: Change) -> bool:
        """Whether a change is one of those that :meth:`wait_for` hands out."""
        return (
            bool(self._raising)
            and isinstance(change.after, Link)
            and self._raising.get(change.after.netns) is change
        )

    def await_namespaces(
        self, places: Iterable[Optional[str]], journal: List[Change]
    ) -> List[Change]:
        """Until these are there. ``journal`` receives what made each that has come; returned is what raises the loopbacks of those.

        :raises Failed: one of them could not be made.
        """
        raising: List[Change] = []
        for place in places:
            while place in self.pending:
                name, change = next(iter(self.pending.items()))
                with naming(change):
                    made = cast(NetnsWorker, self._maker).take()
                self._adopt(name, made, journal)
                raising += [self._raising[name]] if name in self._raising else []
        return raising

    def finish(self, journal: List[Change]) -> None:
        """Until all are there."""
        self.await_namespaces(list(self.pending), journal)

    def stop(self, journal: List[Change]) -> None:
        """No more are made. What has been, by then, is to be undone, whether or not somebody has waited for it."""
        maker, self._maker = self._maker, None
        made = maker.stop() - self._come if maker is not None else 0
        left = list(self.pending.items())
        journal += [change for _name, change in left[:made]]
        # Of the next it could not tell, if it was killed over it.
        journal += [
            change
            for name, change in left[made : made + 1]
            if maker is not None and self._is_begun(name, change)
        ]
        self.pending, self._raising = {}, {}

    def _is_begun(self, name: str, change: Change) -> bool:
        """Whether a name is there by us."""
        try:
            handle = self._rooms.open(name)
            if handle is None:
                return is_unfinished(name)
            return read_links([handle])[(name, "lo")].owner == cast(Netns, change.after).owner
        except OSError:
            return False

    def _adopt(self, name: str, made: CreatedNetns, journal: List[Change]) -> None:
        self._rooms.add(name, *made).indexes["lo"] = 1
        journal.append(self.pending.pop(name))
        self._come += 1


def _find_raising(change: Change) -> Optional[Tuple[Change, Link]]:
    """A change that raises a loopback and does nothing else, and what that is then."""
    before, after = change.before, change.after
    if (
        isinstance(before, Link)
        and isinstance(after, Link)
        and after.name == "lo"
        and after == replace(before, up=True)
    ):
        return change, after
    return None


def _work(pipe: socket.socket, names: Sequence[str], furnish: Callable[[str], Socket]) -> None:
    """Never returns: what the caller would do next is for the process that started this one to do."""
    try:
        for name in names:
            if select.select([pipe], [], [], 0)[0]:
                return  # Nothing is ever said to it: this is the end.
            _create(pipe, name, furnish)
    except OSError as error:
        pipe.send(describe_error(error).encode()[:_MOST_WORDS])
    except NetnsError as error:
        pipe.send(str(error).encode()[:_MOST_WORDS])
    finally:
        os._exit(0)


def _create(pipe: socket.socket, name: str, furnish: Callable[[str], Socket]) -> None:
    descriptor, made = create_netns(name, lambda: furnish(name))
    try:
        socket.send_fds(pipe, [_DONE], [descriptor, made.fileno()])
    except BaseException:
        # Nobody knows of it.
        remove_netns(name)
        raise
    finally:
        made.close()
        os.close(descriptor)
