# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook of the guide on a machine with its own systemd and Docker, over reboots.

Where the kernel has no WireGuard, a veth pair to the namespace provider is in the place of the
tunnel. In a virtual machine (`make vpn-over-a-boot`) nothing is in the place of anything.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from booted.controller import Controller, Recap, find_changed, find_failed
from booted.fleet import inventory_of
from booted.machine import Machine, wait_for
from booted.name_server import DNS_PROGRAM
from booted.outside import adapt
from booted.tunnel import (
    COMMAND,
    assert_kill_switch,
    has_wireguard,
    install_tunnel,
)
from booted.virtual_machine import VirtualMachine
from support.guides import read_blocks, read_play

PACKAGES = "docker.io busybox dnsmasq-base python3-pyroute2"
INSTALL = f"""
mkdir -p /etc/docker
if [ "$(stat -f -c %T /)" = overlayfs ]; then # on which there can be no other one
    echo '{{"storage-driver": "vfs"}}' >/etc/docker/daemon.json
fi
apt-get -qq install -y --no-install-recommends {PACKAGES} >/dev/null
libraries=$(ldd /bin/busybox | grep -o '/lib[^ ]*' | cut -c2-)
tar -C / -ch bin/busybox $libraries | docker import - box >/dev/null
"""
REMOVE = f"""
docker rm -f app >/dev/null
apt-get -qq purge -y --autoremove {PACKAGES} >/dev/null
rm -rf /etc/docker /var/lib/docker /var/lib/containerd /opt/* /etc/systemd/system/fetch.service
"""
BOX = "box /bin/busybox sleep 1000000"
DNS_UNIT = """
[Unit]
After=redblue-netns@vpn.service redblue-netns@site.service
[Service]
ExecStart=/usr/bin/ip netns exec provider /usr/bin/python3 /opt/dns.py vpn 10.13.0.1
[Install]
WantedBy=redblue-netns@vpn.service multi-user.target
"""
HOST_DNS_UNIT = """
[Service]
ExecStart=/usr/bin/python3 /opt/dns.py host
[Install]
WantedBy=multi-user.target
"""
LOOK_UP = """
import socket, sys
def is_found(name):
    try:
        return bool(socket.getaddrinfo(name, 80))
    except OSError:
        return False
print(sum(is_found(f"n{number}.example.org") for number in range(200)))
"""
FETCH = "import urllib.request as r; print(r.urlopen('http://{}/', timeout=5).status)"
PATIENT = """
for unit in redblue-netns@ redblue-netns-reapply@; do
    at=/etc/systemd/system/$unit.service.d; mkdir -p $at
    printf '[Service]\\nTimeoutStartSec=infinity\\n' >$at/patient.conf
done
"""
"""An emulated processor may need longer than five minutes for three topologies at boot."""
PING = "ping -c 1 -W 5 -q"
FILES = (
    "find /etc/systemd /etc/redblue-netns /usr/local -name '*redblue-netns*' 2>/dev/null || true"
)


class Host:
    """A machine on which the playbook is played."""

    def __init__(self, machine: Machine, at: Path) -> None:
        self.machine, self._at = machine, at
        self._controller = Controller(at, inventory_of([machine]))
        self.has_tunnel = has_wireguard(machine)
        assert self.has_tunnel or not isinstance(machine, VirtualMachine)
        play = read_play("services", "Build what outlives a boot")
        self.tasks = adapt(play, self.has_tunnel)

    def play(self, *tasks: dict[str, Any]) -> tuple[Recap, str]:
        book = self._at / "book.yml"
        book.write_text(
            yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [*tasks]}])
        )
        recap, output = self._controller.attempt(str(book), "--diff")
        assert not find_failed(recap), output
        return recap, output

    def succeeds(self, script: str) -> bool:
        return self.machine.attempt(script).returncode == 0

    def fetch(self, place: str, address: str) -> bool:
        """Whether HTTP is answered, in a namespace or on the host."""
        return self.succeeds(f'{place} python3 -c "{FETCH.format(address)}"')

    def app_fetches(self, address: str) -> bool:
        return self.succeeds(
            f"timeout 10 docker exec app /bin/busybox wget -q -O /dev/null http://{address}"
        )

    def count(self, where: str, kind: str = "") -> int:
        """How many questions about example.org the servers of the tunnel or the host were asked."""
        lines = self.machine.run(f"cat /run/asked-{where} || true").splitlines()
        return sum(line.startswith(kind) and "example.org" in line for line in lines)

    def assert_works(self) -> None:
        """Assert by packets that all is as the playbook says."""
        wait_for(lambda: self.fetch("", "127.0.0.1:8020"), "the service is published")
        wait_for(lambda: self.app_fetches("db.team.example.com:5432"), "app reaches db by its name")
        for address in ("10.13.0.2", "[fd00:13::2]"):
            wait_for(partial(self.fetch, "ip netns exec provider", address), f"{address} answers")
        assert not self.fetch("", "127.0.0.1") and not self.fetch("", self.machine.address)
        for address in ("192.168.20.2", "[fd00:20::2]"):
            wait_for(partial(self.app_fetches, f"{address}:5432"), f"app reaches {address}")
            assert not self.fetch("ip netns exec guest", f"{address}:5432")
        # What keeps guest away is the policy: it has the name, and reaches app.
        self.machine.run("ip netns exec guest getent hosts db.team.example.com")
        self.machine.run(f"ip netns exec guest {PING} app; ip netns exec guest {PING} fd00:20::1")
        assert not self.succeeds(f"ip netns exec guest {PING} db")
        assert self.fetch("ip netns exec visitor", "www.example.net")
        assert not self.fetch("ip netns exec visitor", "192.0.2.81")
        assert self.fetch("", "192.0.2.81")

    def assert_kill_switch(self) -> None:
        """Assert that without the tunnel no packet of the namespace leaves, and no name leaks."""
        before = [self.count("host", "dns"), self.count("site", "dns")]
        assert_kill_switch(self.machine)
        assert [self.count("host", "dns"), self.count("site", "dns")] == before

    def assert_is_repeatable(self) -> None:
        recap, output = self.play(*self.tasks)
        assert not find_changed(recap), output


