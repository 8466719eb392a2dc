# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no linter keeps: sizes, where files are, notices, and the words of identifiers."""

from __future__ import annotations

import ast
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


def count_lines(path: Path) -> int:
    """The lines of a file without the documentation of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in DOCUMENTATION
    ]
    lines = len(path.read_text(encoding="utf-8").splitlines())
    return lines - sum((node.end_lineno or 0) - node.lineno + 1 for node in documented)


def find_words(path: Path) -> Iterator[str]:
    """The words of all identifiers of a file."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.NAME:
            spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", token.string)
            yield from spaced.lower().split("_")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_file_has_a_notice(path: Path) -> None:
    begin = path.read_text(encoding="utf-8")[:400]
    assert not begin or "# Copyright (c) 20" in begin, "write: Copyright (c) YEAR, without a colon"
    # In two parts, or it would be read as a notice of this file.
    assert not begin or "# SPDX-License-" + "Identifier: GPL-3.0-or-later\n" in begin


def test_module_utils_has_packages_only() -> None:
    files = {path.name for path in (ROOT / "plugins" / "module_utils").glob("*.py")}
    assert files == {"__init__.py", "_ansiballz.py"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    if path.parent.name != "doc_fragments":
        assert count_lines(path) <= MAX_FILE
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= MAX_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_identifiers_have_no_private_words(path: Path) -> None:
    assert PRIVATE_WORDS.intersection(find_words(path)) == set()
