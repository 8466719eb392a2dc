# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fast dataclass behaves as the standard one, in all that this collection uses of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model import fast_dataclass


def define(module: Any) -> tuple[Any, Any]:
    """A frozen and a mutable class, by one of the two implementations."""

    @module.dataclass(frozen=True)
    class Frozen:
        first: int
        second: str = "two"
        ignored: int | None = module.field(default=None, compare=False)

        @property
        def double(self) -> int:
            return 2 * self.first

    @module.dataclass
    class Mutable:
        items: list[int] = module.field(default_factory=list)
        total: int = module.field(init=False)

        def __post_init__(self) -> None:
            self.total = sum(self.items)

    return Frozen, Mutable


FROZEN, MUTABLE = define(fast_dataclass)
STANDARD_FROZEN, STANDARD_MUTABLE = define(dataclasses)
ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1, "b"), {}),
    ((), {"first": 1, "ignored": 5}),
    ((2,), {"second": "two"}),
]


@pytest.mark.parametrize(("args", "kwargs"), ARGUMENTS)
def test_objects_have_the_same_attributes_in_the_same_order(args: Any, kwargs: Any) -> None:
    fast, standard = FROZEN(*args, **kwargs), STANDARD_FROZEN(*args, **kwargs)
    assert list(vars(fast).items()) == list(vars(standard).items())
    assert repr(fast) == repr(standard) and fast.double == standard.double


def test_equality_and_hash_pass_over_fields_that_are_not_compared() -> None:
    for left, right in (((1, "b", 5), (1, "b", 6)), ((1, "b", 5), (1, "c", 5)), ((1,), (2,))):
        for make in (FROZEN, STANDARD_FROZEN):
            assert (make(*left) == make(*right)) == (left[:2] == right[:2])
            assert (hash(make(*left)) == hash(make(*right))) == (left[:2] == right[:2])
    assert FROZEN(1) != STANDARD_FROZEN(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(MUTABLE())


def test_a_frozen_object_refuses_assignments() -> None:
    for make in (FROZEN, STANDARD_FROZEN):
        with pytest.raises(AttributeError, match="cannot assign to field 'first'"):
            make(1).first = 2
    changed = MUTABLE()
    changed.total = 2
    assert changed.total == 2


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((1, "b", 5, 6), {}), ((1,), {"third": 3}), ((), {"second": "b"})],
)
def test_missing_and_unknown_fields_are_errors(args: Any, kwargs: Any) -> None:
    for make in (FROZEN, STANDARD_FROZEN):
        with pytest.raises(TypeError):
            make(*args, **kwargs)


def test_each_object_gets_a_default_of_its_own() -> None:
    assert MUTABLE().items is not MUTABLE().items
    assert vars(MUTABLE([1, 2])) == vars(STANDARD_MUTABLE([1, 2])) == {"items": [1, 2], "total": 3}


def test_functions_of_the_standard_library_accept_it() -> None:
    changed = dataclasses.replace(FROZEN(1, ignored=5), second="b")
    assert changed == FROZEN(1, "b") and changed.ignored == 5
    assert dataclasses.asdict(changed) == {"first": 1, "second": "b", "ignored": 5}
    assert dataclasses.is_dataclass(FROZEN)
