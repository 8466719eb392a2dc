# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors that name the change that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.errors import Failed, describe_error, describe_exception
from .._render.actions import describe_change

if TYPE_CHECKING:
    from types import TracebackType

    from .._model.changes import Change


class ChangeFailed(Failed):
    """A change failed. Its message begins with the description of the change."""

    def __init__(self, change: Change, reason: str, **details: Any) -> None:
        super().__init__(f"{describe_change(change)}: {reason}", **details)
        self.change = change


class naming:  # noqa: N801  # a context manager, read as a function is
    """Put the description of a change in front of the messages of errors.

    It is entered for each of thousands of changes, where a generator would cost twice as much.

    :raises ChangeFailed: an exception was raised within, whatever it is.
    """

    def __init__(self, change: Change) -> None:
        self._change = change

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, OSError):
            raise ChangeFailed(self._change, describe_error(error)) from error
        if isinstance(error, Exception):
            details = getattr(error, "details", {})
            raise ChangeFailed(self._change, describe_exception(error), **details) from error
