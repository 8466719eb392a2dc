# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task with the become plugin runs in its namespace, or it fails and says why: never on
the host.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.machines import PASSWORD, READ_NETNS, Machine
from support.playbooks import Results, play, stdout_lines

NO_NAME = {
    "empty": "",
    "blank": " ",
    "null": None,
    "omitted": "{{ omit }}",
    "undefined": "{{ nowhere }}",
    "list": ["red"],
}
HARMFUL = {
    "path": "/proc/1/ns/net",
    "way up": "../../proc/1/ns/net",
    "dot": ".",
    "option": "-all",
    "substitution": "$(id)",
    "command": "red; id",
    "line": "red\nid",
    "quote": "red'",
    "long": "r" * 65,
    "reserved": "default",
}
MISSING = {"absent": "network namespace green does not exist"}
NO_NAMESPACE = dict.fromkeys(("stale", "link", "directory", "fifo"), "is not a network namespace")
OTHERWISE = {
    "uts": "setting the network namespace",
    "own": "the network namespace of the connection itself",
    "unbound": "not-in-etc cannot be bind mounted over /etc/not-in-etc",
}


def list_bad_hosts(machine: Machine) -> dict[str, tuple[dict[str, Any], str]]:
    """Hosts of the inventory, and a part of the message of a task there. By default they are
    local, as root.
    """
    holes: dict[str, tuple[dict[str, Any], str]] = {"missing": ({}, "ansible_netns")}
    holes |= {
        name: ({"ansible_netns": value}, "nowhere" if name == "undefined" else "")
        for name, value in NO_NAME.items()
    }
    holes |= {
        name: ({"ansible_netns": value}, "ansible_netns: ") for name, value in HARMFUL.items()
    }
    holes |= {
        name: ({"ansible_netns": "green" if name == "absent" else name}, message)
        for name, message in {**MISSING, **NO_NAMESPACE, **OTHERWISE}.items()
    }
    return {**holes, **list_bad_users(machine)}


def list_bad_users(machine: Machine) -> dict[str, tuple[dict[str, Any], str]]:
    """Hosts whose user cannot become root, or another user, in the namespace."""
    red = {"ansible_netns": "red"}
    return {
        "unknown user": (
            {**red, "ansible_pipelining": True, "ansible_become_user": "nemo"},
            "nemo",
        ),
        "user as option": (
            {**red, "ansible_pipelining": True, "ansible_become_user": "-c id"},
            "become_user: '-c id': is not a valid user name",
        ),
        "no right": ({**red, **machine.ssh("app")}, "password"),
        "no password": ({**red, **machine.ssh("deploy")}, "password"),
        "wrong password": (
            {**red, **machine.ssh("deploy"), "ansible_become_password": "no" + PASSWORD},
            "password",
        ),
        "not root": (
            {**red, **machine.ssh("trusty"), "ansible_become_flags": "-n -u app"},
            "requires root, and the user is app",
        ),
        "no sudo": (
            {
                **red,
                **machine.ssh("trusty"),
                "ansible_become_exe": "env",
                "ansible_become_flags": "",
            },
            "requires root, and the user is trusty",
        ),
        "nobody's sudo": (
            {**red, **machine.ssh("trusty"), "ansible_become_exe": "no-such-program"},
            "no-such-program",
        ),
    }


def run_tasks(
    machine: Machine, at: Path, hosts: dict[str, dict[str, Any]], tasks: list[Any]
) -> Results:
    """Run tasks on these hosts; by default locally as root."""
    common = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}
    all_hosts = {
        name: {
            **common,
            **({"ansible_connection": "ssh"} if "ansible_host" in host else {}),
            **host,
        }
        for name, host in hosts.items()
    }
    inside = {
        "become": True,
        "become_method": "redblue.netns.netns",
        "ignore_errors": True,
        "ignore_unreachable": True,
    }
    book = [{"name": "Inside", "hosts": "all", "gather_facts": False, **inside, "tasks": tasks}]
    results = play(at, {"all": {"hosts": all_hosts}}, book, machine.enter_as("root"))
    assert sorted(results) == sorted(hosts)
    return results


def test_a_task_never_runs_on_the_host(machine_with_traps: Machine, tmp_path: Path) -> None:
    holes = list_bad_hosts(machine_with_traps)
    tasks = [
        {"name": "raw", "ansible.builtin.raw": READ_NETNS},
        {"name": "command", "ansible.builtin.command": READ_NETNS},
    ]
    results = run_tasks(
        machine_with_traps, tmp_path, {name: hole for name, (hole, _words) in holes.items()}, tasks
    )
    host = machine_with_traps.inode("host")
    for name, (_hole, message) in holes.items():
        for task in ("raw", "command"):
            result = results[name][task]
            assert (
                result["ended"] == "failed" and host not in str(result) and message in str(result)
            ), (name, result)


def test_becoming_the_login_user_enters_the_namespace(
    machine_with_traps: Machine, tmp_path: Path
) -> None:
    """Ansible skips become if the become user is the login user."""
    hosts: dict[str, dict[str, Any]] = {
        "root": {"ansible_user": "root", "ansible_become_user": "root"},
        "root over ssh": machine_with_traps.ssh("root"),
    }
    for user in ("trusty", "deploy"):
        for piped in (True, False):
            hosts[f"{user} {piped}"] = {
                **machine_with_traps.ssh(user),
                "ansible_pipelining": piped,
                "ansible_become_user": user,
            }
    # ansible-core before 2.19 loses the output of a local command if a password is given and
    # nothing asks for it.
    secret = {"ansible_become_password": PASSWORD}
    hosts = {
        name: {**host, "ansible_netns": "red", **({} if name == "root" else secret)}
        for name, host in hosts.items()
    }
    command = f"id -un; {READ_NETNS}"
    tasks = [
        {"name": "raw", "ansible.builtin.raw": command},
        {"name": "shell", "ansible.builtin.shell": command},
        {
            "name": "copy",
            "ansible.builtin.copy": {"content": "kept", "dest": "~/kept", "mode": "0600"},
        },
    ]
    for name, result in run_tasks(machine_with_traps, tmp_path, hosts, tasks).items():
        user, red = name.split()[0], machine_with_traps.inode("red")
        assert stdout_lines(result["raw"]) == [user, red], (name, result)
        assert stdout_lines(result["shell"]) == [user, red], (name, result)
        assert (result["copy"]["dest"], result["copy"]["owner"]) == (f"/home/{user}/kept", user)
