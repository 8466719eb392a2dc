# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The functions that each kind of resource implements to be applied and rolled back.

``before`` and ``after`` are the states of a change, of the same kind as ``resource``: ``after``, or
``before`` of a removal.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Callable, Protocol

from .._model.changes import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import NetnsHandles
    from .._model.current_state import CurrentState
    from .._model.links import LinkRef
    from .._model.resources import LocalResource, NetlinkResource, OvsResource, Resource
    from .batches import Batch


class PendingMessages(Protocol):
    """What is known of the changes whose messages have not been sent yet."""

    has_arrivals: bool
    """Whether some of them bring a link to a namespace or a name that it did not have."""
    has_removals: bool
    has_updates: bool
    """Whether some of them create or alter something."""

    def knows(self, netns: str | None, link: str) -> bool:
        """Whether the index of a link is known already."""

    def is_unsettled(self, link: LinkRef) -> bool:
        """Whether sysctls or WireGuard options of a link are still to be set."""


class LocalHost(Protocol):
    """The host, to a change that is applied with system calls."""

    handles: NetnsHandles

    def expect_deletion(self, name: str) -> None:
        """Note that a namespace is going to be deleted, and its links some time after that."""

    def forget_netns(self, name: str) -> None:
        """Note that a namespace was deleted."""

    def at_end(self, finish: Callable[[], None]) -> None:
        """Note what to do once when all changes are made."""


@singledispatch
def compose_messages(
    resource: NetlinkResource,
    before: Resource | None,
    after: Resource | None,
    handles: NetnsHandles,
) -> list[Batch]:
    """The netlink messages that make the change."""
    raise TypeError(f"no messages for {type(resource).__name__}")


@singledispatch
def must_wait(
    resource: NetlinkResource,
    before: Resource | None,
    after: Resource | None,
    pending: PendingMessages,
) -> bool:
    """Whether pending messages have to be sent before those of the change can be composed."""
    raise TypeError(f"no order for {type(resource).__name__}")


@singledispatch
def list_namespaces(resource: Resource) -> list[str | None]:
    """The namespaces that must exist for a resource to be created or altered."""
    raise TypeError(f"no namespaces of {type(resource).__name__}")


@singledispatch
def apply_locally(
    resource: LocalResource,
    before: Resource | None,
    after: Resource | None,
    host: LocalHost,
) -> None:
    """Make the change with system calls and files."""
    raise TypeError(f"no way to apply {type(resource).__name__}")


@singledispatch
def apply_together(
    resource: OvsResource,
    changes: Sequence[Change],
    journal: list[Change],
    handles: NetnsHandles,
) -> None:
    """Make changes of such resources, of which ``resource`` is the first, in one transaction.

    :param journal: receives them if they were made, or if that is in doubt.
    :raises Failed: they were not made, or not completely.
    """
    raise TypeError(f"no transaction of {type(resource).__name__}")


@singledispatch
def find_state(resource: Resource, current: CurrentState) -> object:
    """All that was observed of a resource, to be compared with another observation."""
    raise TypeError(f"no state of {type(resource).__name__}")


@singledispatch
def invert(resource: Resource, change: Change, current: CurrentState) -> list[Change]:
    """The changes that undo a change, in their order.

    :param current: the state before any change.
    """
    raise TypeError(f"no rollback of {type(resource).__name__}")


class InNetns(Protocol):
    """A resource in one namespace."""

    @property
    def netns(self) -> str | None: ...


class OnLink(InNetns, Protocol):
    """A resource on a link."""

    @property
    def link(self) -> str: ...


def list_own_namespace(resource: InNetns) -> list[str | None]:
    """The namespace of a resource that needs no other."""
    return [resource.netns]


def wait_for_link(
    resource: OnLink,
    before: OnLink | None,
    after: OnLink | None,
    pending: PendingMessages,
) -> bool:
    """Whether the link of a resource is created by pending messages: its index is not known."""
    return not pending.knows(resource.netns, resource.link)


def swap(resource: Resource, change: Change, current: CurrentState) -> list[Change]:
    """Undo a change by its opposite."""
    return [Change(change.after, change.before)]
