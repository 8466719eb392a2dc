# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin with several hosts over SSH: plays on namespaces run inside them."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.machines import PASSWORD, READ_NETNS, Machine, fleet
from support.patience import patience
from support.playbooks import play, run_ansible, write_inventory

GREEN = """
ip netns add green
ip netns add "a name of others"
ip -n green link add switch0 type bridge
ip -n green link add to-blue master switch0 type veth peer name eth1 netns blue
ip -n blue addr add 10.9.0.1/24 dev eth1
"""
LIMIT = round(patience(5))
"""The seconds in which each host answers, except for one that hangs."""
ROLE = [
    {"name": "command", "ansible.builtin.command": READ_NETNS},
    {"name": "not to become", "ansible.builtin.command": READ_NETNS, "become": False},
    {
        "name": "by sudo",
        "ansible.builtin.raw": READ_NETNS,
        "become": True,
        "become_method": "ansible.builtin.sudo",
    },
    {
        "name": "as app",
        "ansible.builtin.command": f"sh -c 'id -un; {READ_NETNS}'",
        "become_user": "app",
        "vars": {"ansible_pipelining": True},
    },
    {
        "name": "on its host",
        "ansible.builtin.command": READ_NETNS,
        "delegate_to": "{{ netns_host }}",
    },
    {
        "name": "here",
        "ansible.builtin.command": READ_NETNS,
        "delegate_to": "localhost",
        "vars": {"ansible_become": False},
    },
    {"name": "reset", "ansible.builtin.meta": "reset_connection"},
    {
        "name": "in blue",
        "ansible.builtin.command": READ_NETNS,
        "delegate_to": "blue.{{ netns_host }}",
    },
    {
        "name": "in each",
        "ansible.builtin.command": READ_NETNS,
        "delegate_to": "{{ item }}.{{ netns_host }}",
        "loop": ["red", "blue", "red"],
    },
]
TASKS_THAT_MUST_FAIL = [
    {
        "name": f"{module}, {variable}",
        f"ansible.builtin.{module}": READ_NETNS,
        "vars": {variable: value},
        "ignore_errors": True,
    }
    for module in ("command", "raw")
    for variable, value in (
        ("ansible_become", False),
        ("ansible_become_method", "ansible.builtin.sudo"),
    )
]


@pytest.fixture(scope="module")
def machines(own_process: None) -> Iterator[list[Machine]]:
    """web1 is reached as root; web2 as a sudo user with a password, and its bridge is in a
    namespace.
    """
    with fleet("web1", "web2") as (web1, web2):
        web2.run(GREEN)
        yield [web1, web2]


def list_hosts(machines: list[Machine]) -> dict[str, Any]:
    web1, web2 = machines
    return {
        "web": {
            "hosts": {
                "web1": web1.ssh("root"),
                "web2": {
                    **web2.ssh("deploy"),
                    "ansible_become_password": "{{ password }}",
                    "password": PASSWORD,
                },
            }
        }
    }


def read_inventory(at: Path, hosts: Any, namespaces: Any) -> tuple[dict[str, Any], str]:
    """Return the output of ansible-inventory and its warnings."""
    done = run_ansible(["ansible-inventory", "--list", *write_inventory(at, hosts, namespaces)])
    assert done.returncode == 0, done.stderr
    # ansible-core 2.19 and later marks strings that are no templates.
    listed: dict[str, Any] = json.loads(
        done.stdout, object_hook=lambda found: found.get("__ansible_unsafe", found)
    )
    return listed, done.stderr


def test_a_play_on_the_namespaces_of_all_hosts_runs_inside_them(
    machines: list[Machine], tmp_path: Path
) -> None:
    inside = {"gather_facts": False, "tasks": ROLE}
    plays = [
        {"name": "Red", "hosts": "netns_red", **inside},
        {**inside, "name": "Switch", "hosts": "netns_bridge_switch0", "tasks": ROLE[:1]},
        {**inside, "name": "Green", "hosts": "netns_green", "tasks": TASKS_THAT_MUST_FAIL},
    ]
    results = play(tmp_path, list_hosts(machines), plays, namespaces={})
    assert sorted(results) == ["blue.web2", "green.web2", "red.web1", "red.web2"]
    for machine in machines:
        red, blue, host = machine.inode("red"), machine.inode("blue"), machine.inode("host")
        found = {
            name: result.get("stdout", "").strip().splitlines()
            for name, result in results[f"red.{machine.name}"].items()
        }
        assert found["command"] == found["not to become"] == found["by sudo"] == [red]
        assert found["as app"] == ["app", red]
        assert found["on its host"] == [host]
        assert found["here"] not in ([red], [blue], [host])
        assert found["in blue"] == [blue]
        assert [
            result["stdout"] for result in results[f"red.{machine.name}"]["in each"]["results"]
        ] == [
            red,
            blue,
            red,
        ]
    assert results["blue.web2"]["command"]["stdout"] == machines[1].inode("blue")
    for name, result in results["green.web2"].items():
        assert (
            result["ended"] == "failed"
            and "ansible_become or ansible_become_method is overridden" in str(result)
            and "net:[" not in str(result)
        ), (name, result)


