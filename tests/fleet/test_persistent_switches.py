# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Persistent topologies on Open vSwitch, and with a pod, on a machine that boots again.

The database of Open vSwitch and the cached results of CNI outlive a boot. Interfaces do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from booted.controller import Controller, find_changed
from booted.fleet import inventory_of
from booted.machine import Machine, wait_for

PACKAGES = "openvswitch-switch containernetworking-plugins"
# Its script wants to load the kernel's module, which the machine does not have.
INSTALL = f"""
mkdir -p /etc/systemd/system/ovs-vswitchd.service.d
cat >/etc/systemd/system/ovs-vswitchd.service.d/module.conf <<'END'
[Service]
ExecStart=
ExecStart=/usr/lib/openvswitch-switch/ovs-vswitchd unix:/run/openvswitch/db.sock --detach \
    --pidfile=/run/openvswitch/ovs-vswitchd.pid --log-file=/var/log/openvswitch/ovs-vswitchd.log
END
apt-get -qq install -y --no-install-recommends {PACKAGES} >/dev/null
systemctl is-active openvswitch-switch
"""
REMOVE = f"""
apt-get -qq purge -y --autoremove {PACKAGES} >/dev/null
rm -rf /etc/systemd/system/ovs-vswitchd.service.d /etc/openvswitch /var/lib/openvswitch /var/lib/cni
systemctl daemon-reload; systemctl reset-failed
"""
RED: dict[str, Any] = {
    "name": "eth0",
    "netns": "red",
    "addresses": ["192.168.15.1/24", "fd00:15::1/64"],
    "peer": {"name": "red-br", "bridge": "v-net-0", "vlan": 10},
}
BLUE: dict[str, Any] = {
    "name": "eth0",
    "netns": "blue",
    "addresses": ["192.168.15.2/24", "fd00:15::2/64"],
    "peer": {"name": "blue-br", "bridge": "v-net-0", "vlan": 10},
}
SWITCHED: dict[str, Any] = {
    "name": "switched",
    "netns": [{"name": "red"}, {"name": "blue"}],
    "ovs_bridge": [
        {"name": "v-net-0", "datapath_type": "netdev", "addresses": ["192.168.16.5/24"]},
    ],
    "veth": [RED, BLUE],
    "persist": True,
}
# So few addresses that one which is not given back leaves none.
_IPAM = {
    "type": "host-local",
    "ranges": [[{"subnet": "10.22.0.0/24", "rangeStart": "10.22.0.9", "rangeEnd": "10.22.0.9"}]],
}
POD: dict[str, Any] = {
    "name": "pods",
    "netns": [{"name": "pod"}],
    "cni": [
        {
            "netns": "pod",
            "network": {
                "cniVersion": "1.0.0",
                "name": "pods",
                "plugins": [
                    {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipam": _IPAM},
                    {"type": "portmap", "capabilities": {"portMappings": True}},
                ],
            },
            "capabilities": {
                "portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]
            },
        }
    ],
    "persist": True,
}
LABS = [SWITCHED, POD]
CHECK = "/usr/local/bin/redblue-netns check"
PING = "ping -q -c 1 -w 30"
WORKS = f"""
ip netns exec red {PING} 192.168.15.2; ip netns exec blue {PING} fd00:15::1
ip netns exec pod {PING} 10.22.0.1; {CHECK}
"""
TRACES = """
ip -br link show type bridge | grep -v cni0 || true
ls /var/lib/cni/results /var/lib/cni/networks/pods | grep -v -e last_reserved -e lock || true
ovs-vsctl list-br; iptables-save -t nat | grep -c -e 8080 -e '10\\.22' || true
"""


class Labs:
    """A machine with two persistent topologies."""

    def __init__(self, machine: Machine, at: Path) -> None:
        self.machine, self._at = machine, at
        self._controller = Controller(at, inventory_of([machine]))

    def apply(self, *labs: dict[str, Any]) -> bool:
        """Apply topologies; whether something changed."""
        tasks = [{"redblue.netns.topology": lab} for lab in labs]
        book = self._at / "switches.yml"
        book.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        return bool(find_changed(self._controller.play(str(book))))

    def find_fault(self) -> str:
        """Wait until all is as declared; what is wrong with it then. Empty if packets arrive."""
        wait_for(lambda: self.machine.attempt(CHECK).returncode == 0, "as declared", 60)
        done = self.machine.attempt(WORKS)
        return done.stdout + done.stderr if done.returncode else ""


@pytest.fixture(scope="module")
def labs(machines: list[Machine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Labs]:
    machine = machines[0]
    if machine.attempt(f"apt-cache show {PACKAGES}").returncode:
        pytest.skip("the machines have no packages of Open vSwitch")
    machine.run(INSTALL)
    labs = Labs(machine, tmp_path_factory.mktemp("switches"))
    assert labs.apply(*LABS)
    yield labs
    labs.apply(*({"name": lab["name"], "state": "absent"} for lab in LABS))
    assert machine.run(TRACES).split() == [
        "/var/lib/cni/networks/pods:",
        "/var/lib/cni/results:",
        "0",
    ]
    machine.run(REMOVE)
    machine.reboot()  # What plugins leave for all attachments goes with it.


def test_they_are_back_after_a_boot(labs: Labs) -> None:
    for _number in range(2):
        labs.machine.reboot()
        assert labs.find_fault() == ""
        assert labs.machine.run("ls /var/lib/cni/networks/pods").split()[0] == "10.22.0.9"
        assert labs.machine.run("iptables-save -t nat | grep -c 'dport 8080.*DNAT'").strip() == "1"
    assert not labs.apply(*LABS)


LATE = """
systemctl disable openvswitch-switch
cat >/etc/systemd/system/late-switch.timer <<'END'
[Timer]
OnBootSec=5
Unit=openvswitch-switch.service
[Install]
WantedBy=timers.target
END
systemctl daemon-reload; systemctl enable late-switch.timer
"""
NOT_LATE = """
systemctl disable late-switch.timer; rm /etc/systemd/system/late-switch.timer
systemctl daemon-reload; systemctl enable openvswitch-switch
"""


def test_a_switch_that_starts_late_is_awaited(labs: Labs) -> None:
    labs.machine.run(LATE)
    labs.machine.reboot()
    assert labs.find_fault() == ""
    journal = labs.machine.run("journalctl -b -o cat -u redblue-netns@switched")
    assert "waits up to" in journal and "Open vSwitch is not running" in journal
    labs.machine.run(NOT_LATE)


PID = "$(cat /run/openvswitch/ovs-vswitchd.pid)"
ENDS = {
    "restarted": "systemctl restart openvswitch-switch",
    "restarted alone": "systemctl restart ovs-vswitchd",
    "killed": f"kill -9 {PID}",
}


@pytest.mark.parametrize("end", ENDS)
def test_what_a_switch_loses_is_restored(labs: Labs, end: str) -> None:
    former = labs.machine.run(f"echo {PID}")
    labs.machine.run(ENDS[end])
    again = f"[ {PID} != {former.strip()} ] && ovs-appctl version"
    wait_for(lambda: labs.machine.attempt(again).returncode == 0, "ovs-vswitchd runs again")
    assert labs.find_fault() == ""
