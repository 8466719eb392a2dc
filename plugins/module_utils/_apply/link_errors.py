# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of netlink requests, explained."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from .._model.link_types import EXCLUSIVE_TYPES
from .._model.links import Link, type_name, type_of
from .._model.routes import Route, is_foreign_route

if TYPE_CHECKING:
    from .._model.changes import Change
    from .._netlink.socket import Reply

_PARENT_TAKEN = {
    errno.EINVAL: "its parent is not an Ethernet interface, or another link is on it, and one of "
    "the two has mode passthru, which is exclusive",
    errno.EBUSY: "its parent is a bridge port, or carries a link of another type",
}
"""What the errors mean that the kernel does not explain."""
_MISSING = (errno.ENODEV, errno.ESRCH, errno.EADDRNOTAVAIL, errno.ENOENT)


def is_missing(number: int) -> bool:
    """Whether a removal fails with this error because the object does not exist any more."""
    return number in _MISSING


def is_nothing_left(change: Change, number: int) -> bool:
    """Whether a change fails with this error because nothing is left to do.

    What is to be removed is missing, or a link of others went away since it was observed: then
    nothing of it can be changed, and no route through it restored.
    """
    before, after = change.before, change.after
    if after is None:
        return is_missing(number)
    if number != errno.ENODEV:
        return False
    if isinstance(after, Route):
        return before is None and is_foreign_route(after)
    return isinstance(before, Link) and before.owner is None


def explain_error(change: Change, reply: Reply) -> str:
    """Why the kernel refused a change: its own message if it has one that helps."""
    before, after = change.before, change.after
    if isinstance(after, Link) and before is None:
        return _explain_creation(after, reply)
    if (
        isinstance(before, Link)
        and isinstance(after, Link)
        and before.netns != after.netns
        and reply.errno == errno.EINVAL
        and not reply.words
    ):
        return f"{before.name} is bound to its network namespace (netns-local)"
    return reply.words or os.strerror(reply.errno)


def _explain_creation(link: Link, reply: Reply) -> str:
    link_type = type_of(link)
    is_unknown = reply.errno == errno.EOPNOTSUPP and reply.words in ("", "Unknown device type")
    if is_unknown and link_type is not None:
        return f"this kernel has no links of type {type_name(link)} (module {link_type.module})"
    if link.kind in EXCLUSIVE_TYPES and not reply.words:
        # There may be others on its parent, in namespaces that were not observed.
        return _PARENT_TAKEN.get(reply.errno, os.strerror(reply.errno))
    return reply.words or os.strerror(reply.errno)
