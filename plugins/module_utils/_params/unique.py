# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates that the values of a list are unique."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_unique(parameter: str, values: Sequence[str], option: str = "") -> tuple[str, ...]:
    """Check that the values of a list are unique, and return them.

    :param option: what follows the index in the path of a value, such as ``.public_key``.
    :raises Refused: a value occurs twice.
    """
    for index, value in enumerate(values):
        if value in values[:index]:
            rule = f"is already listed at {parameter}[{values.index(value)}]{option}"
            raise Refused(f"{parameter}[{index}]{option}", value, rule)
    return tuple(values)
