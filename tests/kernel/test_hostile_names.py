# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names with escape sequences, line breaks and bytes that are not UTF-8.

They are shown in printable letters, and keep no module from its work.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.filter.picture import picture

from support.module_process import run_process

NAMES = {
    b"x\x1b]0;owned\x07": r"x\x1b]0;owned\x07",
    b"bad\xff": r"bad\xff",
    b"two\nlines": r"two\x0alines",
    b"c1\xc2\x9b31m": r"c1\x9b31m",
    "\u202egnp".encode(): r"\u202egnp",
    b"a\\x1bb": r"a\\x1bb",
    "grün ist es".encode(): "grün ist es",
}
"""The names of namespaces and links, with the form in which they are shown."""

MODULES: list[tuple[str, dict[str, Any]]] = [
    ("netns_info", {"gather_subset": ["all"]}),
    ("netns_doctor_info", {}),
    ("netns_doctor_info", {"topology": {"name": "lab", "netns": [{"name": "red"}]}}),
    ("netns_probe_info", {"probes": [{"to": "127.0.0.1"}], "fail_on_unexpected": False}),
    ("netns", {"name": "red", "state": "absent", "force": True}),
    ("topology", {"name": "lab", "netns": [{"name": "blue"}], "purge": True}),
    ("topology", {"name": "lab", "state": "absent"}),
]


def list_texts(value: Any) -> Iterator[str]:
    """Each text at any depth of a result."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (*list_texts(key), *list_texts(item))
    elif isinstance(value, list):
        for item in value:
            yield from list_texts(item)


@pytest.fixture
def hostile(host: None, tmp_path: Path) -> Iterator[None]:
    """A namespace and a bridge of each name, a stale name, and a process in namespace red."""
    subprocess.run(["ip", "netns", "add", "red"], check=True)
    for name in NAMES:
        subprocess.run([b"ip", b"netns", b"add", name], check=True)
        link = name.replace(b"\n", b"").replace(b" ", b"")[:15].replace(b":", b"")
        subprocess.run([b"ip", b"link", b"add", link, b"type", b"bridge"], check=True)
        subprocess.run(
            [b"ip", b"-n", name, b"link", b"add", b"eth0", b"type", b"veth", b"peer", b"e\xff"],
            check=True,
        )
    Path("/run/netns/stale\x1b[2J").touch()
    program = tmp_path / "p\x1b[31m\r\xff"
    shutil.copy("/usr/bin/sleep", program)
    with subprocess.Popen(["ip", "netns", "exec", "red", program, "600"]) as process:
        yield
        process.kill()


@pytest.mark.parametrize(("module", "raw"), MODULES)
def test_no_module_fails_or_shows_a_control_character(
    hostile: None, module: str, raw: dict[str, Any]
) -> None:
    result, _log = run_process(module, raw)
    assert not result.get("failed"), result
    json.dumps(result, ensure_ascii=False).encode()
    texts = [line for text in list_texts(result) for line in text.split("\n")]
    assert [text for text in texts if not text.isprintable()] == []


def test_namespaces_with_hostile_names_are_read_and_drawn(hostile: None) -> None:
    result, _log = run_process("netns_info", {"gather_subset": ["all"]})
    assert result["complete"] is True, result["reasons"]
    assert {item["name"] for item in result["topology"]["netns"]} >= {*NAMES.values(), "red"}
    for name in NAMES.values():
        links = {link["name"] for link in result["links"][name]}
        assert {"eth0", r"e\xff"} <= links
    assert r"stale\x1b[2J" in result["stale"]
    assert all(line.isprintable() for line in picture(result).splitlines())


def test_the_name_of_a_process_is_printable_in_the_message(hostile: None) -> None:
    result, _log = run_process("netns", {"name": "red", "state": "absent"})
    assert result["failed"] and result["msg"].isprintable()
    assert r"p\x1b[31m\x0d" in result["msg"], result