def test_hosts_are_queried_for_their_namespaces(machines: list[Machine], tmp_path: Path) -> None:
    listed, complaints = read_inventory(
        tmp_path,
        list_hosts(machines),
        {"compose": {"first": "netns_addresses | first | default('')"}},
    )
    warnings = complaints.split("[WARNING]: ")[1:]
    assert len(warnings) == 1 and warnings[0].startswith("web2: netns["), complaints
    assert "'a name of others'" in " ".join(warnings[0].split())
    assert listed["netns"]["hosts"] == [
        "blue.web1",
        "red.web1",
        "blue.web2",
        "green.web2",
        "red.web2",
    ]
    assert listed["netns_bridge_v_net_0"]["hosts"] == [
        "blue.web1",
        "red.web1",
        "blue.web2",
        "red.web2",
    ]
    blue = listed["_meta"]["hostvars"]["blue.web2"]
    assert sorted(blue["netns_bridges"]) == ["switch0", "v-net-0"] and sorted(
        blue["netns_addresses"]
    ) == ["10.9.0.1/24", "192.168.15.2/24"]
    assert blue["first"] in blue["netns_addresses"] and blue["netns_host_groups"] == ["web"]
    assert blue["ansible_user"] == "deploy" and PASSWORD not in str(blue)


def list_failing_hosts(machines: list[Machine], at: Path) -> dict[str, tuple[dict[str, Any], str]]:
    """Hosts that cannot be asked, and a part of the warning for each."""
    hangs = at / "hangs"
    hangs.write_text("#!/bin/sh\nexec sleep 300\n")
    hangs.chmod(0o755)
    web1, web2 = machines
    return {
        "hangs": (
            {
                "ansible_connection": "local",
                "ansible_python_interpreter": str(hangs),
                "ansible_remote_tmp": str(at),
            },
            f"did not answer within {LIMIT} s",
        ),
        "nobody": (
            {**web1.ssh("root"), "ansible_port": 1},
            "Failed to connect to the host via ssh",
        ),
        "stranger": ({**web1.ssh("nemo")}, "Permission denied"),
        "no root": ({**web2.ssh("app"), "ansible_become": False}, "CAP_SYS_ADMIN"),
        "no password": (web2.ssh("deploy"), "password"),
        "no sudo": (
            {**web2.ssh("deploy"), "ansible_become_method": "no.such.method"},
            "become plugin 'no.such.method' not found",
        ),
        "no python": (
            {**web1.ssh("root"), "ansible_python_interpreter": "/nowhere/python"},
            "/nowhere/python",
        ),
        "undefined": ({**web1.ssh("root"), "ansible_user": "{{ nowhere }}"}, "nowhere"),
    }


def test_a_host_that_does_not_answer_is_a_warning(machines: list[Machine], tmp_path: Path) -> None:
    troubles = list_failing_hosts(machines, tmp_path)
    hosts = {name: host for name, (host, _words) in troubles.items()}
    begun = time.monotonic()
    listed, complaints = read_inventory(
        tmp_path, {"all": {"hosts": {"web1": machines[0].ssh("root"), **hosts}}}, {"timeout": LIMIT}
    )
    assert time.monotonic() - begun < LIMIT + patience(30)
    assert listed["netns"]["hosts"] == ["blue.web1", "red.web1"]
    output_text = " ".join(complaints.split())
    for name, (_host, words) in troubles.items():
        begin = output_text.index(f"[WARNING]: {name}: ")
        message = output_text[
            begin : output_text.index(
                "The inventory does not contain the network namespaces of this host.", begin
            )
        ]
        assert words in message, (name, message)
    assert subprocess.run(["pgrep", "-f", "sleep 300"], check=False).returncode == 1, (
        "what was asked in vain goes on"
    )


def test_an_error_can_fail_the_inventory(machines: list[Machine], tmp_path: Path) -> None:
    hosts = {
        "all": {"hosts": {"web1": machines[0].ssh("root"), "stranger": machines[0].ssh("nemo")}}
    }
    command = [
        "ansible-inventory",
        "--list",
        *write_inventory(tmp_path, hosts, {"on_error": "fail"}),
    ]
    done = run_ansible(command)
    output_text = " ".join(done.stderr.split())
    assert done.returncode and "stranger: " in output_text and "Permission denied" in output_text


def test_answers_are_cached(machines: list[Machine], tmp_path: Path) -> None:
    config = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "kept"),
        "hosts": ["web1"],
    }
    hosts = list_hosts(machines)
    before, _complaints = read_inventory(tmp_path, hosts, config)
    machines[0].run("ip netns add later")
    again, _complaints = read_inventory(tmp_path, hosts, config)
    assert (
        again["netns"] == before["netns"]
        and again["_meta"]["hostvars"]["red.web1"] == before["_meta"]["hostvars"]["red.web1"]
    )
    cached = "".join(path.read_text() for path in (tmp_path / "kept").iterdir())
    assert "v-net-0" in cached and "10.99.0" not in cached and "ansible_" not in cached
    (tmp_path / "play.yml").write_text("[{hosts: netns}]")
    anew = run_ansible(
        [
            "ansible-playbook",
            "--list-hosts",
            "--flush-cache",
            *write_inventory(tmp_path, hosts, config),
            str(tmp_path / "play.yml"),
        ]
    )
    assert sorted(anew.stdout.split()[-3:]) == ["blue.web1", "later.web1", "red.web1"], anew.stderr
