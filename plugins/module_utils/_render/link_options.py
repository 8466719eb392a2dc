# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of link types, in the words of ip-link(8)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Callable

from .._model.links import Link, type_name

if TYPE_CHECKING:
    from .._model.link_options import LinkOptions


def _hundredths(word: str) -> Callable[[int], str]:
    return lambda seconds: f"{word} {seconds * 100}"


def _remote(address: str) -> str:
    return f"{'group' if ipaddress.ip_address(address).is_multicast else 'remote'} {address}"


_WORDS: dict[tuple[str, str], Callable[..., str]] = {
    ("bridge", "stp"): lambda on: f"stp_state {int(on)}",
    ("bridge", "forward_delay"): _hundredths("forward_delay"),
    ("bridge", "hello_time"): _hundredths("hello_time"),
    ("bridge", "max_age"): _hundredths("max_age"),
    ("bridge", "ageing_time"): _hundredths("ageing_time"),
    ("ipvlan", "flags"): str,
    ("vxlan", "learning"): lambda on: "learning" if on else "nolearning",
    ("vxlan", "remote"): _remote,
    ("vxlan", "ttl"): lambda ttl: f"ttl {ttl or 'auto'}",
}
"""By type and option. All others are written as the name of the option and its value."""


def option_words(link: Link, options: LinkOptions | None, before: LinkOptions | None = None) -> str:
    """The options that differ from those ``before``, each with a space in front of it."""
    words = ""
    for name, value in vars(options).items() if options is not None else ():
        if value is None or value == getattr(before, name, None):
            continue
        words += " " + _WORDS.get((type_name(link), name), _default_words(name))(value)
    return words


def _default_words(name: str) -> Callable[..., str]:
    return lambda value: f"{name} {value if isinstance(value, str) else int(value)}"
