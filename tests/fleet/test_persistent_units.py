# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ten persistent topologies whose units start at once, and what systemd-networkd does to routes.

Units that each made the first namespace of a boot mounted over each other (systemd#2741), and a
restart of systemd-networkd removed the routes of others (systemd#19106, #22077).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from booted.controller import Controller
from booted.fleet import inventory_of
from booted.machine import Machine, wait_for

COUNT = 10
TASK = {
    "redblue.netns.topology": {
        "name": "unit{{ item }}",
        "netns": [{"name": "n{{ item }}"}],
        "veth": [
            {
                "netns": "n{{ item }}",
                "name": "eth0",
                "addresses": ["10.40.{{ item }}.2/24"],
                "peer": {"name": "n{{ item }}-host", "addresses": ["10.40.{{ item }}.1/24"]},
            }
        ],
        "netns_route": [
            {"netns": "n{{ item }}", "destination": "default", "gateway": "10.40.{{ item }}.1"},
            {"destination": "10.50.{{ item }}.0/24", "gateway": "10.40.{{ item }}.2"},
        ],
        "persist": True,
    },
    "loop": list(range(COUNT)),
}
REMOVAL = {
    "redblue.netns.topology": {"name": "unit{{ item }}", "state": "absent"},
    "loop": list(range(COUNT)),
}
MOUNTS = "grep -c ' /run/netns ' /proc/mounts"
CONFIGURE = """
mkdir -p /etc/systemd/networkd.conf.d
printf '[Network]\\nManageForeignRoutes={0}\\nManageForeignRoutingPolicyRules={0}\\n' \
    >/etc/systemd/networkd.conf.d/foreign.conf
systemctl restart systemd-networkd
"""
ROUTES = "ip route show | grep -c '^10.50.'"


@pytest.fixture(scope="module")
def machine(machines: list[Machine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with ten topologies that persist."""
    machine, at = machines[1], tmp_path_factory.mktemp("units")
    controller = Controller(at, inventory_of([machine]))

    def apply(task: Any) -> None:
        book = at / "units.yml"
        book.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
        controller.play(str(book))

    apply(TASK)
    yield machine
    machine.run("rm -rf /etc/systemd/networkd.conf.d; systemctl restart systemd-networkd")
    apply(REMOVAL)


def assert_works(machine: Machine) -> None:
    """Assert that everything is as declared, and by packets that each namespace is reached."""
    check = "/usr/local/bin/redblue-netns check"
    wait_for(lambda: machine.attempt(check).returncode == 0, "the host is as declared", 30)
    for number in range(COUNT):
        machine.run(f"ping -c 1 -w 30 10.40.{number}.2")
    assert machine.run(ROUTES).strip() == str(COUNT)


def test_ten_units_at_once_make_one_mount_and_all_namespaces(machine: Machine) -> None:
    machine.reboot()
    assert machine.run("systemctl --failed --no-legend") == ""
    assert machine.run(MOUNTS).strip() == "1"
    names = sorted(machine.run("ls /run/netns").split())
    assert names == sorted(f"n{number}" for number in range(COUNT))
    machine.run(f"systemctl is-active redblue-netns@unit{{0..{COUNT - 1}}}")
    assert_works(machine)


@pytest.mark.parametrize("manages", ["yes", "no"])
def test_a_restart_of_networkd_loses_no_route(machine: Machine, manages: str) -> None:
    machine.run(CONFIGURE.format(manages))
    assert_works(machine)
