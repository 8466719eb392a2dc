# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state: what a task asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fast_dataclass import dataclass

if TYPE_CHECKING:  # most tasks have no probes
    from .persistence import Persistence
    from .probes import Probe
    from .resources import Resource

ROLLBACKS = ("error", "probe")
"""The failures after which a task can be rolled back: of a change, or of a probe."""

KEEP_ADDRESSES = "keep_addresses"
"""What lets a link keep addresses that are not wanted."""

ALLOW_OVERLAP = "allow_overlap"
"""What lets a link have addresses, and a MAC address, that others have where they can meet."""

Allowance = tuple[str, tuple[Any, ...]]
"""What a user permits for one resource: the option that permits it (force, steal, metric,
allow_overlap), and the key of the resource."""


@dataclass(frozen=True)
class DesiredState:
    """What a task asks for."""

    present: tuple[Resource, ...] = ()
    """The wanted resources, in the order of the task."""
    left_out: tuple[Resource, ...] = ()
    """What is wanted and cannot be, because a container or process does not run."""
    absent: tuple[Resource, ...] = ()
    """The resources to remove."""
    allowed: frozenset[Allowance] = frozenset()
    """What the user permits that is refused otherwise."""
    force: bool = False
    """Whether the user permits for every resource what ``force`` permits for one."""
    backend: str = "auto"
    """The NAT backend; ``auto`` is the one that works."""
    lab: str | None = None
    """The topology that owns what is created; None for the task of a single module."""
    single: bool = False
    """Whether the task is of a single module that adds to the topology ``lab``, and lists nothing
    else of it."""
    purge: bool = False
    """Whether resources of the topology that are not wanted any more are removed."""
    not_isolated: bool = False
    """Whether the isolation of the topology is removed."""
    host_is_open: bool = False
    """Whether limits of what the topology may reach of the host itself are removed."""
    integrate: tuple[str, ...] = ()
    """The firewalls of others in which the traffic is allowed."""
    probes: tuple[Probe, ...] = ()
    """What is probed when the changes have been applied."""
    persistence: Persistence | None = None
    """What becomes of the topology at the next boot; None if the run does not care."""
    rollback_on: frozenset[str] = frozenset(ROLLBACKS)
    """The failures (of ``ROLLBACKS``) after which the changes are undone."""
    confirm_timeout: int | None = None
    """Seconds after which the changes are undone unless they are confirmed over a new connection;
    None if they need no confirmation."""
