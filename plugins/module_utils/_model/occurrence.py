# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells which kinds of resources occur among thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def occurs(kinds: type | tuple[type, ...], resources: Iterable[object]) -> bool:
    """Whether one of the resources is of one of these kinds.

    Only their few types are compared, which takes a tenth of the time of ``isinstance`` for each.
    """
    return any(issubclass(kind, kinds) for kind in set(map(type, resources)))
