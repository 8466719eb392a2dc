# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fast ``dataclasses.replace``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["replace"]

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(resource: T, **changes: Any) -> T:
        """Five times as fast as ``dataclasses.replace``: copies without ``__init__``."""
        cls = resource.__class__
        positions = cls.positions_of_fields
        if positions is not None:
            items = [*resource]
            for name, value in changes.items():
                items[positions[name]] = value
            return tuple.__new__(cls, items)
        altered = object.__new__(cls)
        values = altered.__dict__
        values.update(resource.__dict__)
        values.update(changes)
        return altered


T = TypeVar("T")
