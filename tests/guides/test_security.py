# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SECURITY.md names tests that exist, and at least one for each statement."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path("/run/tree/ansible_collections/redblue/netns")
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
TESTS = re.findall(r"`(tests/[^`]*)::(test_\w+)`", TEXT)


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_each_statement_has_a_test() -> None:
    _before, *tables = TEXT.split("| Statement | Tests |\n| --- | --- |\n")
    rows = [row for table in tables for row in table.partition("\n\n")[0].splitlines()]
    assert len(rows) > 10
    assert [row for row in rows if not re.search(r"::test_\w+`", row)] == []
