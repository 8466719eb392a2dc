# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describes changes as sentences, for ``actions`` and for error messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .kinds import describe_action

if TYPE_CHECKING:
    from .._model.changes import Change


def describe_change(change: Change) -> str:
    """A change as an imperative sentence, without a full stop."""
    return describe_action(change.resource, change.before, change.after)
