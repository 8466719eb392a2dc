# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks with an inventory of hosts and namespaces, in the right order and in the wrong one.

The hosts are names of one machine, so a task that runs on a namespace in place of a host shows in
what is left of the lab.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.playbooks import run_ansible
from support.tasks import LAB, run

PLAYBOOKS = ("lab", "verify", "teardown", "doctor", "diagram")
# The line of the guide on Molecule for the interpreter.
HOSTS = """
all:
  hosts:
    one: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
    two: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
"""
UNREACHABLE = "all: {hosts: {gone: {ansible_connection: local, ansible_python_interpreter: /no}}}"
NETNS = "{plugin: redblue.netns.netns, strict: %s}"


@pytest.fixture
def at(host: None, tmp_path: Path) -> Path:
    """A directory of inventories on a machine with the lab."""
    run("topology", **LAB)
    for name, content in {
        "early/fleet.netns.yml": NETNS % "false",
        "early/hosts.yml": HOSTS,
        "right/hosts.yml": HOSTS,
        "right/namespaces.netns.yml": NETNS % "true",
        "strict/fleet.netns.yml": NETNS % "true",
        "strict/hosts.yml": HOSTS,
        "gone/hosts.yml": UNREACHABLE,
        "gone/namespaces.netns.yml": NETNS % "true",
        "play.yml": "[{hosts: netns_red, gather_facts: false, tasks: [{ansible.builtin.ping: }]}]",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def list_netns() -> list[str]:
    shown = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    return sorted(line.split()[0] for line in shown.splitlines())


def play(
    at: Path, inventory: str, playbook: str, more: Sequence[str] = ()
) -> tuple[int, set[str], str]:
    """Run a playbook; return its exit status, the hosts on which it ran tasks, and its output."""
    done = run_ansible(["ansible-playbook", "-i", str(at / inventory), playbook, *more])
    recap = done.stdout.partition("PLAY RECAP")[2].splitlines()[1:]
    hosts = {line.split()[0] for line in recap if " : ok=" in line}
    return done.returncode, hosts, " ".join((done.stdout + done.stderr).split())


def test_a_file_before_the_hosts_adds_no_namespaces_of_the_controller(at: Path) -> None:
    status, hosts, output = play(at, "early", str(at / "play.yml"))
    assert (status, hosts) == (0, set()) and "the inventory has no hosts so far" in output
    status, hosts, output = play(at, "strict", str(at / "play.yml"))
    assert status != 0 and not hosts and "the inventory has no hosts so far" in output


def test_what_cannot_be_asked_ends_a_strict_run(at: Path) -> None:
    status, hosts, output = play(at, "gone", str(at / "play.yml"))
    assert status != 0 and not hosts and "gone: " in output and "/no" in output


def test_the_interpreter_of_the_controller_resolves(at: Path) -> None:
    status, hosts, output = play(at, "right", str(at / "play.yml"))
    assert (status, hosts) == (0, {"red.one", "red.two"}), output


def list_hosts_of_playbooks(at: Path, inventory: str, pattern: str | None) -> list[list[str]]:
    """The hosts of each playbook of the project; none after the first that fails."""
    more = ["-e", json.dumps({"lab_hosts": pattern})] if pattern else []
    books = [f"redblue.netns.{name}" for name in PLAYBOOKS]
    command = ["ansible-playbook", "--list-hosts", "-i", str(at / inventory), *more, *books]
    shown = run_ansible(command).stdout
    return [
        sorted(part.split("\n\n")[0].split()) for part in re.split(r"hosts \(\d+\):", shown)[1:]
    ]


@pytest.mark.parametrize(
    "inventory, pattern, expected",
    [
        ("early", None, ["one", "two"]),
        ("right", None, ["one", "two"]),
        ("right", "all", ["one", "two"]),
        ("right", "netns_red,one", ["one"]),
        ("right", ["two", "red.one"], ["two"]),
    ],
)
def test_the_playbooks_run_on_hosts_and_never_on_namespaces(
    at: Path, inventory: str, pattern: str | None, expected: list[str]
) -> None:
    assert list_hosts_of_playbooks(at, inventory, pattern) == [expected] * len(PLAYBOOKS)


@pytest.mark.parametrize("pattern", ["netns", "no_such_host"])
def test_a_playbook_without_hosts_is_an_error(at: Path, pattern: str) -> None:
    more = ["-e", f"lab_hosts={pattern}"]
    status, hosts, output = play(at, "right", "redblue.netns.verify", more)
    assert status != 0 and not hosts and f"lab_hosts: '{pattern}': matches no host" in output


def test_a_teardown_removes_the_lab_of_its_hosts_alone(at: Path) -> None:
    before = list_netns()
    status, hosts, output = play(at, "right", "redblue.netns.teardown", ["-e", "lab_hosts=netns"])
    assert status != 0 and not hosts and list_netns() == before != [], output
    status, hosts, output = play(at, "right", "redblue.netns.teardown")
    assert (status, hosts, list_netns()) == (0, {"one", "two"}, []), output
