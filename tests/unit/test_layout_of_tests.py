# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of the tests: none imports another, a helper is defined once, the tree follows plugins."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
TEST_FILES = sorted(TESTS.rglob("test_*.py"))
UNIT_TREE = TESTS / "unit" / "plugins"


@functools.cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_modules(path: Path) -> set[str]:
    """Return the last parts of the names of all modules that a file imports."""
    modules = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[-1] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules |= {(node.module or "").split(".")[-1], *(name.name for name in node.names)}
    return modules


def find_helpers(path: Path) -> list[str]:
    """Return the functions and classes of a file, without tests and fixtures, as source code."""
    return [
        ast.unparse(node)
        for node in parse(path).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("test_")
    ]


def test_no_test_imports_a_test() -> None:
    imported = {name for path in TEST_FILES for name in imported_modules(path)}
    assert {name for name in imported if name.startswith("test_")} == set()


def test_a_helper_is_defined_once() -> None:
    definitions = Counter(helper for path in TESTS.rglob("*.py") for helper in find_helpers(path))
    assert [helper for helper, count in definitions.items() if count > 1] == []


@pytest.mark.parametrize("name", ["sh", "ip", "output", "in_netns", "run", "run_on", "run_process"])
def test_a_basic_helper_of_the_kernel_tests_has_one_definition(name: str) -> None:
    files = [
        path.name
        for path in (TESTS / "kernel").rglob("*.py")
        for node in parse(path).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert len(files) == 1


def test_the_tree_of_unit_tests_follows_the_packages() -> None:
    folders = {path.parent.relative_to(UNIT_TREE) for path in UNIT_TREE.rglob("test_*.py")}
    assert [folder for folder in sorted(folders) if not (ROOT / "plugins" / folder).is_dir()] == []
