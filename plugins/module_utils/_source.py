# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that stand in a file: thousands of items are handed over faster so than as arguments of a task."""

from __future__ import annotations

import json
from typing import Any, Dict

from . import _errors

OF_THE_TASK = ("src", "remote_src")
"""What says where the file is, and so cannot stand in it."""


def _parse(path: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        no_json = str(error)
    try:
        import yaml  # which only a file of this kind needs
    except ImportError as error:
        raise _errors.Refused("src", path, f"is not JSON ({no_json}), and to read YAML this host's Python lacks PyYAML") from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _errors.Refused("src", path, f"is neither JSON nor YAML: {' '.join(str(error).split())}") from error


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
        raise _errors.Refused("src", path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not isinstance(found, dict):
        raise _errors.Refused("src", path, "is not a dictionary of the topology's options")
    for key, value in found.items():
        if key in OF_THE_TASK:
            raise _errors.Refused("src", path, f"has {key}, which only the task can say")
        if raw.get(key) is not None and raw[key] != value:
            raise _errors.Refused("src", path, f"has {key}, which the task says differently")
    return {**raw, **found}
