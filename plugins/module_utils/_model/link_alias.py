# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The alias of a link (IFLA_IFALIAS), which names its owner for people.

It proves nothing, because root in a namespace can change the aliases of the links there. The proof
is the record of owners.
"""

from __future__ import annotations

from .links import Link, SavedSettings
from .ownership import read_mark, write_mark

_TAKEN = " was "


def compose_mark(owner: str, saved: SavedSettings | None = None) -> str:
    """The alias that this collection gives to a link of its own, or from the host."""
    return write_mark(owner) if saved is None else f"{write_mark(owner)}{_TAKEN}{saved.name}"


def write_alias(link: Link) -> str:
    """The alias of a link; empty if it has none."""
    if link.alias is not None or link.owner is None:
        return link.alias or ""
    return compose_mark(link.owner, link.saved)


def alias_differs(before: Link, after: Link) -> bool:
    """Whether two states of a link have different aliases."""
    return after.owner != before.owner or after.saved != before.saved or after.alias != before.alias


def read_alias_owner(alias: str | None) -> str | None:
    """The owner that an alias names; None if it is no mark."""
    return read_mark((alias or "").partition(_TAKEN)[0])


def names_host_link(alias: str | None) -> bool:
    """Whether an alias says that its link came from the host."""
    return _TAKEN in (alias or "")


def save_settings(link: Link) -> SavedSettings:
    """The settings of a link on the host, to be restored when it returns."""
    return SavedSettings(
        link.name,
        bool(link.up),
        link.mtu,
        link.mac,
        link.txqueuelen,
        link.arp,
        link.promisc,
        link.addresses or (),
        link.alias,
        link.group,
        link.altnames or (),
    )
