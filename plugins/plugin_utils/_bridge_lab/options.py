# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readers of the values that a filter gets, with messages that name the parameter. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.text_forms import read_dict
from ansible_collections.redblue.netns.plugins.module_utils._params.text_forms import (
    read_list as read_text_list,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import (
    unsupported_option,
)

Item = dict[str, Any]
"""The options of an item of a topology."""


def read_list(parameter: str, value: Any) -> list[Any]:
    """A list. A string is a list separated by commas, and None is an empty list.

    :raises Refused: the value is none of these.
    """
    if value is None:
        return []
    if isinstance(value, str):
        return read_text_list(value)
    if not isinstance(value, Sequence):
        raise Refused(parameter, value, "is neither a list nor a string")
    return list(value)


def read_text(parameter: str, value: Any) -> str:
    """A string.

    :raises Refused: the value is missing, or not a string.
    """
    if value is None:
        raise Refused(parameter, value, "is required")
    if not isinstance(value, str):
        raise Refused(parameter, value, "is not a string; put it in quotes")
    return value


def read_item(parameter: str, value: Any, options: Sequence[str]) -> Item:
    """The options of a dictionary, without those whose value is None.

    :raises Refused: the value is not a dictionary, or has an option that is not in ``options``.
    """
    if isinstance(value, str):
        value = read_dict(parameter, value)
    if not isinstance(value, Mapping):
        raise Refused(parameter, value, "is not a dictionary")
    for key in value:
        if key not in options:
            raise unsupported_option(f"{parameter}.{key}", value[key], options)
    return {str(key): option for key, option in value.items() if option is not None}
