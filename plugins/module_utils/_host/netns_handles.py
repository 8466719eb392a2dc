# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open network namespaces, each with its netlink socket and the indexes of its links."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from .._model.errors import Missing
from .._netlink.link_replies import is_immutable, read_link
from .._netlink.nla_tables import HAS_PYROUTE2
from .._netlink.rtnl_requests import get_link
from .._netlink.socket import Socket
from .kernel_features import find_netns_local_reason
from .netns import identify_netns, inside_netns, open_netns


class Indexes(Dict[str, int]):
    """The kernel's numbers of a namespace's links, by name. One that is not known is asked for."""

    def __init__(self, socket: Socket) -> None:
        super().__init__()
        self._socket = socket

    def __missing__(self, name: str) -> int:
        (reply,) = self._socket.send([get_link(name)])
        reply.check()
        self[name] = read_link(None, reply.messages[0]).ifindex
        return self[name]


@dataclass
class NetnsHandle:
    """An open namespace (``descriptor`` None: the host) and the indexes of its links."""

    netns: Optional[str]
    descriptor: Optional[int]
    identity: Tuple[int, int]
    socket: Socket
    indexes: Indexes = field(init=False)
    impaired: bool = False
    """Whether a link had an impairment when they were read, ours or not."""
    carrier_pending: Dict[str, str] = field(default_factory=dict)
    """The links that were about to carry then, each with its bridge, which comes behind its ports."""
    ipv6_disabled: List[str] = field(default_factory=list)
    """The links on which IPv6 was disabled then."""
    filtering: bool = False
    """Whether a bridge then filtered VLANs."""
    forwarding: Dict[str, Optional[str]] = field(default_factory=dict)
    """Of each link then, net.ipv4.conf.LINK.forwarding."""

    def __post_init__(self) -> None:
        self.indexes = Indexes(self.socket)

    def find_netns_local_reason(self, name: str) -> Optional[str]:
        """What binds a link to this namespace, in words; None: it can leave, or is not here."""
        (reply,) = self.socket.send([get_link(name)])
        if reply.messages and is_immutable(reply.messages[0]):
            return "is bound to its network namespace"
        return find_netns_local_reason(name)

    def close(self) -> None:
        self.socket.close()
        if self.descriptor is not None:
            os.close(self.descriptor)


class NetnsHandles:
    """All rooms that are open; closing it closes them."""

    def __init__(self) -> None:
        if not HAS_PYROUTE2:
            raise Missing("pyroute2 (Debian: python3-pyroute2)")
        # Two descriptors a namespace: the usual soft limit of 1,024 would end at 500.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._rooms: Dict[Optional[str], NetnsHandle] = {}

    def close(self) -> None:
        for handle in self._rooms.values():
            handle.close()
        self._rooms.clear()

    @property
    def all(self) -> List[NetnsHandle]:
        return list(self._rooms.values())

    def open(self, netns: Optional[str]) -> Optional[NetnsHandle]:
        """The room of that name, opened if need be; None if there is no such namespace (any more)."""
        if netns is None:
            if None not in self._rooms:
                self._rooms[None] = NetnsHandle(None, None, identify_netns(None), Socket())
            return self._rooms[None]
        descriptor = open_netns(netns)
        known = self._rooms.get(netns)
        if (
            descriptor is not None
            and known is not None
            and known.identity == identify_netns(descriptor)
        ):
            os.close(descriptor)
            return known
        self.forget(netns)
        return None if descriptor is None else self.add(netns, descriptor)

    def add(self, netns: str, descriptor: int, socket: Optional[Socket] = None) -> NetnsHandle:
        """A room of an open descriptor, and of a socket inside if there is one already; it then owns them."""
        if socket is None:
            with inside_netns(descriptor):
                socket = Socket()
        self._rooms[netns] = NetnsHandle(netns, descriptor, identify_netns(descriptor), socket)
        return self._rooms[netns]

    def forget(self, netns: str) -> None:
        handle = self._rooms.pop(netns, None)
        if handle is not None:
            handle.close()

    def get(self, netns: Optional[str]) -> NetnsHandle:
        """The room of that name, which must be there."""
        known = self._rooms.get(netns)
        handle = known if known is not None else self.open(netns)
        if handle is None:
            raise FileNotFoundError(f"there is no namespace {netns}")
        return handle
