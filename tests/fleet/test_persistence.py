# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Persistent topologies on machines with their own systemd: reboots, and what others do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from booted.controller import Controller, find_changed
from booted.fleet import inventory_of
from booted.machine import Machine, wait_for

LABS: list[dict[str, Any]] = [
    {"bridge_lab_name": "lab", "bridge_lab_integrate": ["forward"]},
    {
        "bridge_lab_name": "old-style",
        "bridge_lab_backend": "iptables",
        "bridge_lab_namespaces": ["pink"],
        "bridge_lab_bridge": "pink0",
        "bridge_lab_network": ["10.21.0.0/24", "fd00:21::/64"],
    },
    {
        "bridge_lab_name": "switched_2",
        "bridge_lab_namespaces": ["green"],
        "bridge_lab_bridge": "green0",
        "bridge_lab_network": ["10.22.0.0/24"],
        "bridge_lab_switch_netns": "green-sw",
    },
]
PROBES = (
    ("red", "192.168.15.2"),
    ("red", "10.99.0.1"),
    ("pink", "10.99.0.1"),
    ("green", "10.99.0.1"),
)
"""From red to blue, and from each lab to the controller, which needs masquerading."""
COMMAND = "/usr/local/bin/redblue-netns"
UNITS = [f"redblue-netns@{lab['bridge_lab_name']}.service" for lab in LABS]
FILES = """
find /etc/systemd /usr/local -name '*redblue-netns*'
[ ! -e /etc/redblue-netns ] || find /etc/redblue-netns
"""


FOREIGN = """
ip -br -4 address show dev eth0 | awk '{print $3}'
ip route show table main | grep eth0; nft list tables | grep -v redblue || true
sysctl net.ipv4.ip_forward net.ipv4.conf.all.forwarding; cat /etc/nftables.conf
"""
"""What the topologies must leave as it is."""


class Lab:
    """One machine with persistent topologies."""

    def __init__(self, machine: Machine, controller: Controller, at: Path) -> None:
        self.machine, self._controller, self._at = machine, controller, at

    def play(self, *arguments: str, **variables: Any) -> bool:
        """Apply the role for each lab; whether something changed."""
        roles = [{"role": "redblue.netns.bridge_lab", "vars": {**lab, **variables}} for lab in LABS]
        book = self._at / "book.yml"
        book.write_text(
            yaml.safe_dump([{"hosts": "all", "gather_facts": False, "roles": roles}]),
            encoding="utf-8",
        )
        return bool(find_changed(self._controller.play(str(book), *arguments)))

    def assert_works(self) -> None:
        """Assert by packets that all labs work, and that they are as declared."""
        for netns, address in PROBES:
            self.machine.run(f"ip netns exec {netns} ping -c 3 -i 0.2 -w 30 {address}")
        self.machine.run(f"{COMMAND} check")

    def count_reapplied(self) -> int:
        """How often a unit that follows another service has found or made all as declared."""
        journal = "journalctl --output=cat -u 'redblue-netns-reapply@*'"
        lines = self.machine.run(journal).splitlines()
        return lines.count(f"{LABS[-1]['bridge_lab_name']}: as declared")