@pytest.fixture(scope="module")
def host(machines: list[Machine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The playbook was played."""
    machine = machines[0]
    if isinstance(machine, VirtualMachine):
        machine.run(PATIENT)
    before = machine.run(FILES)
    machine.run(INSTALL)
    units = {"asked-vpn.service": DNS_UNIT, "asked-host.service": HOST_DNS_UNIT}
    for path, text in {
        "/opt/dns.py": DNS_PROGRAM,
        **{f"/etc/systemd/system/{name}": text for name, text in units.items()},
    }.items():
        machine.run(f"cat >{path} <<'END'\n{text}\nEND")
    machine.run("cp -P /etc/resolv.conf /root; echo nameserver 127.0.0.1 >/etc/resolv.conf")
    (command,) = (text for text in read_blocks("services", "shell") if "--name app" in text)
    machine.run(f"{shlex.join(shlex.split(command)[:-1])} {BOX}")
    install_tunnel(machine)
    host = Host(machine, tmp_path_factory.mktemp("boot"))
    host.play(*host.tasks)
    machine.run(f"systemctl daemon-reload; systemctl enable --now {' '.join(units)}")
    yield host
    machine.run(f"systemctl disable --now fetch {' '.join(units)}")
    service = {"name": "fetch.service", "state": "absent"}
    host.play(
        {"redblue.netns.netns_service": service},
        *(
            {"redblue.netns.topology": {"name": name, "state": "absent", "force": True}}
            for name in ("team", "site", "vpn")
        ),
    )
    assert machine.run(FILES) == before
    if isinstance(machine, VirtualMachine):
        return
    machine.run(f"cp -P /root/resolv.conf /etc; rm -f /etc/systemd/system/asked-*; {REMOVE}")
    machine.reboot()


def test_it_is_as_the_playbook_says_and_no_name_leaks(host: Host) -> None:
    host.assert_works()
    host.assert_is_repeatable()
    pid = host.machine.run("systemctl show --value -p MainPID fetch").strip()
    service, command = f"nsenter -t {pid} -n -m", "ip netns exec vpn"
    look_up = f"python3 -c {shlex.quote(LOOK_UP)}"
    assert host.machine.run(f"{service} {look_up}") == "200\n"
    answered = host.count("vpn")
    assert answered >= 200 and host.count("host") == 0
    # nscd is hidden from the service. From a command it is not, and this one answers nothing.
    assert host.machine.run(f"{command} {look_up}") == "200\n"
    assert host.count("vpn") >= answered + 200
    names = "for n in $(busybox seq 200); do busybox nslookup n$n.example.org || true; done"
    host.machine.run(f"docker exec -e PATH=/bin app busybox sh -c {shlex.quote(names)}")
    for place in (service, command):
        host.machine.run("ip -n provider link set wg0 down")
        quick = f"env RES_OPTIONS='timeout:1 attempts:1' {look_up.replace('200', '5')}"
        assert host.machine.run(f"{place} {quick}") == "0\n"
        host.machine.run("ip -n provider link set wg0 up")
    assert host.count("host", "dns") == 0
    host.machine.run("getent hosts www.example.org")
    assert host.count("host", "dns") > 0


def test_nothing_leaves_when_the_tunnel_is_down(host: Host) -> None:
    if not host.has_tunnel:
        pytest.skip("this kernel has no WireGuard; make vpn-over-a-boot has it")
    host.assert_kill_switch()


def test_all_of_it_is_there_after_a_boot(host: Host) -> None:
    host.machine.reboot()
    host.assert_works()
    host.assert_is_repeatable()
    if host.has_tunnel:
        host.assert_kill_switch()
    said = host.machine.run("journalctl -b --output=cat --unit=redblue-netns@team")
    assert "container app cannot be looked up: docker is not started" in said
    assert "What is wanted in namespace app is left out until it runs" in said
    assert host.machine.run("systemctl --failed --no-legend") == ""
    assert (
        host.machine.run(f"{COMMAND} check")
        == "site: as declared\nteam: as declared\nvpn: as declared\n"
    )


def test_a_container_is_connected_again_when_it_is_started(host: Host) -> None:
    host.machine.run("docker restart -t 0 app")
    host.assert_works()
    host.machine.run("docker stop -t 0 app")
    wait_for(lambda: not host.succeeds("ip netns exec app true"), "the name is removed")
