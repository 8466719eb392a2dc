# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of an inventory source that end the run.

Ansible shows the error of an inventory plugin as a warning and goes on with the hosts that it has,
unless the setting ``any_unparsed_is_failed`` is on. A plugin has no other way to end a run.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ansible import constants

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def end_run_on_error(enabled: bool) -> Iterator[None]:
    """Turn the setting on if an error leaves the block, so that the error ends the run."""
    try:
        yield
    except Exception:
        if enabled:
            constants.INVENTORY_ANY_UNPARSED_IS_FAILED = True
        raise