@pytest.fixture(scope="module")
def lab(machines: list[Machine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    machine, at = machines[0], tmp_path_factory.mktemp("persistence")
    lab = Lab(machine, Controller(at, inventory_of([machine])), at)
    assert lab.play(bridge_lab_persist=True)
    yield lab
    lab.play(bridge_lab_state="absent")
    assert machine.run(FILES) == ""
    assert "redblue" not in machine.run("systemctl list-units --all --no-legend 'redblue*'")


def show(machine: Machine, unit: str, *properties: str) -> dict[str, str]:
    names = ",".join(properties)
    lines = machine.run(f"systemctl show --timestamp=us --property={names} {unit}").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_labs_are_back_after_reboots_before_the_network_is_online(lab: Lab) -> None:
    lab.play(bridge_lab_persist=True)
    foreign = lab.machine.run(FOREIGN)
    for number in range(int(os.environ.get("REBOOTS", "1"))):
        lab.machine.reboot()
        lab.assert_works()
        assert lab.machine.run(FOREIGN) == foreign
        for unit in UNITS:
            properties = show(lab.machine, unit, "ActiveState", "Result", "Before")
            assert properties["ActiveState"] == "active", lab.machine.run(f"journalctl -u {unit}")
            assert "network-online.target" in properties["Before"].split()
        print(
            f"reboot {number + 1}: started in", *(start_time(lab.machine, unit) for unit in UNITS)
        )
    assert not lab.play(bridge_lab_persist=True)
    assert lab.machine.run("systemctl --failed --no-legend") == ""


def start_time(machine: Machine, unit: str) -> str:
    """How long a unit took to start."""
    names = ("ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic")
    shown = show(machine, unit, *names)
    begun, ended = (int(shown[name]) for name in names)
    return f"{(ended - begun) / 1e6:.2f} s"


def test_units_are_sound(lab: Lab) -> None:
    units = [*UNITS, "redblue-netns-reapply@nftables.service"]
    assert lab.machine.attempt(f"systemd-analyze verify {' '.join(units)}").stderr == ""
    lab.machine.run("systemctl is-enabled " + " ".join(UNITS))


@pytest.mark.parametrize(
    "act",
    [
        "systemctl restart nftables",
        "systemctl stop nftables; systemctl start nftables",
        "systemctl start nftables; systemctl reload nftables",
        "systemctl restart systemd-networkd",
        "sysctl -qw net.ipv4.ip_forward=0; systemctl restart systemd-sysctl",
    ],
)
def test_what_others_do_is_put_right_at_once(lab: Lab, act: str) -> None:
    before = lab.count_reapplied()
    lab.machine.run(act)
    wait_for(lambda: lab.count_reapplied() > before, "a unit has applied them again", 30)
    lab.assert_works()


WEB = """
cat >/etc/systemd/system/web.service <<'END'
[Unit]
Requires=redblue-netns@lab.service
After=redblue-netns@lab.service
[Service]
Type=exec
NetworkNamespacePath=/run/netns/red
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable --now web
"""
NO_WEB = "systemctl disable --now web; rm /etc/systemd/system/web.service; systemctl daemon-reload"
RUNS_IN_RED = """
pid=$(systemctl show --value -p MainPID web)
[ "$(stat -Lc %i /proc/$pid/ns/net)" = "$(stat -Lc %i /run/netns/red)" ]
"""


def test_a_service_that_is_bound_to_a_lab_never_runs_without_it(lab: Lab) -> None:
    lab.machine.run(WEB)
    lab.machine.run(RUNS_IN_RED)
    lab.machine.reboot()
    lab.machine.run(RUNS_IN_RED)
    lab.machine.run("mv /etc/redblue-netns/lab.json /root")
    with pytest.raises(AssertionError, match="degraded"):
        lab.machine.reboot()
    assert "topologies: old-style, switched_2" in lab.machine.run(f"journalctl -u {UNITS[0]}")
    assert lab.machine.run("systemctl show --value -p ActiveState web").strip() == "inactive"
    lab.machine.run("mv /root/lab.json /etc/redblue-netns; systemctl start web")
    lab.machine.run(RUNS_IN_RED)
    lab.machine.run(NO_WEB)
    lab.machine.run("systemctl reset-failed")


def test_persist_false_leaves_the_labs_until_the_next_boot(lab: Lab) -> None:
    lab.play(bridge_lab_persist=True)
    assert lab.play(bridge_lab_persist=False)
    assert lab.machine.run(FILES) == ""
    lab.machine.run("ip netns exec red ping -c 1 -w 30 192.168.15.2")
    lab.machine.reboot()
    assert lab.machine.run("ip netns") == ""
