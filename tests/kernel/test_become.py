# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The become plugin over SSH and locally, for root and for sudo users, with and without
pipelining.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.machines import PASSWORD, READ_NETNS, Machine, fleet
from support.playbooks import Result, play, stdout_lines

INSIDE = {"become": True, "become_method": "redblue.netns.netns", "vars": {"ansible_netns": "red"}}
USERS = ("root", "trusty", "deploy")
MULTILINE = 'it\'s "quoted" & $HOME\n\nand the last line has no end'
# A server in blue: replies with the address of the client.
SERVER = """
import http.server
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.client_address[0].encode())
http.server.HTTPServer(("192.168.15.2", 80), Echo).serve_forever()
"""
# A server on the loopback of red, which only red can reach.
LISTENER = "import socket, time; s = socket.create_server(('127.0.0.1', 7777)); time.sleep(600)"

BRIEF: list[dict[str, Any]] = [
    {
        "name": "command",
        "ansible.builtin.command": {
            "argv": ["sh", "-c", f"{READ_NETNS}; id -un; ls /sys/class/net"]
        },
    },
    {
        "name": "shell",
        "ansible.builtin.shell": {
            "cmd": f"{READ_NETNS}; echo $WORD; cat; exit 3",
            "stdin": MULTILINE,
            "stdin_add_newline": False,
        },
        "environment": {"WORD": "a b'c"},
        "failed_when": False,
    },
    {"name": "raw", "ansible.builtin.raw": f"{READ_NETNS}; cat /etc/resolv.conf"},
]
THOROUGH: list[dict[str, Any]] = [
    {"name": "ping", "ansible.builtin.ping": {}},
    {"name": "setup", "ansible.builtin.setup": {"gather_subset": ["!all", "network"]}},
    {"name": "uri", "ansible.builtin.uri": {"url": "http://192.168.15.2/", "return_content": True}},
    {
        "name": "wait_for",
        "ansible.builtin.wait_for": {"host": "127.0.0.1", "port": 7777, "timeout": 2},
    },
    {
        "name": "copy",
        "ansible.builtin.copy": {
            "content": "kept\n",
            "dest": "~/{{ inventory_hostname }}",
            "mode": "0640",
        },
    },
    {"name": "service_facts", "ansible.builtin.service_facts": {}},
]
AND_MORE: list[dict[str, Any]] = [
    {"name": "slurp", "ansible.builtin.slurp": {"src": "/etc/resolv.conf"}},
    {"name": "script", "ansible.builtin.script": {"cmd": "{{ script }}"}},
    {"name": "async", "ansible.builtin.command": READ_NETNS, "async": 20, "poll": 1},
    {
        "name": "loop",
        "ansible.builtin.command": READ_NETNS,
        "loop": ["red", "blue"],
        "vars": {"ansible_netns": "{{ item }}"},
    },
    {
        "name": "app",
        "ansible.builtin.command": f"sh -c 'id -un; {READ_NETNS}'",
        "become_user": "app",
        "vars": {"ansible_pipelining": True},
    },
    {"name": "reset", "ansible.builtin.meta": "reset_connection"},
    {"name": "after", "ansible.builtin.command": READ_NETNS},
]
CONNECTIONS = {"ssh": ("root-piped", "deploy-unpiped"), "local": ("root-unpiped", "trusty-piped")}
"""The combinations of connection and user that run more than the short list of tasks."""
BLOCKS = [
    {"name": "Thorough", "when": "thorough", "block": THOROUGH},
    {"name": "More", "when": "more", "block": AND_MORE},
]
PLAY = {
    "name": "Inside",
    "hosts": "all",
    "gather_facts": False,
    **INSIDE,
    "tasks": [*BRIEF, *BLOCKS],
}


@pytest.fixture(scope="module")
def web(own_process: None) -> Iterator[Machine]:
    """A machine with a server in blue."""
    with fleet("web") as (machine,):
        machine.run(
            f"ip netns exec blue python3 -c '{SERVER.replace(chr(39), chr(34))}' "
            f"</dev/null >/dev/null 2>&1 &"
        )
        machine.run(f'ip netns exec red python3 -c "{LISTENER}" </dev/null >/dev/null 2>&1 &')
        yield machine


