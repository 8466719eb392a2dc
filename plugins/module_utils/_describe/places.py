# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces and places in messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._model.links import Link
    from .._model.netns import Attachment


def describe_netns(netns: str | None) -> str:
    """``the host``, or ``namespace red``."""
    return "the host" if netns is None else f"namespace {netns}"


def describe_location(netns: str | None) -> str:
    """``on the host``, or ``in namespace red``."""
    return "on the host" if netns is None else f"in namespace {netns}"


def describe_attachment(attached: Attachment) -> str:
    """``container web``, or ``process 1234``."""
    if attached.container is None:
        return f"process {attached.pid}"
    return f"container {attached.container}"


def describe_owner(link: Link) -> str:
    """The owner of a link, as in "a link of topology lab"."""
    if link.owner is None:
        return "not ours"
    return f"of topology {link.owner}" if link.owner else "of no topology"


def describe_link_location(link: Link) -> str:
    """The name of a link, and its namespace if it is in one."""
    return link.name if link.netns is None else f"{link.name} {describe_location(link.netns)}"
