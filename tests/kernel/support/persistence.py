# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts with persistent topologies, and their command ``redblue-netns``."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._model.host_units import (
    UNIT_DIRECTORY,
    list_paths,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.network_managers import (
    DIRECTORIES,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import (
    COMMAND,
    LAB_DIRECTORY,
    RUNNER_DIRECTORY,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._persistence.archive import (
    build_archive,
)

from support.tasks import LAB, run

PERSISTENT_LAB = {**LAB, "persist": True}
COMMANDS = "/usr/local/bin"
_BOOTED = Path("/run/systemd/system")


@contextmanager
def own_units() -> Iterator[None]:
    """Remove the units that come during it, and their directories."""
    directory = Path(UNIT_DIRECTORY)
    before = {*directory.iterdir()}
    try:
        yield
    finally:
        for path in {*directory.iterdir()} - before:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def booted_host(at: Path) -> Iterator[dict[str, Any]]:
    """Let this host be one of systemd, without a running systemd, and without files of others.

    :returns: what the action plugin would tell the module.
    """
    _BOOTED.mkdir(parents=True, exist_ok=True)
    runner = at / "redblue-netns.pyz"
    content = build_archive()
    runner.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    try:
        yield {"by": "ada@controller", "version": "1.0.0", "runner": str(runner), "sha256": digest}
    finally:
        shutil.rmtree(_BOOTED.parent)
        for path in map(Path, (*list_paths("none"), *map(str, _list_own_files()))):
            path.unlink(missing_ok=True)
        for directory in (LAB_DIRECTORY, RUNNER_DIRECTORY):
            shutil.rmtree(directory, ignore_errors=True)


def _list_own_files() -> list[Path]:
    """All files and links of persistent topologies on this host."""
    places = (LAB_DIRECTORY, RUNNER_DIRECTORY, UNIT_DIRECTORY, COMMANDS, *DIRECTORIES.values())
    found = (path for place in places for path in Path(place).rglob("*"))
    return sorted(
        path
        for path in found
        if not path.is_dir() and ("redblue-netns" in path.name or str(path.parent) == LAB_DIRECTORY)
    )


def snapshot_files() -> dict[str, tuple[str, int]]:
    """The content and mode of each file of persistent topologies."""
    return {
        str(path): (
            os.readlink(path)
            if path.is_symlink()
            else hashlib.sha256(path.read_bytes()).hexdigest(),
            path.lstat().st_mode,
        )
        for path in _list_own_files()
    }


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start the command as a user of the host does."""
    return subprocess.Popen(
        [COMMAND, *arguments],
        env={"PATH": "/usr/sbin:/usr/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    process = start(*arguments)
    output, errors = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


def call_json(*arguments: str) -> Any:
    """Run the command, and return the JSON that it prints."""
    return json.loads(call(*arguments, "--json").stdout)


def write_lab_file(name: str, content: Any, mode: int = 0o600) -> Path:
    """Write the file of a topology, as something else than this collection may."""
    path = Path(LAB_DIRECTORY) / f"{name}.json"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    path.chmod(mode)
    return path


def persist(controller_facts: dict[str, Any], **raw: Any) -> None:
    """Create a persistent topology."""
    run("topology", **raw, persist=True, _controller=controller_facts)


def remove_all(names: Sequence[str]) -> None:
    """Remove what a boot removes: namespaces, links and rules, and the records in /run."""
    for name in names:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
    subprocess.run(["nft", "flush", "ruleset"], check=True)
    for path in Path("/run/redblue-netns").iterdir():
        path.unlink()


@contextmanager
def locked_host() -> Iterator[None]:
    """Hold the lock of this host, as a run does."""
    command = ["flock", "/run/redblue-netns/lock", "sh", "-c", "echo; cat"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout is not None and holder.stdout.readline()
        yield
        holder.communicate()
