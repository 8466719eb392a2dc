# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that stand in a file: thousands of items are handed over faster so than as arguments of a task."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Dict, Iterator, List, Tuple

from .._model.errors import Refused

OF_THE_TASK = ("src", "remote_src")
"""What says where the file is, and so cannot stand in it."""


class _DuplicateKey(ValueError):
    """A key that stands twice in one dictionary, of which one would be lost."""

    def __init__(self, key: str) -> None:
        super().__init__(f"has {key!r} twice in one dictionary")


def _pair_once(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _value in pairs]
        raise _DuplicateKey(next(key for key in keys if keys.count(key) > 1))
    return found


def _load_yaml(text: str) -> Any:
    import yaml  # which only a file of this kind needs

    def compose_once(loader: Any, anchor: Any) -> Any:
        # Here, for what is merged later (<<) may well be said again.
        node = yaml.SafeLoader.compose_mapping_node(loader, anchor)
        keys = [
            key.value
            for key, _value in node.value
            if isinstance(key, yaml.ScalarNode) and key.value != "<<"
        ]
        if len(set(keys)) != len(keys):
            raise _DuplicateKey(next(key for key in keys if keys.count(key) > 1))
        return node

    try:
        return yaml.load(
            text, type("Loader", (yaml.SafeLoader,), {"compose_mapping_node": compose_once})
        )  # a safe one
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def _parse(path: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_pair_once)
    except _DuplicateKey as error:
        raise Refused("src", path, str(error)) from error
    except ValueError as error:
        no_json = str(error)
    try:
        return _load_yaml(text)
    except ImportError as error:
        raise Refused(
            "src",
            path,
            f"is not JSON ({no_json}), and to read YAML this host's Python lacks PyYAML",
        ) from error
    except _DuplicateKey as error:
        raise Refused("src", path, str(error)) from error
    except ValueError as error:
        raise Refused("src", path, f"is neither JSON nor YAML: {error}") from error


@contextlib.contextmanager
def naming_src(raw: Dict[str, Any]) -> Iterator[None]:
    """What is nested so deeply that Python gives up, perhaps in itself, came from the file, if there is one.

    :raises Refused: it names the file.
    """
    try:
        yield
    except RecursionError:
        if not isinstance(raw.get("src"), str):
            raise
        raise Refused("src", raw["src"], "is nested too deeply, or in itself") from None


def read_source(raw: Dict[str, Any]) -> Dict[str, Any]:
    """The options of a task together with those in its file.

    :raises Refused: the file cannot be read, is no dictionary, or says what the task says too.
    """
    path = raw.get("src")
    if not isinstance(path, str):
        return raw
    try:
        with open(path, encoding="utf-8") as file:
            found = _parse(path, file.read())
    except (OSError, ValueError) as error:  # a file that is no text, or a path that is none
        raise Refused(
            "src", path, f"cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from error
    if not isinstance(found, dict):
        raise Refused("src", path, "is not a dictionary of the topology's options")
    for key, value in found.items():
        if key in OF_THE_TASK:
            raise Refused("src", path, f"has {key}, which only the task can say")
        if raw.get(key) is not None and raw[key] != value:
            raise Refused("src", path, f"has {key}, which the task says differently")
    return {**raw, **found}
