# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors that name the change that failed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from .._model.errors import Failed, describe_error, describe_exception
from .._render.actions import describe_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.changes import Change


@contextlib.contextmanager
def naming(change: Change) -> Iterator[None]:
    """Put the description of a change in front of the messages of errors.

    :raises Failed: an exception was raised within, whatever it is.
    """
    try:
        yield
    except OSError as error:
        raise Failed(f"{describe_change(change)}: {describe_error(error)}") from error
    except Exception as error:
        raise Failed(f"{describe_change(change)}: {describe_exception(error)}") from error
