# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links in messages."""

from __future__ import annotations

from .._model.links import Link, type_name
from .places import describe_location


def describe_link(link: Link) -> str:
    """``interface eth0 in namespace red``."""
    return f"interface {link.name} {describe_location(link.netns)}"


def describe_typed_link(link: Link) -> str:
    """``macvlan eth0 in namespace red``; hardware is an interface."""
    return f"{describe_link_type(link)} {link.name} {describe_location(link.netns)}"


def describe_link_type(link: Link) -> str:
    """``macvlan``; hardware is an ``interface``."""
    return type_name(link) if link.kind else "interface"


def describe_kind(link: Link) -> str:
    """``a macvlan``, ``an end of a veth pair``, ``a physical interface``."""
    known = {"": "a physical interface", None: "an interface", "veth": "an end of a veth pair"}
    if link.kind in known:
        return known[link.kind]
    name = type_name(link)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
