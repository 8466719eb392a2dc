# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files in the places that tasks read: of a kind that never ends, too deep, or written by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Failed
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import (
    COMMAND,
    LAB_DIRECTORY,
)

from support.info import gather_info
from support.patience import patience
from support.persistence import persist, write_lab_file
from support.private_host import IS_REAL_ROOT
from support.shell import sh
from support.tasks import LAB, Raw, run

_RED: Raw = {"name": "red", "nameservers": ["192.0.2.53"]}
_DEEP = "[" * 100_000 + "]" * 100_000
_FILE = "/etc/netns/red/resolv.conf"
_ENDLESS = {
    "a pipe": f"mkfifo {_FILE}",
    "a device": f"ln -s /dev/zero {_FILE}",
    "a directory": f"mkdir {_FILE}",
    "a link to nothing": f"ln -s /nowhere {_FILE}",
    "a huge file": f"truncate -s 5G {_FILE}",
}


@pytest.mark.parametrize("kind", _ENDLESS)
def test_a_resolver_file_of_another_kind_stops_no_task(host: None, kind: str) -> None:
    run("netns", name="red")
    sh(f"mkdir -p /etc/netns/red; {_ENDLESS[kind]}")
    read, write = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(int(patience(30)))  # ends a hang
        with open(write, "w", encoding="utf-8") as file:
            try:
                run("netns", **_RED)
            except Conflict as error:
                file.write(str(error))
                assert gather_info()["topology"]["netns"][0]["name"] == "red"
                file.write(" told")
        os._exit(0)
    os.close(write)
    with open(read, encoding="utf-8") as file:
        answer = file.read()
    os.waitpid(child, 0)
    assert "no ordinary file" in answer and answer.endswith("told"), answer
    sh(f"test -e {_FILE} || test -L {_FILE}")


@pytest.mark.parametrize("name", ["owners", "journal"])
@pytest.mark.parametrize("content", [_DEEP, f'{{"host": {_DEEP}}}', "", "[]", "\0", None])
def test_a_damaged_file_of_state_is_refused(host: None, name: str, content: str | None) -> None:
    run("netns", name="red")
    [owners] = Path("/run/redblue-netns").glob("owners-*")
    path = owners.with_name(owners.name.replace("owners", name))
    path.write_text(content or "", encoding="utf-8")
    if content is None:
        os.truncate(path, 5 << 30)
    path.chmod(0o600)
    for check in (True, False):
        with pytest.raises(Failed, match=f"{path}.* remove it"):
            run("netns", check, name="blue")
    assert sh("ip netns") == "red\n"


def _variants(written: str) -> dict[str, Any]:
    lab = json.loads(written)
    return {
        "too deep": _DEEP,
        "an option too deep": written.replace('"declared": {', f'"declared": {{"x": {_DEEP},', 1),
        "a text for a list": {**lab, "declared": {**lab["declared"], "netns": "x" * 1000}},
        "no dictionary": [lab],
        "a huge number": written.replace('"format": 1', '"format": ' + "9" * 5000),
    }


def test_a_file_for_boot_that_was_written_by_hand_is_refused(
    controller_facts: dict[str, Any],
) -> None:
    persist(controller_facts, **LAB)
    written = (Path(LAB_DIRECTORY) / "lab.json").read_text(encoding="utf-8")
    for name, content in _variants(written).items():
        write_lab_file("lab", content)
        for verb in (["check"], ["apply", "--all"]):
            done = subprocess.run([COMMAND, *verb], capture_output=True, text=True, check=False)
            assert done.returncode == 2, (name, done)
            assert "Traceback" not in done.stderr, (name, done.stderr[-500:])
            assert "is damaged; run the playbook" in done.stdout + done.stderr, (name, done)


def test_a_text_in_a_file_for_boot_is_no_line_of_its_own(controller_facts: dict[str, Any]) -> None:
    persist(controller_facts, **LAB)
    lab = json.loads((Path(LAB_DIRECTORY) / "lab.json").read_text(encoding="utf-8"))
    write_lab_file("lab", {**lab, "applied": {"by": "ada\nother  applied now", "at": ["\x1b[31m"]}})
    done = subprocess.run([COMMAND, "list"], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1 and "\x1b" not in done.stdout


_OTHER_USER = 65534


@pytest.mark.skipif(not IS_REAL_ROOT, reason="root of a user namespace knows one user")
def test_no_file_is_written_through_a_link_of_another_user(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    """A user who owns a directory on the way would choose where root writes."""
    persist(controller_facts, **LAB)
    own, target = tmp_path / "exporter", tmp_path / "target"
    own.mkdir()
    target.mkdir()
    (own / "text").symlink_to(target)
    os.chown(own / "text", _OTHER_USER, _OTHER_USER, follow_symlinks=False)
    written = f"--prometheus={own}/text/lab.prom"
    done = subprocess.run([COMMAND, "check", written], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "is a symbolic link of user 65534" in done.stderr, done
    assert not [*target.iterdir()]
    os.chown(own / "text", 0, 0, follow_symlinks=False)
    subprocess.run([COMMAND, "check", written], capture_output=True, check=True)
    assert [path.name for path in target.iterdir()] == ["lab.prom"]
