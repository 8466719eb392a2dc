# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quick NamedTuple and TypedDict behave as those of typing."""

from __future__ import annotations

import typing
from typing import Any, get_type_hints

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model import fast_typing


def define(module: Any) -> Any:
    """A class, by one of the two implementations."""

    class Item(module.NamedTuple):
        """An item."""

        name: str
        count: int = 1

        @property
        def double(self) -> int:
            return 2 * self.count

    return Item


@pytest.mark.parametrize("module", [typing, fast_typing])
def test_a_named_tuple(module: Any) -> None:
    made = define(module)
    item: Any = made("a")
    assert item == ("a", 1) and item.double == 2 and item._replace(count=3).double == 6
    assert repr(made("b", count=2)) == "Item(name='b', count=2)"
    assert made.__doc__ == "An item." and made.__module__ == __name__
    assert isinstance(made("a"), tuple) and hash(item) == hash(("a", 1))
    with pytest.raises(TypeError):
        made()
    with pytest.raises(AttributeError):
        item.name = "b"


def define_params(module: Any) -> tuple[Any, Any, Any]:
    class Params(module.TypedDict):
        name: str

    class More(Params, total=False):  # type: ignore[call-arg]  # a type checker does not know it
        count: int

    return Params, More, module.TypedDict("Words", {"from": str})


@pytest.mark.parametrize("module", [typing, fast_typing])
def test_a_typed_dictionary(module: Any) -> None:
    params, more, words = define_params(module)
    assert get_type_hints(params) == {"name": str}
    assert get_type_hints(more) == {"name": str, "count": int}
    assert get_type_hints(words) == {"from": str}
    assert params(name="a") == {"name": "a"}
