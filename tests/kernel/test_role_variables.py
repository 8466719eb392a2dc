# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wrong variable of the role bridge_lab is one clear line, and nothing is published unasked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from support.playbooks import play
from support.shell import sh
from support.snapshot import differences, take_snapshot

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
HERE = {"all": {"hosts": {"localhost": LOCAL}}}

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": (
        {"bridge_lab_namespace": ["red"]},
        "there is no such variable; did you mean bridge_lab_namespaces?",
    ),
    "network": (
        {"bridge_lab_network": "192.168.15.0"},
        "bridge_lab_network: '192.168.15.0': has no prefix length; write 192.168.15.0/24 for the "
        "network, or 192.168.15.0/32 for the host",
    ),
    "forward": (
        {"bridge_lab_forwards": [{"destination_port": 80, "namespace": "green"}]},
        "bridge_lab_forwards[0].namespace: 'green': is not a namespace of the lab",
    ),
    "inner": (
        {"bridge_lab_forwards": [{"dport": 80, "namespace": "blue"}]},
        "bridge_lab_forwards.dport. Supported parameters include: backend",
    ),
}


def include(name: str, variables: dict[str, Any]) -> dict[str, Any]:
    role = {"name": name, "ansible.builtin.include_role": {"name": "redblue.netns.bridge_lab"}}
    return {**role, "vars": variables}


def test_a_wrong_variable_is_one_clear_line(host: None, tmp_path: Path) -> None:
    before = take_snapshot()
    plays = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {
                    "block": [include(name, variables)],
                    "rescue": [
                        {
                            "name": f"told {name}",
                            "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"},
                        }
                    ],
                }
            ],
        }
        for name, (variables, _message) in WRONG.items()
    ]
    results = play(tmp_path, HERE, plays)["localhost"]
    for name, (_variables, message) in WRONG.items():
        told = results[f"told {name}"]["msg"]
        assert message in told
        assert name == "inner" or "\n" not in told
    assert differences(before, take_snapshot()) == {}


def test_other_namespaces_get_a_whole_lab_and_publish_nothing(host: None, tmp_path: Path) -> None:
    sh("ip link set lo up")
    lab = {"bridge_lab_namespaces": "red,green", "bridge_lab_network": "10.7.0.0/24,fd00:7::/64"}
    tasks = [include("lab", lab)]
    results = play(tmp_path, HERE, [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    assert (
        results["localhost"]["redblue.netns.bridge_lab : Create or remove the lab"]["exposes"] == []
    )
    sh("ip netns exec red ping -c1 -w30 10.7.0.2; ip netns exec green ping -c1 -w30 fd00:7::5")
