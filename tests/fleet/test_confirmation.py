# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""confirm_timeout on a booted machine: changes of the very link that carries the SSH connection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from booted.controller import Controller, find_changed, find_failed
from booted.machine import Machine, wait_for

NAME = "confirmed"
HARMLESS: dict[str, Any] = {"linux_bridge": [{"name": "br-ok", "addresses": ["10.77.0.1/24"]}]}
DOWN: dict[str, Any] = {"netns_link": [{"name": "eth0", "type": "physical", "up": False}]}
MASQUERADE = {"masquerade": [{"source": ["10.77.1.0/24"], "out_interface": "eth0"}]}
CUTTING: dict[str, dict[str, Any]] = {
    "the interface goes down": {**DOWN, **MASQUERADE, "backend": "nftables"},
    "with rules of iptables": {**DOWN, **MASQUERADE, "backend": "iptables"},
    "a blackhole": {"netns_route": [{"destination": "10.99.0.1", "type": "blackhole"}]},
    "the addresses go": {"netns_link": [{"name": "eth0", "type": "physical", "addresses": []}]},
}
STATE = """
ip -o link | sed -E 's/^[0-9]+: //; s/@if[0-9]+//'; ip -o address | sed -E 's/ valid_lft.*//'
ip route show table all; ls /etc/redblue-netns 2>/dev/null || true
nft list ruleset; sysctl net.ipv4.ip_forward net.ipv4.conf.eth0.forwarding
"""
NO_PING = """
nft add table inet no_ping
nft add chain inet no_ping input '{ type filter hook input priority 0; }'
nft add rule inet no_ping input meta l4proto icmp drop
"""
IS_WAITING = "grep -aq '[r]edblue-netns: ' /proc/[0-9]*/cmdline"
KILL = r"""
grep -alE '^[r]edblue-netns: waits' /proc/[0-9]*/cmdline | tr -cd '0-9\n' | xargs kill -9
"""


def write_play(at: Path, host: str, topology: dict[str, Any], seconds: int, **task: Any) -> str:
    """Write a playbook with one topology."""
    options = {"name": NAME, "confirm_timeout": seconds, **topology}
    tasks = [{"name": "Change it", "redblue.netns.topology": options, **task}]
    play = [{"name": "Change", "hosts": host, "gather_facts": False, "tasks": tasks}]
    path = at / "change.yml"
    path.write_text(json.dumps(play))
    return str(path)


def read_state(machine: Machine) -> str:
    return machine.run(STATE)


def await_undone(machine: Machine) -> None:
    wait_for(lambda: machine.attempt(IS_WAITING).returncode != 0, "undone or confirmed")


def test_a_change_is_confirmed_over_a_new_connection(
    machines: list[Machine], controller: Controller, tmp_path: Path
) -> None:
    """The connection alone counts: a firewall may drop ICMP (kubernetes-nmstate#510)."""
    machine = machines[0]
    play = write_play(tmp_path, machine.name, HARMLESS, 60)
    machine.run(NO_PING)
    assert find_changed(controller.play(play)) == [machine.name]
    await_undone(machine)
    machine.run("nft delete table inet no_ping")
    assert "br-ok" in read_state(machine)
    assert find_changed(controller.play(play)) == []
    controller.play(write_play(tmp_path, machine.name, {"state": "absent"}, 60))
    assert "br-ok" not in read_state(machine)


@pytest.mark.parametrize("topology", CUTTING.values(), ids=list(CUTTING))
def test_a_change_that_cuts_off_the_controller_is_undone(
    machines: list[Machine], controller: Controller, tmp_path: Path, topology: dict[str, Any]
) -> None:
    machine = machines[0]
    before = read_state(machine)
    play = write_play(tmp_path, machine.name, {**topology, "force": True}, 8)
    recap, output = controller.attempt(play)
    assert find_failed(recap) == [machine.name], output
    await_undone(machine)
    assert read_state(machine) == before, output
    assert "undone" in output or "undoes" in output, output


