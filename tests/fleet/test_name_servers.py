# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The name server of a topology as a transient unit of systemd, also after a boot."""

from __future__ import annotations

from pathlib import Path

import yaml

from booted.controller import Controller, find_changed
from booted.fleet import inventory_of
from booted.machine import Machine, wait_for

UNIT = "redblue-netns-site-dns:br-site.service"
ASK = "ip netns exec site getent ahosts db | grep -q 10.60.0.3"
LAB = {
    "name": "site",
    "netns": [{"name": "site"}, {"name": "db"}],
    "linux_bridge": [{"name": "br-site", "addresses": ["10.60.0.1/24", "fd00:60::1/64"]}],
    "veth": [
        {
            "netns": name,
            "name": "eth0",
            "addresses": [f"10.60.0.{number}/24", f"fd00:60::{number}/64"],
            "peer": {"name": f"to-{name}", "bridge": "br-site"},
        }
        for name, number in (("site", 2), ("db", 3))
    ],
    "dns": {"domain": "lab.example.com"},
    "host_access": ["none"],
}


def test_a_name_server_is_a_unit_that_outlives_a_boot(
    machines: list[Machine], tmp_path: Path
) -> None:
    machine = machines[0]
    controller = Controller(tmp_path, inventory_of([machine]))
    role = {"role": "redblue.netns.prerequisites", "vars": {"prerequisites_dnsmasq": True}}
    book = tmp_path / "prerequisites.yml"
    book.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "roles": [role]}]))
    controller.play(str(book))
    assert "inactive" in machine.run("systemctl is-active dnsmasq || true"), "no service of its own"

    def apply(**options: object) -> bool:
        """Whether something was changed."""
        book = tmp_path / "site.yml"
        task = {"redblue.netns.topology": options}
        book.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
        return bool(find_changed(controller.play(str(book))))

    assert apply(**LAB, persist=True)
    machine.run(ASK)
    assert not apply(**LAB, persist=True)
    first = machine.run(f"systemctl show --value -p MainPID '{UNIT}'").strip()
    machine.run(f"kill -KILL {first}")
    wait_for(lambda: machine.attempt(ASK).returncode == 0, "systemd starts it again", 60)
    machine.reboot()
    wait_for(lambda: machine.attempt(ASK).returncode == 0, "it is started at boot", 60)
    assert not apply(**LAB, persist=True)
    assert apply(name="site", state="absent")
    assert machine.attempt(f"systemctl status '{UNIT}'").returncode == 4
    assert "dnsmasq" not in machine.run("ps -e -o comm=")
    machine.run("apt-get -qq autoremove --purge -y dnsmasq-base python3-pyroute2")
