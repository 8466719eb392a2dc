# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open network namespaces, each with its netlink socket and the indexes of its links."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Optional, TypeVar

from .._netlink.link_queries import get_link
from .._netlink.link_replies import read_link
from .._netlink.socket import Socket
from .files import allow_many_files
from .netns import NOT_UNDONE, call_inside, identify_netns, leads_to, open_netns, open_own_netns
from .process_end import end_process
from .progress import Progress

if TYPE_CHECKING:
    from typing import Callable

    from .._model.owner_records import NetnsEvidence
    from .netns import NetnsIdentity

T = TypeVar("T")


class Indexes(dict[str, int]):
    """The indexes of a namespace's links, by name. An index that is missing is asked for."""

    __slots__ = ("_socket",)

    def __init__(self, socket: Socket) -> None:
        super().__init__()
        self._socket = socket

    def __missing__(self, name: str) -> int:
        (reply,) = self._socket.send([get_link(name)])
        reply.check()
        self[name] = read_link(None, reply.messages[0]).ifindex
        return self[name]

    @property
    def names(self) -> dict[int, str]:
        """The names of the known links, by index."""
        return {index: name for name, index in self.items()}


class NetnsHandle:
    """An open namespace; ``netns`` and ``descriptor`` are None for the host.

    What is noted about its links is as it was when they were last read.
    """

    __slots__ = (
        *("netns", "descriptor", "identity", "socket", "indexes", "evidence", "has_name"),
        *("former", "impaired", "carrier_pending", "ipv6_disabled", "addresses", "has_bridges"),
        *("links", "altnames", "peers", "unlisted_ipv4", "promoting", "unfinished", "filtering"),
        *("hardware", "forwarding"),
    )

    def __init__(
        self, netns: str | None, descriptor: int | None, identity: NetnsIdentity, socket: Socket
    ) -> None:
        self.netns, self.descriptor = netns, descriptor
        self.identity, self.socket = identity, socket
        self.indexes = Indexes(socket)
        self.evidence: NetnsEvidence = (*identity, self._find_cookie())
        """What shows until the next boot that a namespace is this one."""
        self.has_name = True
        """Whether the name leads to it. Else it is going to, and is observed as if it did."""
        self.former: NetnsEvidence | None = None
        """What shows to which namespace the name leads instead, if it exists."""
        self.impaired = False
        """Whether a link had a netem or tbf, ours or not."""
        self.carrier_pending: dict[str, str] = {}
        """The links that were up but did not send yet, each with its bridge ("" for none)."""
        self.ipv6_disabled: list[str] = []
        """The links with disable_ipv6."""
        self.addresses: dict[tuple[str, str], list[bytes]] = {}
        """The messages about the addresses, by link and ADDRESS/LENGTH, a message a peer."""
        self.has_bridges = True
        """Whether there was a bridge or a VXLAN."""
        self.links: list[bytes] = []
        """The messages about the links, if there was a bridge or a VXLAN."""
        self.altnames: dict[str, str] = {}
        """The names of links by their alternative names."""
        self.peers: dict[tuple[str, str], str] = {}
        """The networks of peers, by link and address."""
        self.unlisted_ipv4: set[str] = set()
        """The links with an IPv4 address that is not listed."""
        self.promoting: list[str] = []
        """The links with promote_secondaries."""
        self.unfinished: list[str] = []
        """The links in the group of those that this collection has not completed."""
        self.filtering = False
        """Whether a bridge filtered VLANs."""
        self.hardware: dict[str, str] = {}
        """What identifies the links that are hardware."""
        self.forwarding: dict[str, str | None] = {}
        """net.ipv4.conf.LINK.forwarding of each link."""

    def _find_cookie(self) -> int:
        cookie = self.socket.netns_cookie
        if cookie is not None:
            return cookie
        # The inode was created at that time, and exists as long as the namespace has a name.
        return 0 if self.descriptor is None else os.fstat(self.descriptor).st_ctime_ns

    def close(self) -> None:
        """Close the socket and the descriptor."""
        self.socket.close()
        if self.descriptor is not None:
            os.close(self.descriptor)


Handles = dict[Optional[str], NetnsHandle]
"""Open namespaces by their names, the host's by None."""


