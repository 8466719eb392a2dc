# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``NamedTuple`` and ``TypedDict`` that are cheap to define.

``typing`` compiles the annotation of each field, which are texts here: a tenth of what it takes to
import the modules of a task. Nothing reads them at run time. Type checkers see ``typing`` itself.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple", "TypedDict"]

if TYPE_CHECKING:
    from typing import NamedTuple, TypedDict
else:

    class _NamedTupleMeta(type):
        def __new__(mcs, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, members)
            fields = members["__annotations__"]
            defaults = [members[field] for field in fields if field in members]
            made = namedtuple(name, fields, defaults=defaults, module=members["__module__"])
            for key, value in members.items():
                if key not in fields and key != "__module__":
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_NamedTupleMeta):
        """See ``typing.NamedTuple``."""

    class _TypedDictMeta(type):
        def __new__(
            mcs, name: str, bases: tuple[type, ...], members: dict[str, Any], total: bool = True
        ) -> type:
            """``total``, whether all keys are there, is for type checkers."""
            return super().__new__(mcs, name, bases, members)

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            if cls is not TypedDict:
                return super().__call__(*args, **kwargs)
            # The form for keys that are no names.
            name, annotations = args
            return _TypedDictMeta(name, (TypedDict,), {"__annotations__": annotations})

    class TypedDict(dict, metaclass=_TypedDictMeta):
        """See ``typing.TypedDict``."""