@pytest.fixture
def at() -> Iterator[Path]:
    """A directory that every user can read; that of pytest is private."""
    path = Path(tempfile.mkdtemp(dir="/run"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def host_variants(user: str, connection: str, common: dict[str, Any]) -> dict[str, Any]:
    """Two hosts of the inventory: with pipelining, and without."""
    secret = {"ansible_become_password": PASSWORD} if user == "deploy" else {}
    cases = {
        f"{user}-{'piped' if piped else 'unpiped'}": {
            **common,
            **secret,
            "ansible_pipelining": piped,
        }
        for piped in (True, False)
    }
    thorough = CONNECTIONS[connection]
    return {
        name: {**cell, "thorough": name in thorough, "more": name in thorough and user != "root"}
        for name, cell in cases.items()
    }


def check_hosts(machine: Machine, at: Path, hosts: dict[str, Any], before: list[str]) -> None:
    script = at / "where.sh"
    script.write_text(f"#!/bin/sh\n{READ_NETNS}\n")
    inventory = {
        "all": {
            "hosts": hosts,
            "vars": {
                "script": str(script),
                "ansible_async_dir": "/tmp/async",
                "ansible_python_interpreter": "/usr/bin/python3",
            },
        }
    }
    results = play(at, inventory, [PLAY], before)
    assert sorted(results) == sorted(hosts)
    for name, cell in results.items():
        assert {
            task: result
            for task, result in cell.items()
            if result["ended"] in ("failed", "unreachable")
        } == {}
        check_brief(machine, cell)
        if hosts[name]["thorough"]:
            check_thorough(machine, cell)
        if hosts[name]["more"]:
            check_more(machine, cell)


def check_brief(machine: Machine, results: dict[str, Result]) -> None:
    red = machine.inode("red")
    assert results["command"]["stdout_lines"] == [red, "root", "lo", "veth-red"]
    assert (
        results["shell"]["stdout"] == f"{red}\na b'c\n{MULTILINE}" and results["shell"]["rc"] == 3
    )
    assert stdout_lines(results["raw"]) == [red, "nameserver 192.0.2.53"]


def check_thorough(machine: Machine, results: dict[str, Result]) -> None:
    facts = results["setup"]["ansible_facts"]
    assert results["ping"]["ping"] == "pong"
    assert sorted(facts["ansible_interfaces"]) == ["lo", "veth-red"]
    assert facts["ansible_default_ipv4"]["gateway"] == "192.168.15.5" and facts[
        "ansible_all_ipv4_addresses"
    ] == ["192.168.15.1"]
    assert results["uri"]["content"] == "192.168.15.1"
    assert results["wait_for"]["state"] == "started"
    assert (results["copy"]["dest"], results["copy"]["mode"], results["copy"]["owner"]) == (
        f"/home/root/{results['copy']['host']}",
        "0640",
        "root",
    )
    assert machine.run(f"cat {results['copy']['dest']}") == "kept\n"
    assert "ssh" in str(results["service_facts"]["ansible_facts"]["services"])


def check_more(machine: Machine, results: dict[str, Result]) -> None:
    red, blue = machine.inode("red"), machine.inode("blue")
    assert base64.b64decode(results["slurp"]["content"]) == b"nameserver 192.0.2.53\n"
    assert stdout_lines(results["script"]) == [red]
    assert results["async"]["stdout"] == red
    assert [result["stdout"] for result in results["loop"]["results"]] == [red, blue]
    assert results["app"]["stdout_lines"] == ["app", red]
    assert results["after"]["stdout"] == red


def test_tasks_run_inside_the_namespace_over_ssh(web: Machine, at: Path) -> None:
    hosts = {
        name: result
        for user in USERS
        for name, result in host_variants(user, "ssh", web.ssh(user)).items()
    }
    check_hosts(web, at, hosts, [])


@pytest.mark.parametrize("user", USERS)
def test_tasks_run_inside_the_namespace_locally(web: Machine, at: Path, user: str) -> None:
    check_hosts(
        web, at, host_variants(user, "local", {"ansible_connection": "local"}), web.enter_as(user)
    )
