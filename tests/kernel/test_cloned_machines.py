# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Machines that were cloned have one machine-id(5), and yet no equal MAC addresses."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from support.shell import output, sh
from support.tasks import run

TASK: dict[str, Any] = {"name": "eth9", "peer": {"name": "far9"}}


def mac() -> str:
    return str(json.loads(output("ip", "-j", "link", "show", "dev", "eth9"))[0]["address"])


def build() -> str:
    """The MAC address of a link that is made anew."""
    run("veth", **TASK)
    found = mac()
    run("veth", **TASK, state="absent")
    return found


def test_clones_with_names_of_their_own_have_other_macs(host: None) -> None:
    name = socket.gethostname()
    first = build()
    socket.sethostname("clone")
    second = build()
    socket.sethostname(name)
    assert first != second and build() == first


def test_a_machine_keeps_its_macs(host: None) -> None:
    run("veth", **TASK)
    before = mac()
    assert not run("veth", **TASK)["changed"] and mac() == before
    run("veth", **TASK, state="absent")
    assert build() == before


def test_clones_of_one_name_differ_by_the_id_of_the_machine(host: None, tmp_path: Path) -> None:
    found = set()
    for number in "12":
        file = tmp_path / number
        file.write_text(f"{number * 32}\n", encoding="ascii")
        sh(f"mount --bind {file} /etc/machine-id")
        found.add(build())
        sh("umount /etc/machine-id")
    assert len(found) == 2


def test_a_machine_without_an_id_has_macs_of_its_own(host: None, tmp_path: Path) -> None:
    file = tmp_path / "empty"
    file.touch()
    sh(f"mount --bind {file} /etc/machine-id")
    try:
        first = build()
        socket.sethostname("other")
        assert build() != first
    finally:
        sh("umount /etc/machine-id")
