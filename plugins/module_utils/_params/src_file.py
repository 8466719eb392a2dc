# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the file of ``src``. Thousands of items are passed faster in a file than as arguments."""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

from .._model.errors import Refused
from .files import UnusableFileError, read_text_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TASK_ONLY = ("src", "remote_src", "persist")
"""Options that cannot be in the file: those that name it, and one that the action plugin reads."""


MAX_BYTES = 64 << 20
"""More than a topology of 100,000 namespaces takes."""


class _DuplicateKeyError(ValueError):
    """A key that a dictionary has twice. One of the values would be lost."""

    def __init__(self, key: str) -> None:
        # A file that is no topology may have anything as a key.
        shown = repr(key) if re.fullmatch(r"[a-z_]{1,30}", str(key)) else "a key"
        super().__init__(f"has {shown} twice in one dictionary")


def _make_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _value in pairs]
        raise _DuplicateKeyError(next(key for key in keys if keys.count(key) > 1))
    return result


def _load_yaml(text: str) -> Any:
    import yaml  # only a YAML file needs it

    def compose_mapping(loader: Any, anchor: Any) -> Any:
        # Keys are compared before merging (<<): a merged key may be given again.
        node = yaml.SafeLoader.compose_mapping_node(loader, anchor)
        keys = [
            key.value
            for key, _value in node.value
            if isinstance(key, yaml.ScalarNode) and key.value != "<<"
        ]
        if len(set(keys)) != len(keys):
            raise _DuplicateKeyError(next(key for key in keys if keys.count(key) > 1))
        return node

    loader = type("Loader", (yaml.SafeLoader,), {"compose_mapping_node": compose_mapping})
    try:
        return yaml.load(text, loader)
    except yaml.MarkedYAMLError as error:
        # The text of the error has the lines around it, which may contain secrets.
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "its structure"
        raise ValueError(place) from None
    except yaml.YAMLError:
        raise ValueError("it has a character that is not allowed") from None
    except _DuplicateKeyError:
        raise
    except ValueError:
        # Such as a date with month 13.
        raise ValueError("a value does not have the form of its type") from None


def _parse(path: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_make_dict)
    except _DuplicateKeyError as error:
        raise Refused("src", path, str(error)) from error
    except ValueError as error:
        json_error = str(error)
    try:
        return _load_yaml(text)
    except ImportError as error:
        rule = f"is not JSON ({json_error}), and reading YAML needs PyYAML on this host"
        raise Refused("src", path, rule) from error
    except _DuplicateKeyError as error:
        raise Refused("src", path, str(error)) from error
    except ValueError as error:
        raise Refused("src", path, f"is neither JSON nor YAML: {error}") from error


@contextlib.contextmanager
def reporting_recursion(raw: Mapping[str, Any]) -> Iterator[None]:
    """Report values that are nested too deeply as an error of ``src``, if the task has it.

    :raises Refused: instead of a RecursionError.
    """
    try:
        yield
    except RecursionError:
        if not isinstance(raw.get("src"), str):
            raise
        raise Refused("src", raw["src"], "is nested too deeply, or in itself") from None


def read_source(raw: Mapping[str, Any], is_on_host: bool = False) -> Mapping[str, Any]:
    """Return the options of a task together with those in its file.

    :param is_on_host: whether the path is always one on the managed host, as with ``remote_src``.
    :raises Refused: the file cannot be read, is not a dictionary, or differs from the task.
    """
    path = raw.get("src")
    if not isinstance(path, str):
        return raw
    try:
        # Without remote_src, the action plugin has copied the file as the user who logged in.
        text = read_text_file(
            path, MAX_BYTES, check_owner=is_on_host or bool(raw.get("remote_src"))
        )
    except UnusableFileError as error:
        raise Refused("src", path, str(error)) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        rule = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise Refused("src", path, rule) from error
    options = _parse(path, text)
    if not isinstance(options, dict):
        raise Refused("src", path, "is not a dictionary of the topology's options")
    for name, value in options.items():
        if name in TASK_ONLY:
            raise Refused("src", path, f"has {name}, which only the task may set")
        if raw.get(name) is not None and raw[name] != value:
            raise Refused("src", path, f"has {name}, which the task sets to another value")
    return {**raw, **options}
