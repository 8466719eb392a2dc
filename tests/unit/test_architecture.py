# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of the design: who reads check mode, imports Ansible, runs programs; what a module
contains.
"""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "plugins" / "module_utils"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))
OF_ANSIBLE = {"_module/ansible_api.py", "_params/text_forms.py"}


@functools.cache
def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module or "")
    return found


def core_files_that(importing: str) -> set[str]:
    return {
        str(path.relative_to(CORE))
        for path in CORE.rglob("*.py")
        if any(name.split(".")[0] == importing for name in imports(path))
    }


def test_one_file_imports_pyroute2() -> None:
    assert core_files_that("pyroute2") == {"_netlink/pyroute2_messages.py"}


def test_one_file_runs_programs() -> None:
    assert core_files_that("subprocess") == {"_host/programs.py"}


def test_module_utils_imports_nothing_of_ansible() -> None:
    assert core_files_that("ansible") | core_files_that("ansible_collections") == OF_ANSIBLE


def test_check_mode_is_read_once_and_decided_once() -> None:
    readers = {
        path.name for path in (ROOT / "plugins").rglob("*.py") if "check_mode" in _code(path)
    }
    assert readers == {"base.py", "state.py"}
    deciders = [
        node
        for node in ast.walk(
            ast.parse((CORE / "_engine" / "converge.py").read_text(encoding="utf-8"))
        )
        if isinstance(node, ast.If) and "check" in ast.dump(node.test)
    ]
    assert len(deciders) == 1


def _code(path: Path) -> str:
    """Return the identifiers of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)] + [
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    ]
    return " ".join(names)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_at_most_40_lines_of_code(module: str) -> None:
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    code = [
        node
        for node in tree.body
        if not (
            isinstance(node, ast.Assign)
            and getattr(node.targets[0], "id", "") in ("DOCUMENTATION", "EXAMPLES", "RETURN")
        )
    ]
    assert sum((node.end_lineno or 0) - node.lineno + 1 for node in code) <= 40


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_tested(module: str) -> None:
    assert (ROOT / "tests" / "integration" / "targets" / module / "tasks" / "main.yml").is_file()
    kernel = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "kernel").rglob("*.py")
    )
    units = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "unit").rglob("*.py")
    )
    assert f'"{module}"' in kernel and f'"{module}"' in units


def test_the_architecture_page_names_files_that_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./]+)`", text)
    paths = [name for name in named if "/" in name or name.startswith("_")]
    roots = (ROOT, CORE, ROOT / "plugins" / "plugin_utils")
    missing = [path for path in paths if not any((root / path).exists() for root in roots)]
    assert len(paths) > 30
    assert missing == []
