# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive of the command redblue-netns."""

from __future__ import annotations

import ast
import io
import zipfile
from pathlib import Path

from ansible_collections.redblue.netns.plugins.plugin_utils._persistence import archive

LAZY = {"text_forms.py"}
"""Reads texts in the place of dictionaries, which no file of the command has."""


def read_archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(archive.build_archive()))


def test_the_same_files_give_the_same_bytes() -> None:
    assert archive.build_archive() == archive.build_archive()
    times = {entry.date_time for entry in read_archive().infolist()}
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_it_is_a_program_of_the_distributions_python() -> None:
    assert archive.build_archive().startswith(b"#!/usr/bin/python3 -I\nPK")


def test_it_has_the_version_of_the_collection() -> None:
    galaxy = (archive.COLLECTION / "galaxy.yml").read_text(encoding="utf-8")
    version = read_archive().read("VERSION").decode().strip()
    assert f"\nversion: {version}\n" in galaxy


def test_no_file_of_it_needs_ansible() -> None:
    packed = read_archive()
    importing = {
        Path(name).name
        for name in packed.namelist()
        if name.endswith(".py")
        for node in ast.walk(ast.parse(packed.read(name)))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ansible"
    }
    assert importing == LAZY


def test_it_has_all_packages_but_that_of_the_modules() -> None:
    core = archive.COLLECTION / "plugins" / "module_utils"
    packages = {path.parent.name for path in core.glob("_*/__init__.py")}
    packed = {name.split("/")[5] for name in read_archive().namelist() if name.count("/") > 5}
    assert packages - packed == {"_module"}
