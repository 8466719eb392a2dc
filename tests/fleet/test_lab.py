# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab on three machines that their own systemd has booted, by SSH.

Each test leaves the machines without a lab.
"""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from booted.controller import Controller, find_changed, find_failed
from booted.machine import Machine, wait_for
from support.snapshot import differences

LAB, VERIFY, TEARDOWN = (f"redblue.netns.{name}" for name in ("lab", "verify", "teardown"))
STATE = """
ip -d -o link | sed -E 's/^[0-9]+: //; s/@if[0-9]+//'
ip -o -4 address; ip route show table all; ip rule
nft list ruleset
find /run/netns /etc/netns -mindepth 1 2>/dev/null || true
sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding
"""
WEB = "systemd-run --unit=web ip netns exec blue python3 -m http.server 80 >/dev/null 2>&1"
LISTENS = "ip netns exec blue ss -Hltn 'sport = 80' | grep -q ."
FORKS = ("--forks", "10")


def read_states(machines: Sequence[Machine]) -> dict[str, object]:
    return {machine.name: machine.run(STATE) for machine in machines}


def changes_since(before: dict[str, object], machines: Sequence[Machine]) -> dict[str, list[str]]:
    return differences(before, read_states(machines))


def has_red(machine: Machine) -> bool:
    return machine.attempt("ip netns | grep -q red").returncode == 0


def test_the_machines_are_real(machines: list[Machine]) -> None:
    boot_ids = {machine.run("cat /proc/sys/kernel/random/boot_id") for machine in machines}
    assert len(boot_ids) == len(machines)
    for machine in machines:
        assert machine.run("cat /proc/1/comm").strip() == "systemd"
        machine.run("systemctl is-active ssh systemd-networkd systemd-udevd")
        assert "routable" in machine.run("networkctl --no-legend list eth0")
        assert "ID_NET_DRIVER=veth" in machine.run("udevadm info /sys/class/net/eth0")


def test_a_machine_cannot_change_this_machine(machines: list[Machine]) -> None:
    for path in ("/proc/sys/kernel/sysrq", "/proc/sys/fs/file-max", "/sys/kernel/mm/ksm/run"):
        script = f"[ ! -e {path} ] || ! echo 0 2>/dev/null >{path}"
        assert machines[0].attempt(script).returncode == 0, path


def test_the_lab_on_each_machine(machines: list[Machine], controller: Controller) -> None:
    before = read_states(machines)
    checked = controller.play(LAB, "--check", *FORKS)
    assert len(find_changed(checked)) == len(machines)
    assert changes_since(before, machines) == {}, "check mode changed something"
    outside = '{"bridge_lab_verify_reach": [{"netns": "red", "to": "10.99.0.1"}]}'
    built = controller.play(LAB, VERIFY, "-e", outside, *FORKS)
    assert len(find_changed(built)) == len(machines)
    for machine in machines:
        machine.run(WEB)
        machine.run(f"until {LISTENS}; do sleep 0.1; done")
        with urllib.request.urlopen(f"http://{machine.address}", timeout=300) as page:
            assert page.status == 200
        machine.run("systemctl stop web")
    assert find_changed(controller.play(LAB, "--check", *FORKS)) == []
    assert find_changed(controller.play(LAB, *FORKS)) == []
    assert len(find_changed(controller.play(TEARDOWN, *FORKS))) == len(machines)
    assert changes_since(before, machines) == {}


SUDO = {"ansible_become": True, "ansible_become_password": "swordfish"}
UMASK = """
echo 'session optional pam_umask.so umask=077' >>/etc/pam.d/common-session
echo 'session optional pam_umask.so umask=077' >>/etc/pam.d/common-session-noninteractive
echo 'Defaults umask=0077, !umask_override' >/etc/sudoers.d/umask
"""
NOEXEC = "mount -o remount,noexec /tmp"
REQUIRETTY = "echo 'Defaults requiretty' >/etc/sudoers.d/tty"
WAYS_IN: list[tuple[str, str, dict[str, Any]]] = [
    ("deploy", UMASK + NOEXEC, {**SUDO, "ansible_pipelining": False}),
    ("trusty", UMASK + NOEXEC, {"ansible_become": True, "ansible_pipelining": True}),
    ("deploy", REQUIRETTY, {**SUDO, "ansible_pipelining": False}),
]
"""A user, what is special about the machine, and variables of the inventory."""
UNDO = """
rm -f /etc/sudoers.d/{umask,tty}
sed -i /umask=077/d /etc/pam.d/common-session*
mount -o remount,exec /tmp
"""


@pytest.fixture
def guarded(machines: list[Machine], tmp_path: Path) -> Any:
    """A controller of the machines, each of which has other obstacles."""
    hosts = {}
    for machine, (user, script, variables) in zip(machines, WAYS_IN):
        machine.run(script)
        hosts[machine.name] = {**machine.ssh(user), **variables}
    yield Controller(tmp_path, {"all": {"hosts": hosts}})
    for machine in machines:
        machine.run(UNDO)


def test_users_passwords_umasks_and_mounts(machines: list[Machine], guarded: Controller) -> None:
    assert machines[0].run("su deploy -c 'umask'").strip() == "0077"
    assert "noexec" in machines[1].run("grep ' /tmp ' /proc/mounts")
    assert len(find_changed(guarded.play(LAB, VERIFY, *FORKS))) == len(machines)
    assert find_changed(guarded.play(LAB, *FORKS)) == []
    guarded.play(TEARDOWN, *FORKS)


def test_sudo_that_requires_a_terminal_refuses_pipelining(
    machines: list[Machine], guarded: Controller
) -> None:
    machine = machines[2]
    before = read_states([machine])
    options = ("--limit", machine.name, "-e", "ansible_pipelining=true")
    recap, output = guarded.attempt(LAB, *options)
    assert find_failed(recap) == [machine.name] and "tty" in output
    assert changes_since(before, [machine]) == {}


def test_a_machine_is_rebooted(machines: list[Machine], controller: Controller) -> None:
    machine = machines[0]
    limit = ("--limit", machine.name)
    before = read_states([machine])
    controller.play(LAB, *limit)
    boot_id = machine.run("cat /proc/sys/kernel/random/boot_id")
    machine.reboot()
    assert machine.run("cat /proc/sys/kernel/random/boot_id") != boot_id
    assert not has_red(machine)
    # What was on record before the boot is no longer there.
    assert find_changed(controller.play(LAB, VERIFY, *limit)) == [machine.name]
    controller.play(TEARDOWN, *limit)
    assert changes_since(before, [machine]) == {}


def test_a_cut_cable_and_a_power_failure_in_the_middle_of_a_play(
    machines: list[Machine], controller: Controller, tmp_path: Path
) -> None:
    fine, cut, dead = machines
    both = tmp_path / "both.yml"
    both.write_text("".join(f"- import_playbook: {name}\n" for name in (LAB, VERIFY)))

    def fail() -> None:
        wait_for(lambda: has_red(cut), "the play has begun")
        cut.set_cable(plugged=False)
        dead.kill()

    failure = threading.Thread(target=fail)
    failure.start()
    recap, output = controller.attempt(str(both), *FORKS)
    failure.join()
    assert find_failed(recap) == [cut.name, dead.name], output
    assert "The lab is not as expected" not in output and recap[fine.name]["ok"] > 3
    cut.set_cable(plugged=True)
    dead.start()
    dead.await_boot()
    controller.play(LAB, VERIFY, *FORKS)
    assert find_changed(controller.play(LAB, *FORKS)) == []
    controller.play(TEARDOWN, *FORKS)
