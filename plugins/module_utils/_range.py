# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One item for many: patterns in which names, ports and addresses are counted. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Callable, Dict, List, Tuple, Union

from . import _errors
from ._args import ITEM_SPECS, ITEMS_SPEC, PROBES
from ._conform import conform

_PATTERN = re.compile(r"\{(?:([^{}+]*)\+)?n(?::0?([0-9]))?\}")
_MOST = 2**31

Piece = Union[str, Callable[[int], str]]

Listed = Tuple[str, str, Dict[str, Any]]
"""An item as it is listed: its path, its kind, its options."""


def _counter(path: str, value: str, base: str, width: int) -> Callable[[int], str]:
    """What a pattern gives for each number."""
    if re.fullmatch(r"[0-9]{0,10}", base, re.ASCII):
        first = int(base or 0)
        return lambda number: f"{first + number:0{width}}"
    try:
        address = ipaddress.ip_address(base)
    except ValueError:
        raise _errors.Refused(path, value, f"{base} is neither a number nor an address, so nothing can be counted from it") from None
    return lambda number: str(address + number)


def _read_pattern(path: str, text: str) -> List[Piece]:
    pieces: List[Piece] = []
    end = 0
    for found in _PATTERN.finditer(text):
        pieces += [text[end:found.start()], _counter(path, text, found[1] or "", int(found[2] or 0))]
        end = found.end()
    pieces.append(text[end:])
    if any("{" in piece or "}" in piece for piece in pieces if isinstance(piece, str)):
        raise _errors.Refused(path, text, "a pattern is {n}, {n:03}, {8000+n} or {10.0.0.0+n}")
    return pieces


def _compile(path: str, template: Any) -> Callable[[int], Any]:
    """Read the patterns once, for they are filled in a thousand times."""
    if isinstance(template, dict):
        of_dict = {key: _compile(f"{path}.{key}", value) for key, value in template.items()}
        return lambda number: {key: fill(number) for key, fill in of_dict.items()}
    if isinstance(template, list):
        of_list = [_compile(f"{path}[{index}]", value) for index, value in enumerate(template)]
        return lambda number: [fill(number) for fill in of_list]
    if isinstance(template, str) and ("{" in template or "}" in template):
        pieces = _read_pattern(path, template)
        return lambda number: "".join(piece if isinstance(piece, str) else piece(number) for piece in pieces)
    return lambda _number: template


def expand(path: str, template: Any, first: int, count: int) -> Dict[int, Any]:
    """What a template stands for, by number.

    :raises Refused: a pattern cannot be read, or counts beyond the last address.
    """
    if not 1 <= count <= 100000:
        raise _errors.Refused(f"{path}.count", count, "is not between 1 and 100000")
    if not 0 <= first < _MOST:
        raise _errors.Refused(f"{path}.first", first, f"is not between 0 and {_MOST - 1}")
    fill = _compile(path, template)
    try:
        return {number: fill(number) for number in range(first, first + count)}
    except ipaddress.AddressValueError as error:
        raise _errors.Refused(f"{path}.count", count, f"counts beyond the last address there is: {error}") from error


def list_sources(params: Dict[str, Any]) -> List[Tuple[str, Dict[str, Any]]]:
    """What has lists, and how their paths begin: the topology itself, and its ranges filled in.

    :raises Refused: an item is not in the form of its kind, or a range cannot be filled in.
    """
    spec = {**ITEMS_SPEC, **PROBES}
    sources: List[Tuple[str, Dict[str, Any]]] = [("", params)]
    for index, one in enumerate(params["range"] or ()):
        template = {kind: one[kind] for kind in spec if one[kind]}
        for number, filled in expand(f"range[{index}]", template, one["first"], one["count"]).items():
            prefix = f"range[{index}]{{n={number}}}."
            sources.append((prefix, conform(filled, spec, prefix)))
    return sources


def list_items(sources: List[Tuple[str, Dict[str, Any]]]) -> List[Listed]:
    """All items by kind, those of ranges behind those that are listed one by one."""
    return [(f"{prefix}{kind}[{index}]", kind, item) for kind in ITEM_SPECS for prefix, source in sources for index, item in enumerate(source[kind] or ())]
