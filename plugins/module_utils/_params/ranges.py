# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expands the ranges of a topology: items whose names, ports and addresses are counted."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .._model.errors import Refused
from .._model.fast_typing import NamedTuple
from .patterns import read_patterns
from .specs.topology import ITEM_LISTS, ITEMS, ItemLists, TopologyParams
from .validation import Pattern, validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .specification import Specification

_MAX_COUNT = 100000
_MAX_FIRST = 2**31 - 1

Params = TypeVar("Params")

ListedItem = tuple[str, str, dict[str, Any]]
"""(path, kind, options) of an item of a topology. The kind is the name of its module."""


class _Variable(NamedTuple):
    """A dictionary or list; by key or index its patterns, and its parts that contain some."""

    template: Any
    patterns: list[tuple[Any, Pattern]]
    parts: list[tuple[Any, _Variable]]


def _find_variable(template: Any) -> _Variable:
    """Return which parts of a dictionary or list differ for each number."""
    patterns: list[tuple[Any, Pattern]] = []
    parts: list[tuple[Any, _Variable]] = []
    for key, value in template.items() if isinstance(template, dict) else enumerate(template):
        if isinstance(value, Pattern):
            patterns.append((key, value))
        elif isinstance(value, (dict, list)):
            part = _find_variable(value)
            if part.patterns or part.parts:
                parts.append((key, part))
    return _Variable(template, patterns, parts)


def _fill(variable: _Variable, fill_pattern: Callable[[Pattern], Any]) -> Any:
    """Return the template for one number. Parts without a pattern are the same for all numbers."""
    template, patterns, parts = variable
    result = template.copy()
    for key, pattern in patterns:
        result[key] = fill_pattern(pattern)
    for key, part in parts:
        result[key] = _fill(part, fill_pattern)
    return result


def expand(
    path: str, template: Mapping[str, Any], first: int, count: int, spec: Specification[Params]
) -> Iterator[tuple[str, Params]]:
    """(prefix of the paths of its options, validated options) for each number of a range.

    :raises Refused: a pattern cannot be read, counts beyond the last address, or gives a value
        that the specification does not allow.
    """
    if not 1 <= count <= _MAX_COUNT:
        raise Refused(f"{path}.count", count, f"is not between 1 and {_MAX_COUNT}")
    if not 0 <= first <= _MAX_FIRST:
        raise Refused(f"{path}.first", first, f"is not between 0 and {_MAX_FIRST}")
    patterns, template_prefix = read_patterns(path, template), f"{path}{{n={first}}}."
    try:
        # An error of the template itself is reported with the values of the first number.
        filled = _fill(_find_variable(patterns), lambda pattern: pattern.text(first))
        validate(filled, spec, template_prefix)
        validated = _find_variable(validate(patterns, spec, template_prefix))
        for number in range(first, first + count):
            prefix = f"{path}{{n={number}}}."
            yield prefix, _fill_number(validated, number, prefix, template_prefix)
    except ipaddress.AddressValueError as error:
        rule = f"counts beyond the last address: {error}"
        raise Refused(f"{path}.count", count, rule) from error


def _fill_number(validated: _Variable, number: int, prefix: str, template_prefix: str) -> Any:
    def fill_pattern(pattern: Pattern) -> Any:
        return pattern.value(number, prefix, template_prefix)

    return _fill(validated, fill_pattern)


def list_sources(params: TopologyParams) -> list[tuple[str, ItemLists]]:
    """(prefix of its paths, its lists of items) of the topology and of each number of its ranges.

    :raises Refused: an item does not match its specification, or a range cannot be expanded.
    """
    sources: list[tuple[str, ItemLists]] = [("", params)]
    for index, entry in enumerate(params["range"] or ()):
        lists: Mapping[str, Any] = entry
        template = {kind: lists[kind] for kind in ITEM_LISTS.options if lists[kind]}
        sources += expand(f"range[{index}]", template, entry["first"], entry["count"], ITEM_LISTS)
    return sources


def list_items(sources: list[tuple[str, ItemLists]]) -> list[ListedItem]:
    """All items by kind. Items of ranges come after those that are listed directly."""
    items: list[ListedItem] = []
    for kind in ITEMS:
        for prefix, source in sources:
            lists: Mapping[str, Any] = source
            for index, item in enumerate(lists[kind] or ()):
                items.append((f"{prefix}{kind}[{index}]", kind, item))
    return items
