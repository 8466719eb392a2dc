# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the command ``redblue-netns``: the engine of this collection in one file for Python.

The archive has the files of ``module_utils`` as they are, except for those that know Ansible. The
same files give the same bytes on every controller, because nothing is compressed, and each file has
the same time.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

COLLECTION = Path(__file__).resolve().parents[3]
_CORE = COLLECTION / "plugins" / "module_utils"
_PACKAGE = "ansible_collections/redblue/netns/plugins/module_utils"
_OF_ANSIBLE = ("_module",)
_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest that the format knows."""
_FIRST_LINE = b"#!/usr/bin/python3 -I\n"
_MAIN = f"""\
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec

# zipimport would compile it twice, and each of the packages that contain it.
_ansiballz = module_from_spec(ModuleSpec("{_PACKAGE.replace("/", ".")}._ansiballz", __loader__))
sys.modules[_ansiballz.__name__] = _ansiballz
source = __loader__.get_data("{_PACKAGE}/_ansiballz.py")
exec(compile(source, "_ansiballz.py", "exec"), vars(_ansiballz))
# It reads the whole archive: this process is not affected if the file is replaced or removed.
_ansiballz.prepare()

from {_PACKAGE.replace("/", ".")}._runner.main import end, main

end(main(sys.argv[1:]))
"""


def read_version() -> str:
    """The version of this collection, installed or as a checkout."""
    try:
        manifest = json.loads((COLLECTION / "MANIFEST.json").read_text(encoding="utf-8"))
        return str(manifest["collection_info"]["version"])
    except FileNotFoundError:
        lines = (COLLECTION / "galaxy.yml").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("version:"))


def build_archive() -> bytes:
    """The command as a file."""
    files = {"__main__.py": _MAIN.encode(), "VERSION": f"{read_version()}\n".encode()}
    parents = _PACKAGE.split("/")
    for depth in range(1, len(parents)):
        files["/".join((*parents[:depth], "__init__.py"))] = b""
    files[f"{_PACKAGE}/__init__.py"] = b""
    for path in sorted(_CORE.rglob("*.py")):
        name = path.relative_to(_CORE)
        if name.parts[0] not in _OF_ANSIBLE:
            files[f"{_PACKAGE}/{name.as_posix()}"] = path.read_bytes()
    buffer = io.BytesIO()
    buffer.write(_FIRST_LINE)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        for file, content in sorted(files.items()):
            entry = zipfile.ZipInfo(file, _TIME)
            entry.create_system = 3  # Unix, on every controller
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
