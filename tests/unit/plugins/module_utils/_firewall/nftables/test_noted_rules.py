# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A note of rules counts for the code that reads tables, of which all modules are named."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables import noted_rules
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.noted_rules import (
    READING_MODULES,
)

ROOT = Path(noted_rules.__file__).parents[2]
READERS = ("parse", "read_table", "render")


def path_of(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


def list_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module that are run, also those within functions."""
    for statement in body:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        yield statement
        yield from list_statements(getattr(statement, "body", []))


def list_imports(module: str) -> Iterator[str]:
    for statement in list_statements(ast.parse(path_of(module).read_bytes()).body):
        if isinstance(statement, ast.ImportFrom) and statement.level:
            package = module.split(".")[: -statement.level]
            base = ".".join([*package, *filter(None, [statement.module])])
            found = [f"{base}.{alias.name}" for alias in statement.names]
            yield from (name if path_of(name).exists() else base for name in found)


def test_the_modules_that_read_tables_are_named() -> None:
    seen: set[str] = set()
    left = [f"_firewall.nftables.{name}" for name in READERS]
    while left:
        module = left.pop()
        if module not in seen:
            seen.add(module)
            left += list_imports(module)
    assert seen == {*READING_MODULES}
