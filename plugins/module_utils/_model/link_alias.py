# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The alias of a link: its mark, and of a link that was taken into a namespace what it was on the host.

The kernel keeps an alias with the link wherever that goes, so what it was is not forgotten when the namespace is deleted under it.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import quote, unquote

from .links import Link, SavedSettings
from .ownership import read_mark, write_mark

MAX_ALIAS_BYTES = 255
"""IFALIASZ is 256, with the byte at the end (linux/if.h)."""

_WAS = "was"
_FLAGS: Dict[str, Dict[str, bool]] = {
    "up": {"up": True},
    "noarp": {"arp": False},
    "promisc": {"promisc": True},
}
_NUMBERS = ("mtu", "txqueuelen")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


def _read_mac(text: str) -> str:
    if not _MAC.fullmatch(text):
        raise ValueError(text)
    return text


_VALUES: Dict[str, Tuple[str, Callable[[str], Any]]] = {
    **{name: (name, int) for name in _NUMBERS},
    "address": ("mac", _read_mac),
    "alias": ("alias", unquote),
}
"""Words behind which a value comes: what that is of a home, and how it is read."""


class Alias(NamedTuple):
    """What an alias says: whose the link is and what it was; or, of somebody else's link, the text as it stands."""

    owner: Optional[str]
    saved: Optional[SavedSettings]
    text: Optional[str]


def write_alias(link: Link) -> str:
    """The alias of a link; empty where it has none."""
    if link.owner is None:
        return link.alias or ""
    return " ".join([write_mark(link.owner), *(_words(link.saved) if link.saved else ())])


def alias_differs(before: Link, after: Link) -> bool:
    """Whether the second has another alias than the first."""
    return after.owner != before.owner or after.saved != before.saved or after.alias != before.alias


def _words(home: SavedSettings) -> List[str]:
    words = [_WAS, home.name, *(["up"] if home.up else [])]
    for name in _NUMBERS:
        words += [] if getattr(home, name) is None else [name, str(getattr(home, name))]
    words += ["address", home.mac] if home.mac else []
    words += ["noarp"] if home.arp is False else []
    words += ["promisc"] if home.promisc else []
    return [*words, *home.addresses, *(["alias", quote(home.alias)] if home.alias else [])]


def read_alias(text: Optional[str]) -> Alias:
    """The alias of an observed link."""
    mark, _space, rest = (text or "").partition(" ")
    owner = read_mark(mark)
    if owner is None:
        return Alias(None, None, text)
    if not rest:
        return Alias(owner, None, None)
    words = rest.split(" ")
    return (
        Alias(owner, _read_saved(words[1:]), None) if words[0] == _WAS else Alias(None, None, text)
    )


def _read_saved(words: Sequence[str]) -> Optional[SavedSettings]:
    """None where somebody wrote it who does not write as we do."""
    values: Dict[str, Any] = {"up": False, "arp": True, "promisc": False}
    addresses: List[str] = []
    left = iter(words)
    try:
        name = next(left)
        for word in left:
            if word in _FLAGS:
                values.update(_FLAGS[word])
            elif word in _VALUES:
                option, read = _VALUES[word]
                values[option] = read(next(left))
            else:
                addresses.append(str(ipaddress.ip_interface(word)))
    except (StopIteration, ValueError):
        return None
    return SavedSettings(name, **values, addresses=tuple(addresses))


def save_settings(link: Link) -> SavedSettings:
    """What a link is on the host, and shall be again."""
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
