# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes, of which a plan consists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fast_typing import NamedTuple
from .links import Link, Veth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .resources import Resource


def links_in(resources: Iterable[Resource]) -> list[Link]:
    """The links among the resources, and the two ends of each veth pair."""
    links: list[Link] = []
    for resource in resources:
        if isinstance(resource, Veth):
            links += [resource.end, resource.peer]
        elif isinstance(resource, Link):
            links.append(resource)
    return links


class Change(NamedTuple):
    """A step of a plan. It creates without ``before``, removes without ``after``, else alters.

    Both are of one kind, except that a ``Netns`` may replace a ``StaleName``. ``implied``: the
    kernel makes the change by itself, as a consequence of another one of the plan. Only a rollback
    has to make it explicitly.
    """

    before: Resource | None
    after: Resource | None
    implied: bool = False

    @property
    def resource(self) -> Resource:
        """What the change is about: as it will be, or as it was if it is removed."""
        resource = self.before if self.after is None else self.after
        if resource is None:
            raise ValueError("a change needs a resource before or after it")
        return resource


def is_from_host(change: Change) -> bool:
    """Whether a change takes a link from the host, or gives one back."""
    before, after = change.before, change.after
    return isinstance(before, Link) and isinstance(after, Link) and before.saved != after.saved


def list_leaving_links(change: Change) -> list[Link]:
    """The links that a change deletes, or moves to another namespace."""
    before, after = change.before, change.after
    if not isinstance(before, (Link, Veth)):
        return []
    if isinstance(before, Link) and isinstance(after, Link) and after.netns == before.netns:
        return []
    return links_in([before])
