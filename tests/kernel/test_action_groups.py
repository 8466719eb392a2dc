# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Defaults for a group of modules reach its modules, and old names of modules still work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from support.playbooks import Results, play
from support.shell import sh

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
HERE = {"all": {"hosts": {"localhost": LOCAL}}}
PAIR = {"name": "veth-red", "peer": {"name": "veth-red-br"}}


def play_tasks(at: Path, defaults: dict[str, Any], tasks: dict[str, dict[str, Any]]) -> Any:
    """Return the result of each task, by the name of its module."""
    play_of_tasks = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": defaults,
        "tasks": [
            {"name": module, f"redblue.netns.{module}": options}
            for module, options in tasks.items()
        ],
    }
    results: Results = play(at, HERE, [play_of_tasks])
    found = results["localhost"]
    for module in tasks:
        assert module in found and found[module]["ended"] == "ok", found
    return found


def test_defaults_of_each_group_reach_its_modules(host: None, tmp_path: Path) -> None:
    sh("ip netns add red")
    links: dict[str, dict[str, Any]] = {
        "veth": PAIR,
        "netns_link": {"name": "d0", "type": "ifb"},
        "linux_bridge": {"name": "br0"},
    }
    play_tasks(tmp_path, {"group/redblue.netns.links": {"netns": "red", "mtu": 1400}}, links)
    for name in ("veth-red", "d0", "br0"):
        assert "mtu 1400" in sh(f"ip -n red link show {name}")

    rules: dict[str, dict[str, Any]] = {
        "masquerade": {"source": "192.168.15.0/24"},
        "dnat": {"destination_port": 80, "to_destination": "192.168.15.2"},
    }
    found = play_tasks(tmp_path, {"group/redblue.netns.nat": {"backend": "iptables"}}, rules)
    for module in rules:
        assert found[module]["backends"]["host"]["backend"] == "iptables"

    everything: dict[str, dict[str, Any]] = {
        **rules,
        "topology": {"name": "lab"},
        "netns_route": {"destination": "10.9.0.0/16"},
        **{module: {**options, "netns": "red"} for module, options in links.items()},
        "netns": {"name": "red", "force": True},
    }
    play_tasks(tmp_path, {"group/redblue.netns.all": {"state": "absent"}}, everything)
    assert sh("ip netns list") == "" and "192.168.1" not in sh("iptables-save")


def test_the_old_names_of_modules_work(host: None, tmp_path: Path) -> None:
    sh("ip link set lo up")
    tasks = {"netns_probe": {"probes": [{"to": "127.0.0.1"}]}, "netns_doctor": {}}
    found = play_tasks(tmp_path, {}, tasks)
    assert found["netns_probe"]["ok"] and found["netns_doctor"]["complete"]
