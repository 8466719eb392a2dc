# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds all refused options of a task, not just the first.

What was refused is left out, and the rest is tried again, until nothing is refused any more. Tasks
with valid options never load this file.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any, Callable, Union

from .._model.errors import NetnsError, Refused, SeveralRefused
from .._model.lazy_pattern import compile_lazily
from .text_forms import read_dict, read_list

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_REFUSALS = 30
"""Each takes another attempt, and a user corrects a few at a time."""

_STAND_INS: dict[str, Any] = {
    "name": "stand-in",
    "bridge": "stand-in",
    "peer": {"name": "stand-in"},
    "destination": "default",
    "destination_port": "65535",
    "to_destination": "192.0.2.1",
    "source": ["192.0.2.0/24"],
    "to": "192.0.2.1",
    "public_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}
"""Valid values in the place of required ones that are missing or refused."""

_INDEX = compile_lazily(r"\[(\d+)\]\.?")
_NUMBER_OF_RANGE = compile_lazily(r"\{n=\d+\}\.?")
_DEPENDS = compile_lazily(r"\b(needs?|requires?|required|only for|not supported for|combined)\b")
"""Rules that tell which other option is missing or wrong."""
_SUGGESTED = compile_lazily(r"did you mean '(\w+)'")
_PATH = compile_lazily(r"\b[a-z_]+\[\d+\][\w.\[\]{}=]*")

_Container = Union[dict[str, Any], list[Any]]
_Place = tuple[_Container, Any]
"""A container, and the key or index of a value in it."""


def find_all(
    first: Refused, options: Mapping[str, Any], parse: Callable[[Mapping[str, Any]], object]
) -> NetnsError:
    """Return the error of options that are not valid, with all that is wrong in them.

    :param first: the error that ``parse`` raised.
    """
    found = find_refusals(options, parse)
    return SeveralRefused(found, len(found) == MAX_REFUSALS) if len(found) > 1 else first


def find_refusals(
    options: Mapping[str, Any], attempt: Callable[[dict[str, Any]], object]
) -> list[Refused]:
    """Return the refusals of options, each with the path that the user wrote.

    :param attempt: validates and parses options; raises the first refusal.
    """
    try:
        search = _Search(options)
    except RecursionError:
        return []
    while len(search.found) < MAX_REFUSALS:
        try:
            attempt(search.options)
        except Refused as error:
            if not search.leave_out(error):
                break
        except (NetnsError, OSError, RecursionError):
            break
        else:
            break
    return search.found


class _Search:
    """The options without what was refused so far."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options: dict[str, Any] = copy.deepcopy(dict(options))
        self.found: list[Refused] = []
        self._tried: set[str] = set()
        self._left_out: dict[str, set[str]] = {}
        self._removed: dict[str, list[int]] = {}

    def leave_out(self, error: Refused) -> bool:
        """Record a refusal, and leave its option out. False if that is not possible."""
        path = self._original(error.parameter)
        if not self._is_consequence(path, error):
            rule = _PATH.sub(self._translate, error.rule)
            self.found.append(type(error)(path, error.value, rule))
        parent, _dot, name = path.rpartition(".")
        names = {name.partition("[")[0], *_SUGGESTED.findall(error.rule)}
        self._left_out.setdefault(parent, set()).update(names)
        return self._remove(error.parameter)

    def _is_consequence(self, path: str, error: Refused) -> bool:
        """Whether the refusal is of what was left out, and not of what the user wrote."""
        parent, _dot, name = path.rpartition(".")
        left_out = self._left_out.get(parent, set())
        if (error.value is None and name in left_out) or "stand-in" in error.rule:
            return True
        if any(refusal.parameter == path for refusal in self.found):
            return True
        if not error.value and any(found.parameter.startswith(f"{path}[") for found in self.found):
            return True
        if _DEPENDS.search(error.rule) and left_out.intersection(re.findall(r"\w+", error.rule)):
            return True
        return any(str(_STAND_INS.get(option)) in error.rule for option in left_out)

    def _remove(self, path: str) -> bool:
        """Remove the value at a path: a stand-in, or else nothing, takes its place."""
        is_second = path in self._tried
        self._tried.add(path)
        places = _find_places(self.options, path)
        for container, key in reversed(places if not is_second else places[:-1]):
            if isinstance(container, list):
                self._remove_item(places, container, key)
                return True
            if key in _STAND_INS and not is_second:
                number = len(self._tried)
                stand_in = copy.deepcopy(_STAND_INS[key])
                container[key] = f"stand-in{number}" if key == "name" else stand_in
                return True
            if key in container:
                del container[key]
                return True
        return False

    def _remove_item(self, places: list[_Place], container: list[Any], index: int) -> None:
        path = _join(places[: next(i for i, place in enumerate(places) if place[0] is container)])
        del container[index]
        # A path counts the items that are left. The user's path counts all.
        removed = self._removed.setdefault(path, [])
        removed.append(_count_removed(index, removed))
        removed.sort()
        self._tried = {tried for tried in self._tried if not tried.startswith(f"{path}[")}

    def _original(self, path: str) -> str:
        """Return the path with the indexes that the user's lists have."""
        result, current = "", ""
        for piece in re.findall(r"\[\d+\]|[^\[]+", path):
            if piece.startswith("["):
                index = int(piece[1:-1])
                result += f"[{_count_removed(index, self._removed.get(current, []))}]"
            else:
                result += piece
            current += piece
        return result

    def _translate(self, match: re.Match[str]) -> str:
        return self._original(match[0])


def _count_removed(index: int, removed: list[int]) -> int:
    """Return the index that an item had before the items of ``removed`` were removed."""
    for gone in removed:
        if gone <= index:
            index += 1
    return index


def _join(places: list[_Place]) -> str:
    path = ""
    for container, key in places:
        path += f"[{key}]" if isinstance(container, list) else f"{'.' if path else ''}{key}"
    return path


def _find_places(options: dict[str, Any], path: str) -> list[_Place]:
    """Return the values along a path, from the outermost; the last may be missing."""
    places: list[_Place] = []
    value: Any = options
    rest = path
    while rest:
        rest = _NUMBER_OF_RANGE.sub("", rest, count=1) if rest.startswith("{") else rest
        step = _step(value, rest, _join(places))
        if step is None:
            break
        container, key, rest = step
        if places and container is not value:
            places[-1][0][places[-1][1]] = container  # the text was read
        places.append((container, key))
        value = container[key] if isinstance(container, list) else container.get(key)
    return places


def _step(value: Any, rest: str, path: str) -> tuple[_Container, Any, str] | None:
    """Return the container that a value is, the key of the next one in it, and the path's rest."""
    index = _INDEX.match(rest)
    if index:
        items = read_list(value) if isinstance(value, str) else value
        if not isinstance(items, list) or int(index[1]) >= len(items):
            return None
        return items, int(index[1]), rest[index.end() :]
    if isinstance(value, str):
        value = read_dict(path, value)
    if not isinstance(value, dict):
        return None
    # A key may have dots, as sysctls have.
    for key in sorted(map(str, value), key=len, reverse=True):
        if rest == key or rest.startswith((f"{key}.", f"{key}[", f"{key}{{")):
            return value, key, rest[len(key) :].lstrip(".")
    return value, re.split(r"[.\[{]", rest)[0], ""