class NetnsHandles:
    """All namespaces that are open."""

    def __init__(self) -> None:
        allow_many_files()  # two for each namespace
        self._handles: dict[str | None, NetnsHandle] = {}
        self._removed: dict[str, NetnsHandle] = {}
        self.keeps_removed = True
        """Whether namespaces whose names are removed stay open."""
        self.host_identity = identify_netns(None)
        self._own: int | None = None
        """A descriptor of the host's namespace, to which the calling thread returns."""
        self.progress = Progress()

    def require_host(self) -> None:
        """End the process if the calling thread is not in the host's namespace.

        A signal that raises an exception can come where :func:`inside_netns` is about to return.
        """
        if identify_netns(None) != self.host_identity:
            end_process(f"left in another network namespace than the host's. {NOT_UNDONE}")

    def close(self) -> None:
        """Close all of them."""
        self.progress.close()
        self.end_removed()
        for handle in self._handles.values():
            handle.close()
        self._handles.clear()
        if self._own is not None:
            os.close(self._own)
            self._own = None

    def note_removal(self, netns: str) -> None:
        """Keep a namespace open whose name is going to be removed, with all that is in it."""
        handle = self.open(netns) if self.keeps_removed else None
        if handle is not None:
            self._removed[netns] = self._handles.pop(netns)
        else:
            self.forget(netns)

    def end_removed(self) -> None:
        """Let the namespaces end whose names were removed."""
        self.keeps_removed = False
        while self._removed:
            self._removed.popitem()[1].close()

    def find_removed(self, netns: str) -> NetnsHandle | None:
        """The namespace whose name was removed, if it is still open."""
        return self._removed.get(netns)

    def reuse_removed(self, netns: str) -> None:
        """Note that a namespace whose name was removed has it again."""
        self._handles[netns] = self._removed.pop(netns)

    @property
    def all(self) -> list[NetnsHandle]:
        """The handles, in the order in which they were opened."""
        return list(self._handles.values())

    def open(self, netns: str | None) -> NetnsHandle | None:
        """The namespace of that name; None if there is none, and for the host under a name.

        It is opened if it is not open, or if another namespace has got the name since.
        """
        if netns is None:
            if None not in self._handles:
                self._handles[None] = NetnsHandle(None, None, identify_netns(None), Socket())
            return self._handles[None]
        known = self._handles.get(netns)
        if known is not None and leads_to(netns, known.identity):
            known.has_name, known.former = True, None
            return known
        self.forget(netns)
        descriptor = open_netns(netns)
        if descriptor is None:
            return None
        identity = identify_netns(descriptor)
        if identity == self.host_identity:
            # Its links, routes and rules are the host's, and are observed and changed as such.
            os.close(descriptor)
            return None
        return self.add(netns, descriptor, identity=identity)

    def add(
        self,
        netns: str,
        descriptor: int,
        socket: Socket | None = None,
        identity: NetnsIdentity | None = None,
    ) -> NetnsHandle:
        """Take over an open descriptor, and a socket inside if there is one already.

        :param identity: that of the namespace, if it is known already.
        """
        if socket is None:
            socket = call_inside(descriptor, self._open_own(), Socket)
        identity = identity or identify_netns(descriptor)
        self._handles[netns] = NetnsHandle(netns, descriptor, identity, socket)
        return self._handles[netns]

    def expect(self, netns: str, descriptor: int) -> NetnsHandle:
        """Have a name mean a namespace that is going to get it, until it is opened again.

        :param descriptor: that namespace, which is taken over.
        """
        current = self.open(netns)
        former = None if current is None else current.evidence
        self.forget(netns)
        handle = self.add(netns, descriptor)
        handle.has_name, handle.former = False, former
        return handle

    def take(self, netns: str) -> NetnsHandle | None:
        """Give the handle of a name that was expected to the caller; None if it was not."""
        handle = self._handles.get(netns)
        return None if handle is None or handle.has_name else self._handles.pop(netns)

    def put(self, netns: str, handle: NetnsHandle) -> None:
        """Note that the name leads to the namespace of a handle now."""
        handle.has_name, handle.former = True, None
        self._handles[netns] = handle

    def call_inside(self, netns: str | None, function: Callable[[], T]) -> T:
        """Call a function in a namespace.

        :raises FileNotFoundError: there is no such namespace.
        """
        descriptor = self.get(netns).descriptor
        if descriptor is None:
            return function()
        return call_inside(descriptor, self._open_own(), function)

    def _open_own(self) -> int:
        if self._own is None:
            self._own = open_own_netns()
        return self._own

    def forget(self, netns: str) -> None:
        """Close a namespace, if it is open."""
        handle = self._handles.pop(netns, None)
        if handle is not None:
            handle.close()

    def get(self, netns: str | None) -> NetnsHandle:
        """The namespace of that name, which must exist.

        :raises FileNotFoundError: there is none.
        """
        known = self._handles.get(netns)
        handle = known if known is not None else self.open(netns)
        if handle is None:
            raise FileNotFoundError(f"there is no namespace {netns}")
        return handle
