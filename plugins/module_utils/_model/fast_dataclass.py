# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dataclasses that are cheap to define.

``dataclasses`` writes and compiles the methods of each class: 0.6 ms of CPU with Python 3.11, or
25 ms for the 40 classes that a task imports. Here a class takes 0.01 ms, and its objects are as
fast. This is the subset of ``dataclasses`` that this collection uses: ``frozen``, defaults, fields
with a factory or without comparison, ``__post_init__``. Type checkers see ``dataclasses`` itself.

An object of a frozen class is a tuple of its class and its values: a link takes 0.3 KB instead of
0.9, and C compares and hashes it. So ``isinstance(value, tuple)`` does not tell it from a sequence.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, TypeVar

__all__ = ["dataclass", "field"]

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:

    class _Field:
        """What ``field`` says of a field."""

        def __init__(self, default: Any, default_factory: Any, compare: bool) -> None:
            self.default = default
            self.default_factory = default_factory
            self.compare = compare

    _REQUIRED = object()

    def field(
        *,
        default: Any = _REQUIRED,
        default_factory: Callable[[], Any] | None = None,
        compare: bool = True,
        init: bool = True,
    ) -> Any:
        """See ``dataclasses.field``. Without ``init`` it is None until ``__post_init__``."""
        default = default if init else None
        return _Field(default, default_factory, compare)

    def dataclass(cls: type[T] | None = None, *, frozen: bool = False) -> Any:
        """See ``dataclasses.dataclass``. Fields are not inherited."""
        if cls is None:
            return lambda decorated: dataclass(decorated, frozen=frozen)
        defaults: dict[str, Any] = {}
        factories: dict[str, Callable[[], Any]] = {}
        ignored = []
        required = []
        for name in cls.__annotations__:
            value = vars(cls).get(name, _REQUIRED)
            if isinstance(value, _Field):
                ignored += [] if value.compare else [name]
                if value.default_factory is not None:
                    factories[name] = value.default_factory
                value = None if value.default is _REQUIRED else value.default
                setattr(cls, name, value)
            if value is _REQUIRED:
                required.append(name)
            defaults[name] = None if value is _REQUIRED else value
        if frozen and not ignored and not factories and not _needs_dict(cls):
            cls = _make_tuple_class(cls, defaults, tuple(required))
        else:
            cls.__init__ = _make_init(cls, defaults, factories, tuple(required))
            _add_comparison(cls, frozenset(ignored), frozen)
            cls.positions_of_fields = None
        cls.__repr__ = _repr
        cls.__dataclass_fields__ = _StandardFields(tuple(defaults), frozenset(ignored))
        return cls

    _ITEMS = namedtuple("_ITEMS", [f"item{number}" for number in range(40)])
    """Its attributes read the items of any tuple."""

    def _needs_dict(cls: type[Any]) -> bool:
        is_cached = any(isinstance(value, cached_property) for value in vars(cls).values())
        return is_cached or hasattr(cls, "__post_init__")

    def _make_tuple_class(
        cls: type[Any], defaults: dict[str, Any], required: tuple[str, ...]
    ) -> type[Any]:
        """A class with the same methods, whose objects are (class, value of each field)."""
        own = {
            name: value
            for name, value in vars(cls).items()
            if name not in defaults and name not in ("__dict__", "__weakref__")
        }
        positions = {name: position for position, name in enumerate(defaults, 1)}
        fields = {name: getattr(_ITEMS, f"item{number}") for name, number in positions.items()}
        return type(
            cls.__name__,
            (tuple, *(base for base in cls.__bases__ if base is not object)),
            {
                **own,
                **fields,
                "__slots__": (),
                "__new__": _make_new(defaults, required),
                "__getnewargs__": lambda self: self[1:],
                "__dict__": property(lambda self: dict(zip(defaults, self[1:]))),
                "positions_of_fields": positions,
            },
        )

    def _make_new(defaults: dict[str, Any], required: tuple[str, ...]) -> Callable[..., Any]:
        names, size, new = tuple(defaults), len(defaults), tuple.__new__
        least, needed = len(required), frozenset(required)

        def __new__(cls: type[Any], *args: Any, **kwargs: Any) -> Any:
            if len(args) == size and not kwargs:
                return new(cls, (cls, *args))
            values = defaults.copy()
            values.update(zip(names, args))
            values.update(kwargs)
            is_short = len(args) < least and not kwargs.keys() >= needed
            if is_short or len(args) > size or len(values) > size:
                _check_arguments(cls, names, required, args, kwargs, len(values))
            return new(cls, (cls, *values.values()))

        return __new__

    def _make_init(
        cls: type[Any],
        defaults: dict[str, Any],
        factories: dict[str, Callable[[], Any]],
        required: tuple[str, ...],
    ) -> Callable[..., None]:
        names, size, least = tuple(defaults), len(defaults), len(required)
        post_init = getattr(cls, "__post_init__", None)

        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            values = self.__dict__
            # All names first: vars() of an object shows them in the order of the fields.
            values.update(defaults)
            for name, factory in factories.items():
                values[name] = factory()
            for name, value in zip(names, args):
                values[name] = value
            if kwargs:
                values.update(kwargs)
            if len(args) < least or len(args) > size or len(values) > size:
                _check_arguments(cls, names, required, args, kwargs, len(values))
            if post_init is not None:
                post_init(self)

        return __init__

    def _check_arguments(
        cls: type[Any],
        names: tuple[str, ...],
        required: tuple[str, ...],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        count: int,
    ) -> None:
        """``count``: how many fields there are with all arguments."""
        for name in required[len(args) :]:
            if name not in kwargs:
                raise TypeError(f"{cls.__name__} needs {', '.join(required)}")
        if len(args) > len(names) or count > len(names):
            raise TypeError(f"{cls.__name__} has only {', '.join(names)}")

    def _add_comparison(cls: type[Any], ignored: frozenset[str], frozen: bool) -> None:
        def compared(self: Any) -> dict[str, Any]:
            values = self.__dict__
            return {name: values[name] for name in values if name not in ignored}

        def __eq__(self: Any, other: Any) -> Any:
            if self.__class__ is not other.__class__:
                return NotImplemented
            if not ignored:
                return self.__dict__ == other.__dict__
            return compared(self) == compared(other)

        def __hash__(self: Any) -> int:
            return hash(tuple((compared(self) if ignored else self.__dict__).values()))

        cls.__eq__ = __eq__
        cls.__hash__ = __hash__ if frozen else None
        if frozen:
            cls.__setattr__ = _refuse

    def _repr(self: Any) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__qualname__}({values})"

    def _refuse(self: Any, name: str, value: Any) -> None:
        raise AttributeError(f"cannot assign to field {name!r}")

    class _StandardFields:
        """``__dataclass_fields__`` on demand, for the functions of ``dataclasses``."""

        def __init__(self, names: tuple[str, ...], ignored: frozenset[str]) -> None:
            self._names = names
            self._ignored = ignored
            self._fields: dict[str, Any] = {}

        def __get__(self, instance: Any, cls: type[Any]) -> dict[str, Any]:
            if not self._fields:
                self._fields = self._make_fields(cls)
            return self._fields

        def _make_fields(self, cls: type[Any]) -> dict[str, Any]:
            import dataclasses

            items = []
            for name in self._names:
                compare = name not in self._ignored
                entry = dataclasses.field(default=None, compare=compare)  # pylint: disable=invalid-field-call  # for make_dataclass
                items.append((name, Any, entry))
            standard = dataclasses.make_dataclass(cls.__name__, items)
            return {item.name: item for item in dataclasses.fields(standard)}
