# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network namespaces, their sysctls and their resolver configuration."""

from __future__ import annotations

from typing import Any

from .fast_dataclass import dataclass

SEND_REDIRECTS = "net/ipv4/conf/all/send_redirects"
DEFAULT_DISABLE_IPV6 = "net/ipv6/conf/default/disable_ipv6"
"""Whether IPv6 is disabled on new links."""
HOST_NETNS = "the host's own network namespace"
"""What a name under /run/netns is if it leads to where the task runs: ``ip netns attach red 1``."""


SYMBOLIC_LINK = "is a symbolic link"


@dataclass(frozen=True)
class Netns:
    """A named network namespace."""

    name: str
    owner: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        return ("netns", self.name)


@dataclass(frozen=True)
class StaleName:
    """A name under /run/netns that is not a namespace: an empty file that a crash left behind."""

    name: str

    @property
    def key(self) -> tuple[Any, ...]:
        return ("netns", self.name)


@dataclass(frozen=True)
class Resolver:
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
class Sysctl:
    """A kernel parameter under /proc/sys, with the value None if it does not exist.

    ``key_path`` has slashes, because interface names can have dots.
    """

    netns: str | None
    key_path: str
    value: str | None

    @property
    def key(self) -> tuple[Any, ...]:
        return ("sysctl", self.netns, self.key_path)