@pytest.mark.parametrize("seconds", [None, 8], ids=["without", "with"])
def test_it_is_what_permits_the_cut(
    machines: list[Machine], controller: Controller, tmp_path: Path, seconds: int | None
) -> None:
    topology = {**DOWN, "force": True}
    options = {"name": NAME, **topology, **({"confirm_timeout": seconds} if seconds else {})}
    tasks = [{"name": "Change it", "redblue.netns.topology": options}]
    play = [
        {"name": "C", "hosts": machines[0].name, "gather_facts": False, "tasks": tasks},
    ]
    path = tmp_path / "change.yml"
    path.write_text(json.dumps(play))
    recap, output = controller.attempt(str(path), "--check")
    assert bool(find_failed(recap)) is (seconds is None), output
    assert "would be cut off" in " ".join(output.split())


def test_a_change_whose_controller_is_killed_is_undone(
    machines: list[Machine], controller: Controller, tmp_path: Path
) -> None:
    """Nobody comes to confirm it."""
    machine = machines[0]
    before = read_state(machine)
    play = write_play(tmp_path, machine.name, HARMLESS, 6, **{"async": 300, "poll": 0})
    controller.play(play)
    wait_for(lambda: "br-ok" in read_state(machine), "changed")
    await_undone(machine)
    assert read_state(machine) == before


def test_a_change_whose_waiting_process_is_killed_is_undone(
    machines: list[Machine], controller: Controller, tmp_path: Path
) -> None:
    machine = machines[0]
    before = read_state(machine)
    play = write_play(tmp_path, machine.name, HARMLESS, 3600, **{"async": 4000, "poll": 0})
    controller.play(play)
    wait_for(lambda: "br-ok" in read_state(machine), "changed")
    machine.run(KILL)
    await_undone(machine)
    assert read_state(machine) == before


def test_a_boot_before_the_confirmation_brings_back_what_was_declared_before(
    machines: list[Machine], controller: Controller, tmp_path: Path
) -> None:
    machine = machines[0]
    before = read_state(machine)
    controller.play(write_play(tmp_path, machine.name, {**HARMLESS, "persist": True}, 60))
    other = {"linux_bridge": [{"name": "br-ok", "addresses": ["10.77.0.9/24"]}], "persist": True}
    task = {"async": 4000, "poll": 0}
    controller.play(write_play(tmp_path, machine.name, other, 3600, **task))
    wait_for(lambda: "10.77.0.9" in read_state(machine), "changed")
    machine.reboot()
    assert "10.77.0.1/24" in read_state(machine) and "10.77.0.9" not in read_state(machine)
    assert machine.attempt(IS_WAITING).returncode != 0
    machine.run("/usr/local/bin/redblue-netns check")
    controller.play(write_play(tmp_path, machine.name, {"state": "absent"}, 60))
    assert read_state(machine) == before


def test_nothing_is_written_for_a_boot_before_the_confirmation(
    machines: list[Machine], controller: Controller, tmp_path: Path
) -> None:
    machine = machines[0]
    before = read_state(machine)
    task = {"async": 300, "poll": 0}
    lasting = {**HARMLESS, "persist": True}
    controller.play(write_play(tmp_path, machine.name, lasting, 8, **task))
    wait_for(lambda: "br-ok" in read_state(machine), "changed")
    assert f"{NAME}.json" not in read_state(machine)
    await_undone(machine)
    assert read_state(machine) == before
    controller.play(write_play(tmp_path, machine.name, lasting, 60))
    assert f"{NAME}.json" in read_state(machine)
    controller.play(write_play(tmp_path, machine.name, {"state": "absent"}, 60))
    assert read_state(machine) == before


def test_a_change_in_the_background_is_confirmed_by_a_task(
    machines: list[Machine], controller: Controller, tmp_path: Path
) -> None:
    machine = machines[0]
    task = {"async": 300, "poll": 1, "register": "lab"}
    path = Path(write_play(tmp_path, machine.name, HARMLESS, 60, **task))
    play = json.loads(path.read_text())
    confirm = {"name": NAME, "token": "{{ lab.confirmation.token }}"}
    play[0]["tasks"] += [
        {"name": "Reset", "ansible.builtin.meta": "reset_connection"},
        {"name": "Confirm", "redblue.netns.netns_confirm": confirm},
        {"name": "Remove", "redblue.netns.topology": {"name": NAME, "state": "absent"}},
    ]
    path.write_text(json.dumps(play))
    controller.play(str(path))
    assert machine.attempt(IS_WAITING).returncode != 0
