# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes new links out of the group of unfinished ones, when all that they need has been set.

A run that is killed before that leaves links that the next run deletes and creates anew: the
settings of new links, such as those against router advertisements, are not those of existing ones.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from .._model.changes import Change, links_in
from .._netlink.link_requests import finish_link
from .naming import naming

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.links import LinkRef


class LinkCompletion:
    """The new links that are not complete yet."""

    def __init__(self, handles: NetnsHandles) -> None:
        self._handles = handles
        self._changes: dict[LinkRef, Change] = {}

    def note(self, change: Change) -> None:
        """Note the links that a change creates or deletes."""
        if change.before is None and change.after is not None:
            for link in links_in([change.after]):
                if link.owner is not None:
                    self._changes[link.ref] = change
        elif change.after is None and change.before is not None and self._changes:
            for link in links_in([change.before]):
                self._changes.pop(link.ref, None)

    def finish(self) -> None:
        """Note in the kernel that all new links are complete.

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
