# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no linter keeps: sizes, where files are, notices, and the words of identifiers."""

from __future__ import annotations

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "plugins").rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
SOURCES = [path for path in FILES if path.is_relative_to(ROOT / "plugins")]
MAX_FILE, MAX_FUNCTION = 300, 40
DOCUMENTATION = ("DOCUMENTATION", "EXAMPLES", "RETURN")
PRIVATE_WORDS = frozenset(
    """
    admit admitted apart asked asking atlas born cable cables chart claim claims coming deaf
    debris draft drafts furnish guarded held home immovable kept ladder lay maker mend misfit
    misfits nature natures newborn obstacle obstacles opened pace room rooms said say says shed
    sight somebody sweep swept tell tells there thing things told whoever whom wish wished wishes
    """.split()
)
"""Words with a meaning that only this project knew. CONTRIBUTING.md has those that are left."""


@functools.cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def count_lines(path: Path, tree: ast.Module) -> int:
    """The lines of a file without the documentation of a module."""
    documented = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in DOCUMENTATION
    ]
    lines = len(read(path).splitlines())
    return lines - sum((node.end_lineno or 0) - node.lineno + 1 for node in documented)


def find_long_parts(path: Path) -> Iterator[str]:
    """What is too long in a file, or the file."""
    tree = ast.parse(read(path))
    lines = count_lines(path, tree)
    if lines > MAX_FILE and path.parent.name != "doc_fragments":
        yield f"{path}: {lines} lines"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > MAX_FUNCTION:
                yield f"{path}: {node.name} has {length} lines"


def find_words(path: Path) -> Iterator[str]:
    """The words of all identifiers of a file."""
    for token in tokenize.generate_tokens(io.StringIO(read(path)).readline):
        if token.type == tokenize.NAME:
            spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", token.string)
            yield from spaced.lower().split("_")


@pytest.mark.parametrize(
    "line",
    [
        # Without a colon behind the word, and the second one in two parts, or it would be read as a
        # notice of this file.
        "# Copyright (c) 20",
        "# SPDX-License-" + "Identifier: GPL-3.0-or-later\n",
    ],
)
def test_each_file_has_a_notice(line: str) -> None:
    assert [path for path in FILES if read(path) and line not in read(path)[:400]] == []


def test_module_utils_has_packages_only() -> None:
    files = {path.name for path in (ROOT / "plugins" / "module_utils").glob("*.py")}
    assert files == {"__init__.py", "_ansiballz.py"}


def test_files_and_functions_are_short() -> None:
    assert [part for path in FILES for part in find_long_parts(path)] == []


def test_identifiers_have_no_private_words() -> None:
    private = {path: PRIVATE_WORDS.intersection(find_words(path)) for path in SOURCES}
    assert {path: words for path, words in private.items() if words} == {}
