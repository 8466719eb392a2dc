# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback plugin: all commands of Ansible in this checkout share the archives of modules.

Ansible makes one of each module and of all files that it imports, which takes it seconds. It keeps
them, but only until the command ends. The tests start hundreds of commands. Archives are shared
only if each file of the collection is the same, and by one version of Ansible and of Python.

A module compiles what it imports of Ansible itself, which takes longer than most tasks. Shared
archives have that compiled too. Another version of Python does not read it. Of the collection they
have its sources alone, as those of users.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import importlib.util
import io
import marshal
import os
import shutil
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.executor import module_common
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__

DOCUMENTATION = """
name: shared_archives
type: aggregate
short_description: Archives of modules, kept for the next commands
description: Tests take half of the time.
"""

_PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
_KEPT = _PLUGINS.parent / ".cache" / "archives"
"""Where archives are, unless the environment names another directory: until the host ends."""
_UNUSED = 24 * 3600
"""After so many seconds, archives of files that have changed since are removed."""


def compute_key() -> str:
    """What archives depend on."""
    digest = hashlib.sha256(f"{__version__} {sys.version}".encode() + Path(__file__).read_bytes())
    for path in sorted(_PLUGINS.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(_PLUGINS)} {len(content)} ".encode() + content)
    return digest.hexdigest()


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "shared_archives"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # Ansible writes into a directory of this command, so that commands at the same time do not
        # write one file. Other users than that of the checkout share the archives of this host.
        key = compute_key()
        kept = (os.environ.get("KEPT_ARCHIVES", _KEPT), f"/run/tmp/archives-{os.getuid()}")
        self._shared = [Path(directory, key) for directory in kept]
        self._own = Path(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache")
        self._own.mkdir()
        for directory in self._shared:
            with suppress(OSError):
                self._take(directory)

    def _take(self, directory: Path) -> None:
        for archive in directory.iterdir():
            with suppress(FileExistsError):
                (self._own / archive.name).symlink_to(archive)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Keep what this command has made. The name is that of Ansible for its end."""
        made = [
            path
            for path in self._own.iterdir()
            if not path.is_symlink() and not path.name.endswith((".lock", "-part"))
        ]
        for directory in self._shared if made else ():
            with suppress(OSError):
                keep(made, directory)
                return


def keep(archives: list[Path], directory: Path) -> None:
    """Copy archives to where other commands find either all of a file or nothing."""
    directory.mkdir(parents=True, exist_ok=True)
    for archive in archives:
        part = directory.parent / f"{archive.name}-{os.getpid()}-{time.monotonic_ns()}"
        shutil.copyfile(archive, part)
        add_compiled_code(part)
        part.replace(directory / archive.name)
    for former in directory.parent.iterdir():
        if former.stat().st_mtime < time.time() - _UNUSED:
            shutil.rmtree(former, ignore_errors=True)


def add_compiled_code(archive: Path) -> None:
    """Compile what is Ansible's own in an archive. One in the form of ansible-core 2.18 stays."""
    form = getattr(module_common, "_CachedModule", None)
    if form is None:
        return
    module = form.load(str(archive))
    content = io.BytesIO(base64.b64decode(module.zip_data))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as files:
        for path in files.namelist():
            if path.startswith("ansible/"):
                files.writestr(f"{path}c", compile_source(files.read(path), path))
    data = base64.b64encode(content.getvalue())
    dataclasses.replace(module, zip_data=data).dump(str(archive))


def compile_source(source: bytes, path: str) -> bytes:
    """The content of a file of compiled code that is not compared with its source, see PEP 552."""
    unchecked = (1).to_bytes(4, "little")
    code = compile(source, path, "exec", dont_inherit=True)
    start = importlib.util.MAGIC_NUMBER + unchecked + importlib.util.source_hash(source)
    return start + marshal.dumps(code)
