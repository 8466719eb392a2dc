# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links in words."""

from __future__ import annotations

from .._model.links import Link, type_name
from .places import describe_location


def describe_link(link: Link) -> str:
    """A link, in words."""
    return f"interface {link.name} {describe_location(link.netns)}"


def describe_kind(link: Link) -> str:
    """What a link is, in words."""
    known = {"": "a physical interface", None: "an interface", "veth": "an end of a veth pair"}
    return (
        known.get(link.kind)
        or f"{'an' if describe_type(link)[0] in 'aeiou' else 'a'} {describe_type(link)}"
    )


def describe_type(link: Link) -> str:
    """The type of a link as ``netns_link`` names it."""
    return type_name(link)
