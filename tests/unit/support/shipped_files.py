# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible sends with a module: every file that is imported, wherever the import stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
_COLLECTION = ["ansible_collections", "redblue", "netns", "plugins"]


def list_shipped(module: str, with_annotations: bool = True) -> set[str]:
    """The files of ``module_utils`` that Ansible sends with a module, as paths in there.

    :param with_annotations: also those of imports that are only made while types are checked.
    """
    found: set[Path] = set()
    waiting = [PLUGINS / "modules" / f"{module}.py"]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported_by(path, with_annotations)
    core = PLUGINS / "module_utils"
    return {str(path.relative_to(core)) for path in found if core in path.parents}


@cache
def _imported_by(path: Path, with_annotations: bool) -> tuple[Path, ...]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unread = set() if with_annotations else set(_nodes_for_annotations(tree))
    nodes = [
        node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node not in unread
    ]
    return tuple(file for node in nodes for file in _files_of(path, node))


def _nodes_for_annotations(tree: ast.Module) -> Iterator[ast.AST]:
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from ast.walk(node)


def _files_of(path: Path, node: ast.ImportFrom) -> Iterator[Path]:
    """The files that an import names: modules, or the module of what it names."""
    parts = (node.module or "").split(".")
    if node.level:
        package = path.parents[node.level - 1].joinpath(*filter(None, parts))
    elif parts[:4] == _COLLECTION:
        package = PLUGINS.joinpath(*parts[4:])
    else:
        return
    for alias in node.names:
        for file in (package / f"{alias.name}.py", package.with_suffix(".py")):
            if file.is_file():
                yield file
                break
