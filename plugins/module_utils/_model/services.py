# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units of systemd in namespaces."""

from __future__ import annotations

from typing import Any

from .fast_dataclass import dataclass, field
from .fast_typing import NamedTuple
from .resources import LocalResource

ELSEWHERE, NOWHERE, UNKNOWN = "/elsewhere", "/nowhere", "/unknown"
"""Where a unit runs that is neither on the host nor in the namespace that a task names, or does not
run. No namespace has such a name."""


class Publication(NamedTuple):
    """A port of a namespace that is reached from the loopback of the host."""

    port: int
    host_port: int
    address: str = "127.0.0.1"
    """The loopback address of the host."""
    to: str = "127.0.0.1"
    """The address in the namespace."""


@dataclass(frozen=True)
class Service(LocalResource):
    """A unit of type service or socket, and where its processes or sockets are."""

    unit: str
    netns: str | None
    """None: as its own files say, which is the host for most."""
    publish: tuple[Publication, ...] = ()
    restart: bool = field(default=False, compare=False)
    """Whether it may be restarted to get there."""

    @property
    def key(self) -> tuple[Any, ...]:
        return ("service", self.unit)


def path_of_unit_netns(netns: str) -> str:
    """The file by which a unit finds a namespace."""
    return f"/run/netns/{netns}"
