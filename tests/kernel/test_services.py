# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files by which units are in namespaces, on a host whose systemd does not run.

What systemd makes of them is in tests/fleet/test_services.py.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.host_units import UNIT_DIRECTORY

from support.info import gather_info
from support.persistence import PERSISTENT_LAB, own_units
from support.shell import replay
from support.tasks import LAB_ABSENT, Raw, run, run_as_predicted

UNITS = Path(UNIT_DIRECTORY)
DROP_IN = UNITS / "web.service.d" / "redblue-netns.conf"
TASK: Raw = {"name": "web.service", "netns": "blue"}
ABSENT: Raw = {"name": "web.service", "state": "absent"}
PUBLISH = [
    {"port": 80, "host_port": 8080},
    {"port": 80, "host_port": 8080, "address": "::1", "to": "::1"},
]
SOCKET = "redblue-netns-publish-127.0.0.1-8080.socket"


@pytest.fixture
def facts(controller_facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A host of systemd with the namespace blue, and what the action plugin tells a topology."""
    run("netns", name="blue")
    with own_units():
        yield controller_facts


@pytest.fixture
def clean(facts: dict[str, Any]) -> Iterator[None]:
    """Nothing is left when the unit is on the host again."""
    before = list_files()
    yield
    run("netns_service", **ABSENT)
    assert list_files() == before


def list_files() -> dict[str, str]:
    """All files below the directory of units."""
    return {
        str(path): os.readlink(path) if path.is_symlink() else path.read_text(encoding="utf-8")
        for path in UNITS.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def test_a_unit_has_its_drop_in_as_predicted(clean: None) -> None:
    done = run_as_predicted("netns_service", **TASK)
    assert done["actions"] == [f"write {DROP_IN}"]
    lines = DROP_IN.read_text(encoding="utf-8").splitlines()
    assert lines[2:4] == ["[Service]", "NetworkNamespacePath=/run/netns/blue"]
    assert "BindReadOnlyPaths=-/etc/netns/blue/resolv.conf:/etc/resolv.conf" in lines
    assert "NetworkNamespacePath=/run/netns/blue" in done["diff"]["after"]
    done = run_as_predicted("netns_service", **ABSENT)
    assert done["actions"] == [f"remove {DROP_IN}"] and not DROP_IN.parent.exists()


def test_the_commands_write_the_same_files(clean: None) -> None:
    commands = run("netns_service", check=True, **TASK, publish=PUBLISH)["commands"]
    assert "systemctl daemon-reload" in commands and f"systemctl start {SOCKET}" in commands
    replay([command for command in commands if not command.startswith("systemctl ")])
    assert not run("netns_service", **TASK, publish=PUBLISH)["changed"]
    commands = run("netns_service", check=True, **ABSENT)["commands"]
    replay([command for command in commands if not command.startswith("systemctl ")])
    assert not DROP_IN.parent.exists()


def test_ports_are_published_as_long_as_they_are_listed(clean: None) -> None:
    done = run_as_predicted("netns_service", **TASK, publish=PUBLISH)
    assert f"write {UNITS / SOCKET}" in done["actions"]
    assert "ListenStream=[::1]:8080" in done["diff"]["after"]
    done = run_as_predicted("netns_service", **TASK, publish=PUBLISH[1:])
    assert f"remove {UNITS / SOCKET}" in done["actions"]
    assert not (UNITS / SOCKET).exists()
    assert not (UNITS / "multi-user.target.wants" / SOCKET).is_symlink()
    run_as_predicted("netns_service", **TASK)
    assert not [path for path in list_files() if "publish" in path]


def test_what_netns_info_returns_is_accepted_back(clean: None) -> None:
    assert gather_info(gather_subset=["services"])["services"] == []
    run("netns_service", **TASK, publish=PUBLISH)
    run("netns_service", **{**TASK, "name": "app@1.socket"})
    found = gather_info(gather_subset=["services"])["services"]
    assert [each["options"]["name"] for each in found] == ["app@1.socket", "web.service"]
    for each in found:
        assert not run("netns_service", **each["options"])["changed"]
    run("netns_service", name="app@1.socket", state="absent")
    DROP_IN.with_name("other.conf").write_text("[Service]\n", encoding="utf-8")
    DROP_IN.write_text(DROP_IN.read_text(encoding="utf-8").replace("web.s", "x.s"), "utf-8")
    assert gather_info(gather_subset=["services"])["services"] == []
    shutil.rmtree(DROP_IN.parent)


def test_a_port_that_is_taken_is_refused(clean: None) -> None:
    taken = socket.create_server(("127.0.0.1", 8080))
    with taken, pytest.raises(Refused, match="listens on 127.0.0.1 port 8080"):
        run("netns_service", **TASK, publish=PUBLISH)
    run("netns_service", **TASK, publish=PUBLISH)
    other = {**TASK, "name": "other.service", "publish": PUBLISH}
    with pytest.raises(Refused, match="publishes a port of web.service already"):
        run("netns_service", **other)


def test_a_unit_follows_the_unit_of_its_persistent_topology(facts: dict[str, Any]) -> None:
    run("netns", name="blue", state="absent")
    run("topology", **PERSISTENT_LAB, _controller=facts)
    run_as_predicted("netns_service", **TASK, publish=PUBLISH)
    text = DROP_IN.read_text(encoding="utf-8")
    assert "\nBindsTo=redblue-netns@lab.service\nAfter=redblue-netns@lab.service\n" in text
    wants = UNITS / "redblue-netns@lab.service.d" / "web.service.conf"
    assert f"Wants={SOCKET}" in wants.read_text(encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(UNITS / SOCKET)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert verified.stderr == "" and verified.returncode == 0
    # As soon as it is not persistent any more, the next run lets the unit go.
    run("topology", **{**PERSISTENT_LAB, "persist": False})
    done = run_as_predicted("netns_service", **TASK)
    assert f"replace {DROP_IN}" in done["actions"] and f"remove {wants}" in done["actions"]
    run("netns_service", **ABSENT)
    assert not wants.parent.exists()
    run("topology", **LAB_ABSENT)


def test_a_file_of_others_is_neither_replaced_nor_removed(facts: dict[str, Any]) -> None:
    DROP_IN.parent.mkdir()
    DROP_IN.write_text("[Service]\nNice=5\n", encoding="utf-8")
    for task in (TASK, ABSENT):
        with pytest.raises(Refused, match="was not written by this collection"):
            run("netns_service", **task)
    assert DROP_IN.read_text(encoding="utf-8") == "[Service]\nNice=5\n"


def test_what_others_added_to_the_unit_stays(clean: None) -> None:
    run("netns_service", **TASK)
    other = DROP_IN.with_name("override.conf")
    other.write_text("[Service]\nNice=5\n", encoding="utf-8")
    run_as_predicted("netns_service", **ABSENT)
    assert [*DROP_IN.parent.iterdir()] == [other]
    shutil.rmtree(other.parent)


def test_a_drop_in_that_was_changed_by_hand_is_restored(clean: None) -> None:
    run("netns_service", **TASK)
    text = DROP_IN.read_text(encoding="utf-8")
    DROP_IN.write_text(text.replace("/run/netns/blue", "/run/netns/red"), encoding="utf-8")
    done = run_as_predicted("netns_service", **TASK)
    assert done["actions"] == [f"replace {DROP_IN}"]
    assert DROP_IN.read_text(encoding="utf-8") == text


def test_a_missing_namespace_is_refused_and_assumed_in_check_mode(facts: dict[str, Any]) -> None:
    task = {**TASK, "netns": "pink"}
    with pytest.raises(Refused, match="there is no such namespace"):
        run("netns_service", **task)
    assert not DROP_IN.parent.exists()
    assert run("netns_service", check=True, **task)["changed"]


def test_a_host_without_systemd_is_refused(facts: dict[str, Any]) -> None:
    os.rmdir("/run/systemd/system")
    with pytest.raises(Refused, match="this host was not booted by systemd"):
        run("netns_service", **TASK)
    assert not run("netns_service", **ABSENT)["changed"]
    os.mkdir("/run/systemd/system")
