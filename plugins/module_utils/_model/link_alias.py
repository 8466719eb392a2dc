# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The alias of a link (IFLA_IFALIAS): the mark, and the saved settings of a link from the host.

The kernel keeps the alias when a link moves to another namespace. So the settings survive when
another program deletes the namespace and the link returns to the host.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from .links import Link, SavedSettings
from .ownership import read_mark, write_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ALIAS_BYTES = 255
"""IFALIASZ is 256, with the terminating zero byte (linux/if.h)."""

_SAVED = "was"
_FLAGS: dict[str, dict[str, bool]] = {
    "up": {"up": True},
    "noarp": {"arp": False},
    "promisc": {"promisc": True},
}
_NUMBERS = ("mtu", "txqueuelen")


def _read_mac(text: str) -> str:
    octets = bytes.fromhex(text.replace(":", ""))
    if len(octets) != 6 or octets.hex(":") != text:
        raise ValueError(text)
    return text


def _unquote(text: str) -> str:
    # Few links have an alias that is saved.
    from urllib.parse import unquote

    return unquote(text)


def _quote(text: str) -> str:
    from urllib.parse import quote

    return quote(text)


_VALUES: dict[str, tuple[str, Callable[[str], Any]]] = {
    **{name: (name, int) for name in _NUMBERS},
    "address": ("mac", _read_mac),
    "alias": ("alias", _unquote),
}
"""Words that a value follows: the attribute of ``SavedSettings``, and the parser of the value."""


class Alias(NamedTuple):
    """A parsed alias. ``text`` is set if it has no mark, and is then all that is known."""

    owner: str | None
    saved: SavedSettings | None
    text: str | None


def write_alias(link: Link) -> str:
    """The alias of a link; empty if it has none."""
    if link.owner is None:
        return link.alias or ""
    return " ".join([write_mark(link.owner), *(_format_saved(link.saved) if link.saved else ())])


def alias_differs(before: Link, after: Link) -> bool:
    """Whether two states of a link have different aliases."""
    return after.owner != before.owner or after.saved != before.saved or after.alias != before.alias


def _format_saved(saved: SavedSettings) -> list[str]:
    words = [_SAVED, saved.name, *(["up"] if saved.up else [])]
    for name in _NUMBERS:
        words += [] if getattr(saved, name) is None else [name, str(getattr(saved, name))]
    words += ["address", saved.mac] if saved.mac else []
    words += ["noarp"] if saved.arp is False else []
    words += ["promisc"] if saved.promisc else []
    return [*words, *saved.addresses, *(["alias", _quote(saved.alias)] if saved.alias else [])]


def read_alias(text: str | None) -> Alias:
    """Parse the alias of an observed link."""
    mark, _space, rest = (text or "").partition(" ")
    owner = read_mark(mark)
    if owner is None:
        return Alias(None, None, text)
    if not rest:
        return Alias(owner, None, None)
    words = rest.split(" ")
    if words[0] != _SAVED:
        return Alias(None, None, text)
    return Alias(owner, _read_saved(words[1:]), None)


def _read_saved(words: Sequence[str]) -> SavedSettings | None:
    """Parse saved settings; None if another program wrote something else."""
    values: dict[str, Any] = {"up": False, "arp": True, "promisc": False}
    addresses: list[str] = []
    remaining = iter(words)
    try:
        name = next(remaining)
        for word in remaining:
            if word in _FLAGS:
                values.update(_FLAGS[word])
            elif word in _VALUES:
                option, read = _VALUES[word]
                values[option] = read(next(remaining))
            else:
                addresses.append(str(ipaddress.ip_interface(word)))
    except (StopIteration, ValueError):
        return None
    return SavedSettings(name, **values, addresses=tuple(addresses))


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
    )
