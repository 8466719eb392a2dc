# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A persistent topology with a container of a real Podman, over reboots."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from booted.controller import Controller, find_changed
from booted.fleet import inventory_of
from booted.machine import Machine, wait_for
from booted.tunnel import COMMAND
from support.podman import STORAGE

PACKAGES = "podman crun busybox python3-pyroute2"
INSTALL = f"""
apt-get -qq install -y --no-install-recommends {PACKAGES} >/dev/null
cat >/etc/containers/storage.conf <<'END'
{STORAGE}END
libraries=$(ldd /bin/busybox | grep -o '/lib[^ ]*' | cut -c2-)
tar -C / -ch bin/busybox $libraries >/opt/box.tar
podman import -q /opt/box.tar box >/dev/null
podman run -d --name app --restart always --cgroups disabled --network none box \
    /bin/busybox httpd -f -p 80 >/dev/null
"""
REMOVE = f"""
podman rm -f -a -t 0 >/dev/null
apt-get -qq purge -y --autoremove {PACKAGES} >/dev/null
rm -rf /etc/containers /var/lib/containers /opt/*
"""
LAB: dict[str, Any] = {
    "name": "team",
    "netns": [{"name": "red"}, {"name": "app", "attach": {"container": "app"}}],
    "linux_bridge": [{"name": "br-team", "addresses": ["192.168.20.5/24", "fd00:20::5/64"]}],
    "veth": [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"192.168.20.{number}/24", f"fd00:20::{number}/64"],
            "peer": {"name": f"to-{name}", "bridge": "br-team"},
        }
        for number, name in enumerate(("red", "app"), 1)
    ],
    "policy": [{"name": "app", "netns": ["app"], "ingress": [{"from": [{"netns": "red"}]}]}],
    "hosts": True,
    "persist": True,
}
FETCH = "import urllib.request as r; r.urlopen('http://{}/bin/busybox', timeout=5)"
LEFT_OUT = "What is wanted in namespace app is left out until it runs"


class Host:
    """A machine with the topology."""

    def __init__(self, machine: Machine, at: Path) -> None:
        self.machine, self._at = machine, at
        self._controller = Controller(at, inventory_of([machine]))

    def apply(self, **options: Any) -> bool:
        """Apply the topology; whether something changed."""
        book = self._at / "book.yml"
        tasks = [{"redblue.netns.topology": {**LAB, **options}}]
        play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
        book.write_text(yaml.safe_dump([play]), encoding="utf-8")
        return bool(find_changed(self._controller.play(str(book))))

    def is_answered(self, address: str, netns: str = "red") -> bool:
        """Whether the container answers a namespace, or the host."""
        place = f"ip netns exec {netns}" if netns else ""
        fetch = f'{place} python3 -c "{FETCH.format(address)}"'
        return self.machine.attempt(fetch).returncode == 0

    def assert_works(self) -> None:
        for address in ("192.168.20.2", "[fd00:20::2]", "app"):
            wait_for(partial(self.is_answered, address), f"app answers red at {address}")
        assert not self.is_answered("192.168.20.2", netns="")
        assert self.check() == "team: as declared\n"

    def assert_works_without_container(self) -> None:
        names = self.machine.run("ip netns list").split()
        assert "red" in names and "app" not in names
        self.machine.run("ip netns exec red ping -c 1 -W 5 -q 192.168.20.5")
        assert self.check() == "team: as declared\n"

    def check(self) -> str:
        return self.machine.run(f"{COMMAND} check")

    def journal(self, unit: str) -> str:
        return self.machine.run(f"journalctl -b --output=cat --unit={unit}")


@pytest.fixture(scope="module")
def host(machines: list[Machine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The topology was applied, with a container that Podman starts at boot."""
    machine = machines[0]
    machine.run(INSTALL)
    host = Host(machine, tmp_path_factory.mktemp("podman"))
    assert host.apply()
    yield host
    host.apply(state="absent")
    assert machine.run("ip netns list") == ""
    machine.run(REMOVE)
    machine.reboot()


def test_a_container_that_podman_starts_at_boot_is_connected_then(host: Host) -> None:
    host.machine.run("systemctl enable podman-restart")
    host.assert_works()
    host.machine.reboot()
    host.assert_works()
    assert LEFT_OUT in host.journal("redblue-netns@team")
    assert "app" in host.journal("redblue-netns-reapply@podman-restart")
    assert not host.apply()


def test_a_container_that_is_not_started_at_boot_is_left_out_until_it_is(host: Host) -> None:
    host.machine.run("systemctl disable podman-restart")
    host.machine.reboot()
    said = host.journal("redblue-netns@team")
    assert "container app does not run (podman says: " in said and LEFT_OUT in said
    host.assert_works_without_container()
    assert not host.apply()
    host.machine.run("podman start app")
    host.machine.run(f"{COMMAND} apply --all")
    host.assert_works()
    assert not host.apply()


def test_a_watched_topology_connects_a_container_by_itself(host: Host) -> None:
    host.apply(persist={"watch": "restore"})
    host.machine.reboot()
    host.assert_works_without_container()
    host.machine.run("podman start app")
    host.assert_works()
    host.machine.run("podman restart -t 0 app")
    host.assert_works()
    host.machine.run("podman stop -t 0 app")
    wait_for(
        lambda: "app" not in host.machine.run("ip netns list").split(), "the name is removed", 120
    )
