# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regular expressions that are compiled when they are first used."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model import lazy_pattern


def test_it_is_compiled_once_and_matches_like_another(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Any] = []
    compile_at_once = re.compile

    def count(*arguments: Any) -> Any:
        compiled.append(arguments)
        return compile_at_once(*arguments)

    monkeypatch.setattr(re, "compile", count)
    pattern = lazy_pattern.compile_lazily("a(b+)", re.IGNORECASE)
    assert compiled == []
    match = pattern.fullmatch("ABB")
    assert match is not None and match[1] == "BB"
    assert pattern.fullmatch("ac") is None and pattern.sub("-", "xaby") == "x-y"
    assert compiled == [("a(b+)", re.IGNORECASE)]


def test_what_it_lacks_is_an_error() -> None:
    with pytest.raises(AttributeError):
        lazy_pattern.compile_lazily("a").nothing  # type: ignore[attr-defined]  # noqa: B018
