# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option src: a topology in a file that Ansible copies to the target; encrypted values and
errors in it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from support.module_process import run_process
from support.playbooks import LOCALHOST, Result, play, run_ansible

DEEP = "[" * 5000 + "]" * 5000
NESTED = "is nested too deeply, or in itself"
ITSELF = "name: lab\nrange:\n  - &one {count: 2, netns: [{name: 'n{n}', sysctls: *one}]}\n"


def run_with_files(at: Path, **files: str) -> dict[str, Result]:
    """Return the result of a task for each of these files."""
    for name, text in files.items():
        (at / f"{name}.yml").write_text(text, encoding="utf-8")
    (at / "password").write_text("secret", encoding="ascii")
    tasks = [
        {
            "name": name,
            "redblue.netns.topology": {"src": str(at / f"{name}.yml")},
            "ignore_errors": True,
        }
        for name in files
    ]
    return play(
        at,
        LOCALHOST,
        [{"hosts": "here", "gather_facts": False, "tasks": tasks}],
        ANSIBLE_VAULT_PASSWORD_FILE=str(at / "password"),
    )["here"]


def encrypt(at: Path, value: str) -> str:
    (at / "password").write_text("secret", encoding="ascii")
    done = run_ansible(
        ["ansible-vault", "encrypt_string", "--vault-password-file", str(at / "password"), value]
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_encrypted_values_in_a_file_are_decrypted(host: None, tmp_path: Path) -> None:
    secret = encrypt(tmp_path, "lab").rstrip().replace("\n", "\n    ")
    result = run_with_files(
        tmp_path,
        one=f"name: lab\nnetns:\n  - name: {secret}\n",
        other="name: lab\nnetns: [{name: !vault nonsense}]\n",
    )
    assert result["one"]["changed"] and os.listdir("/run/netns") == ["lab"]
    assert (
        result["other"]["ended"] == "failed"
        and str(tmp_path / "other.yml") in result["other"]["msg"]
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- red", "is not a dictionary"),
        ("name: lab\nsrc: x\n", "has src, which only the task may set"),
        ('{"name": 7, "name": 7}', "has 'name' twice"),
        (DEEP, ""),
        (f"name: lab\nnetns: {DEEP}", ""),
        (ITSELF, ""),
        (f"name: lab\nrange: [{{count: 1, netns: {'[' * 600}{']' * 600}}}]", ""),
        ("name: lab\nnetns: [{name: 2026-01-01}]\n", ""),
        ("name: a b\nnetns: [{name: a/b}, {name: 7}]\n", "3 errors:\n- netns[1].name: 7: is a "),
    ],
    ids=lambda text: text[:40],
)
def test_errors_in_a_file_name_it(host: None, tmp_path: Path, text: str, message: str) -> None:
    result = run_with_files(tmp_path, lab=text)["lab"]
    assert (
        result["ended"] == "failed"
        and message in result["msg"]
        and "Traceback" not in str(result)
        and "ansible-tmp" not in result["msg"] + str(result.get("errors"))
    ), result
    assert (
        str(tmp_path / "lab.yml") in result["msg"]
        or "range[0]" in result["msg"]
        or "netns" in result["msg"]
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DEEP, NESTED),
        (f"name: lab\nnetns: {DEEP}", NESTED),
        (ITSELF, NESTED),
        ("name: lab\nnetns: []\nnetns: []\n", "has 'netns' twice in one dictionary"),
        ('{"a": {"b": 1, "c": 1, "b": 2}}', "has 'b' twice in one dictionary"),
    ],
    ids=lambda text: text[:40],
)
def test_errors_in_a_file_on_the_target_name_it(tmp_path: Path, text: str, message: str) -> None:
    source = tmp_path / "lab.yml"
    source.write_text(text, encoding="utf-8")
    raw: dict[str, Any] = {"src": str(source), "remote_src": True}
    assert run_process("topology", raw)[0]["msg"].startswith(f"src: {str(source)!r}: {message}")


def test_a_file_of_another_user_on_the_target_is_not_read(host: None, tmp_path: Path) -> None:
    source = tmp_path / "lab.yml"
    source.write_text("name: lab\nnetns: [{name: red}]\n", encoding="utf-8")
    os.chown(source, 1, 1)
    raw: dict[str, Any] = {"src": str(source), "remote_src": True}
    result = run_process("topology", raw)[0]
    assert result["failed"] and "belongs to another user" in result["msg"], result
    os.chown(source, 0, 0)
    assert run_process("topology", raw)[0]["changed"]


@pytest.mark.parametrize(
    ("remote", "message"), [(False, "Could not find or access"), (True, "is not a regular file")]
)
def test_a_fifo_fails_at_once_on_both_sides(
    host: None, tmp_path: Path, remote: bool, message: str
) -> None:
    os.mkfifo(tmp_path / "fifo")
    task = {
        "name": "fifo",
        "redblue.netns.topology": {"src": str(tmp_path / "fifo"), "remote_src": remote},
    }
    result = play(tmp_path, LOCALHOST, [{"hosts": "here", "gather_facts": False, "tasks": [task]}])
    assert message in result["here"]["fifo"]["msg"]


@pytest.mark.parametrize(
    "text",
    [
        "password: [s3cret",
        "a: s3cret\nb: s3cret: x",
        "a: !s3cret x",
        "a: !vault s3cret",
        "a: !!set {s3cret}",
        "s3cret: &a [*a]",
    ],
)
def test_no_error_shows_a_value_of_a_file_on_the_controller(
    host: None, tmp_path: Path, text: str
) -> None:
    result = run_with_files(tmp_path, lab=text)["lab"]
    assert result["ended"] == "failed" and "s3cret" not in result["msg"].partition(";")[2], result
    assert "s3cret" not in result["msg"] or result["msg"].startswith("unsupported option 's3cret'")
