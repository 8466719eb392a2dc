# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes new links out of the group of unfinished ones, when all that they need has been set.

A run that is killed before that leaves links that the next run deletes and creates again: the
settings of new links, such as those against router advertisements, are not those of existing ones.
All settings precede the message that sets a link up, so the request is sent with that message.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from .._model.changes import Change, links_in
from .._model.links import IPV6_SETTINGS, Link, Veth
from .._netlink.link_requests import finish_link
from .naming import naming

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.links import LinkRef
    from .batches import Batch


class LinkCompletion:
    """The new links that are not complete yet."""

    def __init__(self, handles: NetnsHandles) -> None:
        self._handles = handles
        self._changes: dict[LinkRef, Change] = {}

    def note(self, change: Change) -> None:
        """Note the links that a change creates or deletes."""
        before, after = change.before, change.after
        if before is not None and not self._changes:
            return
        if before is None and isinstance(after, (Link, Veth)):
            for link in links_in([after]):
                if link.owner is not None:
                    self._changes[link.ref] = change
        elif isinstance(before, Link) and isinstance(after, Link):
            created = self._changes.pop(before.ref, None)
            if created is not None:
                self._changes[after.ref] = created
        elif after is None and isinstance(before, (Link, Veth)):
            for link in links_in([before]):
                self._changes.pop(link.ref, None)

    def join(self, change: Change, batches: list[Batch]) -> list[Batch]:
        """Have a new link completed by the messages that set it up: all its settings precede them.

        :param batches: the messages of a change.
        :returns: the messages to send for it.
        """
        before, after = change.before, change.after
        if (
            not isinstance(before, Link)
            or not isinstance(after, Link)
            or not _is_set_up(before, after)
            or not batches
            or self._changes.pop(after.ref, None) is None
        ):
            return batches
        *earlier, (netns, requests) = batches
        return [*earlier, (netns, [*requests, finish_link(after.name)])]

    def finish(self) -> None:
        """Note in the kernel that all other new links are complete.

        :raises Failed: that failed for one of them.
        """
        by_netns: dict[str | None, list[str]] = {}
        for netns, name in self._changes:
            by_netns.setdefault(netns, []).append(name)
        for netns, names in by_netns.items():
            with naming(self._changes[netns, names[0]]):
                replies = self._handles.get(netns).socket.send([*map(finish_link, names)])
            for name, reply in zip(names, replies):
                if reply.errno != errno.ENODEV:  # It was not created, or is gone.
                    with naming(self._changes[netns, name]):
                        reply.check()
        self._changes.clear()


def _is_set_up(before: Link, after: Link) -> bool:
    """Whether a change sets a link up, without settings that follow its messages."""
    return (
        after.up is True
        and not before.up
        and all(
            getattr(before, name) == getattr(after, name)
            for name in ("ref", "options", *IPV6_SETTINGS)
        )
    )
