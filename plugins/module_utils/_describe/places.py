# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where something is, in the words of a message."""

from __future__ import annotations

from typing import Optional

from .._model.links import Link


def describe_netns(netns: Optional[str]) -> str:
    """Where, in words."""
    return "the host" if netns is None else f"namespace {netns}"


def describe_location(netns: Optional[str]) -> str:
    """Where something is, in words."""
    return "on the host" if netns is None else f"in namespace {netns}"


def describe_owner(link: Link) -> str:
    """Whose a link is, in words."""
    return (
        "not ours"
        if link.owner is None
        else f"of topology {link.owner}"
        if link.owner
        else "of no topology"
    )


def describe_link_location(link: Link) -> str:
    """A link and where it is."""
    return link.name if link.netns is None else f"{link.name} {describe_location(link.netns)}"
