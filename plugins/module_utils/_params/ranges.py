# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One item for many: patterns in which names, ports and addresses are counted. Pure."""

from __future__ import annotations

import ipaddress
import re
from functools import partial
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple, Union

from .._model.errors import Refused
from .argspec import ITEM_SPECS, ITEMS_SPEC, PROBES, Spec
from .validation import Later, validate

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
        raise Refused(
            path,
            value,
            f"{base} is neither a number nor an address, so nothing can be counted from it",
        ) from None
    return lambda number: str(address + number)


def _read_pattern(path: str, text: str) -> List[Piece]:
    pieces: List[Piece] = []
    end = 0
    for found in _PATTERN.finditer(text):
        pieces += [
            text[end : found.start()],
            _counter(path, text, found[1] or "", int(found[2] or 0)),
        ]
        end = found.end()
    pieces.append(text[end:])
    if any("{" in piece or "}" in piece for piece in pieces if isinstance(piece, str)):
        raise Refused(path, text, "a pattern is {n}, {n:03}, {8000+n} or {10.0.0.0+n}")
    return pieces


def _read_patterns(path: str, template: Any) -> Any:
    """The template with each of its patterns read, once for all numbers."""
    if isinstance(template, dict):
        return {key: _read_patterns(f"{path}.{key}", value) for key, value in template.items()}
    if isinstance(template, list):
        return [_read_patterns(f"{path}[{index}]", value) for index, value in enumerate(template)]
    if isinstance(template, str) and ("{" in template or "}" in template):
        pieces = _read_pattern(path, template)
        return Later(
            lambda number: "".join(
                piece if isinstance(piece, str) else piece(number) for piece in pieces
            )
        )
    return template


class _Varied(NamedTuple):
    """A dictionary or list, and those of its items that are not the same for all numbers."""

    whole: Any
    varied: List[Tuple[Any, Any]]


def _part(template: Any) -> Any:
    items = (
        template.items()
        if isinstance(template, dict)
        else enumerate(template)
        if isinstance(template, list)
        else ()
    )
    varied = [
        (key, part)
        for key, part in ((key, _part(value)) for key, value in items)
        if isinstance(part, (Later, _Varied))
    ]
    return _Varied(template, varied) if varied else template


def _fill(parted: Any, settle: Callable[[Later], Any]) -> Any:
    """A template for one number. What has no pattern is the same object for all."""
    if isinstance(parted, Later):
        return settle(parted)
    if not isinstance(parted, _Varied):
        return parted
    whole = parted.whole.copy()
    for key, value in parted.varied:
        whole[key] = _fill(value, settle)
    return whole


def expand(
    path: str, template: Dict[str, Any], first: int, count: int, spec: Spec
) -> Iterator[Tuple[str, Dict[str, Any]]]:
    """(prefix of its paths, options) of each number, in the form of the specification.

    :raises Refused: a pattern cannot be read, or counts beyond the last address; or what it stands for is not in that form.
    """
    if not 1 <= count <= 100000:
        raise Refused(f"{path}.count", count, "is not between 1 and 100000")
    if not 0 <= first < _MOST:
        raise Refused(f"{path}.first", first, f"is not between 0 and {_MOST - 1}")
    patterns, met = _read_patterns(path, template), f"{path}{{n={first}}}."
    try:
        validate(
            _fill(_part(patterns), lambda later: later.fill(first)), spec, met
        )  # what is wrong with one is said of it
        parted = _part(validate(patterns, spec, met))
        for number in range(first, first + count):
            prefix = f"{path}{{n={number}}}."
            yield (
                prefix,
                _fill(parted, partial(Later.settle, number=number, prefix=prefix, met=met)),
            )
    except ipaddress.AddressValueError as error:
        raise Refused(
            f"{path}.count", count, f"counts beyond the last address there is: {error}"
        ) from error


def list_sources(params: Dict[str, Any]) -> List[Tuple[str, Dict[str, Any]]]:
    """What has lists, and how their paths begin: the topology itself, and its ranges filled in.

    :raises Refused: an item is not in the form of its kind, or a range cannot be filled in.
    """
    spec = {**ITEMS_SPEC, **PROBES}
    sources: List[Tuple[str, Dict[str, Any]]] = [("", params)]
    for index, one in enumerate(params["range"] or ()):
        template = {kind: one[kind] for kind in spec if one[kind]}
        sources += expand(f"range[{index}]", template, one["first"], one["count"], spec)
    return sources


def list_items(sources: List[Tuple[str, Dict[str, Any]]]) -> List[Listed]:
    """All items by kind, those of ranges behind those that are listed one by one."""
    return [
        (f"{prefix}{kind}[{index}]", kind, item)
        for kind in ITEM_SPECS
        for prefix, source in sources
        for index, item in enumerate(source[kind] or ())
    ]
