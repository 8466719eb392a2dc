# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network namespaces, their sysctls and their files in /etc/netns."""

from __future__ import annotations

from typing import Any, Union

from .fast_dataclass import dataclass
from .fast_typing import NamedTuple
from .resources import LocalResource

SEND_REDIRECTS = "net/ipv4/conf/all/send_redirects"
DEFAULT_DISABLE_IPV6 = "net/ipv6/conf/default/disable_ipv6"
"""Whether IPv6 is disabled on new links."""
HOST_NETNS = "the host's own network namespace"
"""What a name under /run/netns is if it leads to where the task runs: ``ip netns attach red 1``."""

ANY_ENGINE = "auto"
ENGINES = ("docker", "podman")
MAX_PID = 1 << 22
"""See pid_max in proc_sys_kernel(5)."""

SYMBOLIC_LINK = "is a symbolic link"


class Attachment(NamedTuple):
    """Whose namespace got a name: that of a process, or of a container.

    A wanted one has ``auto`` as its engine, or says which, and has no process of a container.
    """

    container: str | None = None
    engine: str | None = None
    """None with a process."""
    pid: int = 0
    """Of a container that of its first process."""
    start_time: int = 0
    """When the process was started, in ticks since the boot."""
    owner: str | None = None
    """The topology that gave the name ("": a single module)."""

    def is_of_same(self, other: Attachment) -> bool:
        """Whether two tasks, or a task and a record, mean the same container or process."""
        if self.container is None or other.container is None:
            return (self.container, self.pid) == (other.container, other.pid)
        engines = {self.engine, other.engine} - {ANY_ENGINE}
        return self.container == other.container and len(engines) < 2


@dataclass(frozen=True)
class Netns(LocalResource):
    """A named network namespace."""

    name: str
    owner: str | None = None
    attached: Attachment | None = None
    """If this collection only gave it the name. It has no owner then."""

    @property
    def key(self) -> tuple[Any, ...]:
        return ("netns", self.name)

    def is_of(self, owner: str | None) -> bool:
        """Whether it belongs to a topology, or its name does."""
        return owner is not None and owner == (
            self.owner if self.attached is None else self.attached.owner
        )


@dataclass(frozen=True)
class StaleName(LocalResource):
    """A name under /run/netns that is not a namespace: an empty file that a crash left behind."""

    name: str

    @property
    def key(self) -> tuple[Any, ...]:
        return ("netns", self.name)


@dataclass(frozen=True)
class Resolver(LocalResource):
    """The resolver configuration of a namespace, /etc/netns/NAME/resolv.conf."""

    netns: str
    nameservers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    owner: str | None = None
    text: str | None = None
    """The whole file, if it is not as this collection wrote it.

    Of a file of someone else only if it can be restored.
    """

    @property
    def key(self) -> tuple[Any, ...]:
        return ("resolver", self.netns)


@dataclass(frozen=True)
class HostsFile(LocalResource):
    """The names and addresses that a namespace knows, /etc/netns/NAME/hosts."""

    netns: str
    entries: tuple[str, ...] = ()
    """Lines of an address and its names, as in hosts(5), without those of localhost."""
    owner: str | None = None
    text: str | None = None
    """As that of a resolver configuration."""

    @property
    def key(self) -> tuple[Any, ...]:
        return ("hosts", self.netns)


NetnsFile = Union[Resolver, HostsFile]
"""The files of a namespace that ``ip netns exec`` bind mounts over those in /etc."""


@dataclass(frozen=True)
class Sysctl(LocalResource):
    """A kernel parameter under /proc/sys, with the value None if it does not exist.

    ``key_path`` has slashes, because interface names can have dots.
    """

    netns: str | None
    key_path: str
    value: str | None

    @property
    def key(self) -> tuple[Any, ...]:
        return ("sysctl", self.netns, self.key_path)
