# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compiled code is cached for the next tasks, in a file that only root can write."""

from __future__ import annotations

import json
import marshal
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils import _ansiballz
from ansible_collections.redblue.netns.plugins.module_utils._host.state_directory import (
    STATE_DIRECTORY,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import (
    RUNNER_DIRECTORY,
)

from support.playbooks import run_ansible
from support.shell import sh

CACHE = Path(_ansiballz.CODE_DIRECTORY, _ansiballz.CODE_FILE)


def run_archive(*options: str) -> str:
    """Run the module netns as Ansible does, from an archive; return the output of Ansible."""
    inventory = ["-i", "localhost,", "-c", "local"]
    python = ["-e", f"ansible_python_interpreter={sys.executable}"]
    task = ["-m", "redblue.netns.netns", "-a", "name=red"]
    done = run_ansible(["ansible", "localhost", *inventory, *python, *task, *options])
    return done.stdout + done.stderr


def read_result(output: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(output[output.index("{") :])
    return result


def plant() -> None:
    """Replace all cached code by code that says so."""
    planted = marshal.dumps(compile("raise ValueError('planted code')", "planted", "exec"))
    CACHE.write_bytes(marshal.dumps(dict.fromkeys(marshal.loads(CACHE.read_bytes()), planted)))


def test_the_file_is_in_the_directory_of_all_state() -> None:
    assert STATE_DIRECTORY == _ansiballz.CODE_DIRECTORY
    assert RUNNER_DIRECTORY == _ansiballz.BOOT_DIRECTORY


def test_the_next_task_runs_what_the_last_one_compiled(host: None) -> None:
    assert read_result(run_archive("--check"))["changed"] and not CACHE.exists()
    assert read_result(run_archive())["changed"]
    assert CACHE.stat().st_mode & 0o777 == 0o600
    size = CACHE.stat().st_size
    assert not read_result(run_archive())["changed"]
    assert CACHE.stat().st_size >= size
    plant()
    assert "planted code" in run_archive()


@pytest.mark.parametrize("command", ["chmod 755 {}", "chown 1 {}"])
def test_code_that_others_may_have_written_is_not_run(host: None, command: str) -> None:
    run_archive()
    plant()
    sh(command.format(STATE_DIRECTORY))
    # The lock is in the same directory, so the task is refused, but by the module's own code.
    output = run_archive()
    assert "planted code" not in output and STATE_DIRECTORY in output


def test_a_link_is_not_followed(host: None) -> None:
    run_archive()
    plant()
    sh(f"mv {CACHE} /run/planted && ln -s /run/planted {CACHE}")
    assert not read_result(run_archive())["changed"]
    assert not CACHE.is_symlink()


@pytest.mark.parametrize("content", [b"", b"no code", marshal.dumps(7)])
def test_a_damaged_file_is_replaced(host: None, content: bytes) -> None:
    run_archive()
    CACHE.write_bytes(content)
    assert not read_result(run_archive())["changed"]
    assert len(marshal.loads(CACHE.read_bytes())) > 50


def test_code_of_another_source_is_compiled(host: None) -> None:
    """The cache of another release has none of the keys."""
    run_archive()
    cached = marshal.loads(CACHE.read_bytes())
    planted = marshal.dumps(compile("raise ValueError('planted code')", "planted", "exec"))
    CACHE.write_bytes(marshal.dumps({os.urandom(16): planted for _entry in cached}))
    assert not read_result(run_archive())["changed"]
