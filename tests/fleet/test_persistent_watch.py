# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service that watches a topology, on a machine with its own systemd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import yaml

from booted.controller import Controller, find_changed
from booted.fleet import inventory_of
from booted.machine import Machine, wait_for

COMMAND = "/usr/local/bin/redblue-netns"
UNIT = "redblue-netns-watch@lab"
HARDENING = """
echo net.ipv4.ip_forward=0 >/etc/sysctl.d/99-hardening.conf
sysctl -qw net.ipv4.ip_forward=1
sysctl --quiet --system || true  # a machine in a private host may not write all of them
rm /etc/sysctl.d/99-hardening.conf
"""
"""Docker switched forwarding on, and a role that hardens a host switches it off."""
ADDRESSES = ("192.168.15.2", "10.99.0.1")
"""Those of blue, and of the controller, which needs forwarding."""
Play = Callable[..., bool]


@pytest.fixture(scope="module")
def play(machines: list[Machine], tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Applies the role to the machine, with these variables; whether something changed."""
    at = tmp_path_factory.mktemp("watch")
    controller = Controller(at, inventory_of(machines[2:]))

    def apply(**variables: Any) -> bool:
        roles = [{"role": "redblue.netns.bridge_lab", "vars": variables}]
        book = at / "book.yml"
        book.write_text(
            yaml.safe_dump([{"hosts": "all", "gather_facts": False, "roles": roles}]),
            encoding="utf-8",
        )
        return bool(find_changed(controller.play(str(book))))

    return apply


@pytest.fixture(scope="module")
def machine(machines: list[Machine], play: Play) -> Iterator[Machine]:
    """A machine with a lab that restores itself."""
    machine = machines[2]
    assert play(bridge_lab_persist={"watch": "restore"})
    await_text(machine, "lab: is watched, and what differs is restored")
    yield machine
    play(bridge_lab_state="absent")
    wait_for(
        lambda: "redblue" not in machine.run("systemctl list-units --all --no-legend 'redblue*'"),
        "nothing is left",
    )
    assert machine.run("find /etc/systemd /usr/local -name '*redblue-netns*'") == ""


def read_journal(machine: Machine, *options: str) -> str:
    return machine.run(f"journalctl --output=cat --unit={UNIT} {' '.join(options)}")


def await_text(machine: Machine, text: str, count: int = 1) -> None:
    wait_for(lambda: read_journal(machine).count(text) >= count, f"the journal has {text}", 30)


@pytest.mark.parametrize(
    ("act", "restored"),
    [
        ("nft flush ruleset", "write the rules on the host anew"),
        ("sysctl -qw net.ipv4.ip_forward=1; sysctl -qw net.ipv4.ip_forward=0", "forwarding"),
        (HARDENING, "forwarding"),
        ("ip netns delete red", "create namespace red"),
        ("ip link set v-net-0 down; networkctl reload", "v-net-0: set up"),
    ],
)
def test_what_others_do_is_restored(machine: Machine, act: str, restored: str) -> None:
    before = read_journal(machine).count("lab: restored")
    machine.run(act)
    wait_for(
        lambda: any(
            restored in part for part in read_journal(machine).split("lab: restored")[before + 1 :]
        ),
        f"the journal has what was restored after {act}",
        10,
    )
    assert restored in read_journal(machine, "--priority=warning")
    for address in ADDRESSES:
        wait_for(partial(reaches, machine, address), f"red reaches {address}")
    wait_for(lambda: machine.attempt(f"{COMMAND} check").returncode == 0, "all is as declared")


def reaches(machine: Machine, address: str) -> bool:
    return machine.attempt(f"ip netns exec red ping -c 1 -W 1 {address}").returncode == 0


def test_a_second_run_changes_nothing(machine: Machine, play: Play) -> None:
    assert not play(bridge_lab_persist={"watch": "restore"})
    assert "watch: restore" in machine.run(f"{COMMAND} list")


def test_it_stops_and_starts_with_the_unit_of_the_topology(machine: Machine) -> None:
    machine.run("systemctl stop redblue-netns@lab")
    assert machine.attempt(f"systemctl is-active {UNIT}").stdout.strip() == "inactive"
    machine.run("ip -n red route del default; sleep 2; systemctl start redblue-netns@lab")
    assert machine.run(f"systemctl is-active {UNIT}").strip() == "active"
    # The unit of the topology has restored that.
    machine.run(f"{COMMAND} check")
    machine.run(f"systemctl kill --signal=KILL {UNIT}")
    wait_for(lambda: is_running_anew(machine), "it is started again")


def is_running_anew(machine: Machine) -> bool:
    shown = machine.run(f"systemctl show --property=NRestarts,SubState {UNIT}")
    return shown.split() == ["NRestarts=1", "SubState=running"]


def test_it_is_back_after_a_reboot(machine: Machine) -> None:
    machine.reboot()
    await_text(machine, "is watched", 1)
    assert machine.run("systemctl --failed --no-legend") == ""
    machine.run(f"{COMMAND} check")


def test_a_fight_ends_with_a_failed_unit(machine: Machine, play: Play) -> None:
    loop = "while sleep 0.7; do ip -n red route del default; done"
    machine.run(f"systemd-run --unit=other sh -c '{loop}'")
    wait_for(
        lambda: machine.attempt(f"systemctl is-failed {UNIT}").returncode == 0, "it gives up", 120
    )
    assert "gives up" in read_journal(machine, "--priority=err")
    machine.run(f"systemctl stop other; systemctl restart {UNIT}")
    wait_for(lambda: machine.attempt(f"{COMMAND} check").returncode == 0, "all is as declared")


def test_without_watch_the_service_is_removed(machine: Machine, play: Play) -> None:
    assert play(bridge_lab_persist=True)
    wait_for(
        lambda: machine.attempt(f"systemctl is-active {UNIT}").stdout.strip() == "inactive",
        "it is stopped",
    )
    machine.run("ip -n red route del default; sleep 2")
    assert machine.attempt(f"{COMMAND} check").returncode == 1
