# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the patterns of a range: texts in which numbers and addresses are counted."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any, Callable, Union

from .._model.errors import Refused
from .._model.lazy_pattern import compile_lazily
from .._model.secrets import redact
from .validation import Pattern

_PATTERN = compile_lazily(r"\{(?:([^{}+]*)\+)?n(?::0?([0-9]))?\}")

_LAST_IPV4 = 2**32 - 1

_Piece = Union[str, Callable[[int], str]]


def read_patterns(path: str, template: Any) -> Any:
    """Return the template with each text that has a pattern replaced by a ``Pattern``.

    :raises Refused: with the path of a text that has braces and is not a pattern.
    """
    if isinstance(template, dict):
        return {key: read_patterns(f"{path}.{key}", value) for key, value in template.items()}
    if isinstance(template, list):
        return [read_patterns(f"{path}[{index}]", value) for index, value in enumerate(template)]
    if isinstance(template, str) and ("{" in template or "}" in template):
        return _read_pattern(path, template)
    return template


def _read_pattern(path: str, text: str) -> Pattern:
    pieces: list[_Piece] = []
    end = 0
    for match in _PATTERN.finditer(text):
        pieces.append(text[end : match.start()])
        pieces.append(_make_counter(path, text, match[1] or "", int(match[2] or 0)))
        end = match.end()
    pieces.append(text[end:])
    if any("{" in piece or "}" in piece for piece in pieces if isinstance(piece, str)):
        raise Refused(path, text, "is not a pattern; write {n}, {n:03}, {8000+n} or {10.0.0.0+n}")

    if len(pieces) == 3:
        before, counter, after = pieces
        if isinstance(before, str) and isinstance(after, str) and not isinstance(counter, str):
            # Most patterns have one counter, and are filled in a thousand times.
            return Pattern(lambda number: before + counter(number) + after)

    def fill(number: int) -> str:
        return "".join(piece if isinstance(piece, str) else piece(number) for piece in pieces)

    return Pattern(fill)


def _make_counter(path: str, text: str, base: str, width: int) -> Callable[[int], str]:
    """Return a function that returns the text of a pattern for a number."""
    if re.fullmatch(r"[0-9]{0,10}", base, re.ASCII):
        first = int(base or 0)
        return lambda number: f"{first + number:0{width}}"
    try:
        address = ipaddress.ip_address(base)
    except ValueError:
        raise Refused(
            path, text, f"{redact(base, path)} is neither a number nor an IP address"
        ) from None
    if isinstance(address, ipaddress.IPv6Address):
        return lambda number: str(address + number)
    start = int(address)

    def count(number: int) -> str:
        value = start + number
        if value > _LAST_IPV4:
            return str(address + number)  # which raises the error
        return socket.inet_ntoa(value.to_bytes(4, "big"))

    return count
