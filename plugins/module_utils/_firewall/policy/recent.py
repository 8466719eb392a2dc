# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps what was made of lists of policies last, without hashing thousands of them."""

from __future__ import annotations

from typing import Any, Callable, Generic, TypeVar

_Result = TypeVar("_Result")
_MOST = 4
"""A run asks for three tables."""


class Recent(Generic[_Result]):
    """A pure function whose last results are kept. Nobody may change them.

    Lists of the same objects are compared in no time.
    """

    def __init__(self, function: Callable[..., _Result]) -> None:
        self._function = function
        self._results: list[tuple[tuple[Any, ...], _Result]] = []

    def __call__(self, *arguments: Any) -> _Result:
        for known, result in self._results:
            if known == arguments:
                return result
        result = self._function(*arguments)
        self._results = [(arguments, result), *self._results[: _MOST - 1]]
        return result

    def forget(self) -> None:
        """Forget all, as a test needs that renders in another way."""
        self._results = []
