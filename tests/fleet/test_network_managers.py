# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links of a persistent topology are left alone by network managers that manage all links."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from booted.controller import Controller, find_changed
from booted.fleet import inventory_of
from booted.machine import Machine, wait_for

LAB: dict[str, Any] = {
    "name": "quiet",
    "netns": [{"name": "red"}],
    "linux_bridge": [{"name": "br-quiet", "addresses": ["10.60.0.1/24"]}],
    "veth": [
        {
            "name": "eth0",
            "netns": "red",
            "addresses": ["10.60.0.2/24"],
            "peer": {"name": "to-red", "bridge": "br-quiet"},
        }
    ],
}
LINKS = ("br-quiet", "to-red")
ALL_BY_NETWORKD = """
printf '[Match]\\nName=*\\n[Network]\\nDHCP=yes\\n' >/etc/systemd/network/90-all.network
networkctl reload
ip link add others type bridge
ip link set others up
"""
ALL_BY_NETWORK_MANAGER = """
apt-get install -qq -y network-manager >/dev/null 2>&1
printf '[keyfile]\\nunmanaged-devices=interface-name:eth0\\n' >/etc/NetworkManager/conf.d/eth0.conf
systemctl restart NetworkManager
nmcli --wait 30 general status >/dev/null
"""
UNDO = """
rm -f /etc/systemd/network/90-all.network
networkctl reload
ip link delete others 2>/dev/null || true
if [ -e /usr/sbin/NetworkManager ]; then dpkg --purge network-manager >/dev/null 2>&1; fi
"""
OURS = "find /etc/systemd/network /etc/NetworkManager -name '*redblue*' 2>/dev/null || true"


class Host:
    """A machine with a persistent topology."""

    def __init__(self, machine: Machine, at: Path) -> None:
        self.machine, self._at = machine, at
        self._controller = Controller(at, inventory_of([machine]))

    def apply(self, *arguments: str, **options: Any) -> bool:
        book = self._at / "quiet.yml"
        task = {"redblue.netns.topology": {"name": "quiet", **options}}
        book.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
        return bool(find_changed(self._controller.play(str(book), *arguments)))

    def setup_by_networkd(self, *names: str) -> set[str]:
        """What networkd does about some links."""
        lines = self.machine.run("networkctl --no-legend list").splitlines()
        return {line.split()[4] for line in lines if line.split()[1] in names}

    def state_by_network_manager(self) -> set[str]:
        """What NetworkManager does about our links."""
        lines = self.machine.run("nmcli --terse --fields DEVICE,STATE device").splitlines()
        return {line.split(":")[1] for line in lines if line.split(":")[0] in LINKS}

    def assert_works(self) -> None:
        self.machine.run("ping -c 1 -w 30 10.60.0.2")
        self.machine.run("/usr/local/bin/redblue-netns check")


@pytest.fixture
def host(machines: list[Machine], tmp_path: Path) -> Iterator[Host]:
    host = Host(machines[2], tmp_path)
    yield host
    host.apply(state="absent")
    assert host.machine.run(OURS) == ""
    host.machine.run(UNDO)


def test_networkd_leaves_them_alone(host: Host) -> None:
    host.machine.run(ALL_BY_NETWORKD)
    # A link that nobody has told networkd of is configured.
    wait_for(
        lambda: bool(host.setup_by_networkd("others") & {"configuring", "degraded", "configured"}),
        "networkd configures a link",
    )
    assert host.apply(**LAB, persist=True)
    assert host.setup_by_networkd(*LINKS) == {"unmanaged"}
    host.assert_works()
    assert not host.apply(**LAB, persist=True)
    host.machine.run("networkctl reload; systemctl restart systemd-networkd")
    assert host.setup_by_networkd(*LINKS) == {"unmanaged"}
    host.machine.reboot()
    assert host.setup_by_networkd(*LINKS) == {"unmanaged"}
    host.assert_works()
    assert "10.60.0.1" in host.machine.run("ip -br address show br-quiet")


def test_network_manager_leaves_them_alone(host: Host) -> None:
    host.machine.run(ALL_BY_NETWORK_MANAGER)
    assert host.apply(**LAB, persist=True)
    assert host.state_by_network_manager() == {"unmanaged"}
    host.assert_works()
    host.machine.reboot()
    assert host.state_by_network_manager() == {"unmanaged"}
    host.assert_works()
    assert not host.apply(**LAB, persist=True)
