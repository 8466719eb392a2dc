# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the doctor finds about units in namespaces, on a machine with its own systemd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from booted.machine import Machine
from booted.tasks import Step, install_driver, remove_driver, run_steps, shell

UNIT = "found.service"
FILE = f"/usr/lib/systemd/system/{UNIT}"
DROP_INS = f"/etc/systemd/system/{UNIT}.d"
SOCKET = "redblue-netns-publish-127.0.0.1-8070.socket"
DOCTOR: Step = ("doctor", {})


def put(**options: Any) -> Step:
    publish = [{"port": 80, "host_port": 8070}]
    task = {"name": UNIT, "netns": "blue", "publish": publish, "restart": True}
    return ("netns_service", {**task, **options})


@pytest.fixture
def machine(machines: list[Machine]) -> Iterator[Machine]:
    """A machine with a unit that runs in a namespace, and may be started at any rate."""
    machine = machines[1]
    machine.run(f"""
        printf '[Unit]\\nStartLimitIntervalSec=0\\n' >{FILE}
        printf '[Service]\\nExecStart=/bin/sleep infinity\\n' >>{FILE}
        ip netns add blue; ip netns add red; systemctl daemon-reload; systemctl start {UNIT}
    """)
    install_driver(machine)
    yield machine
    run_steps(machine, [("netns_service", {"name": UNIT, "state": "absent"})])
    remove_driver(machine)
    machine.run(f"""
        systemctl stop {UNIT}; rm {FILE}; rm -rf /etc/netns/blue; systemctl daemon-reload
        ip netns delete blue; ip netns delete red
    """)


BREAKAGES: list[tuple[str, str, str]] = [
    (f"systemctl mask {UNIT}", f"systemctl unmask {UNIT}", f"service_missing {UNIT}"),
    (
        f"mv {FILE} /opt; systemctl daemon-reload",
        f"mv /opt/{UNIT} {FILE}; systemctl daemon-reload",
        f"service_missing {UNIT}",
    ),
    (f"echo Nice=5 >>{DROP_INS}/redblue-netns.conf", "", f"service_altered {UNIT}"),
    (f"rm {DROP_INS}/redblue-netns.conf", "", f"service_altered {UNIT}"),
    (
        f"printf '[Service]\\nNetworkNamespacePath=/run/netns/red\\n' >{DROP_INS}/z.conf\n"
        "systemctl daemon-reload",
        f"rm {DROP_INS}/z.conf; systemctl daemon-reload",
        f"service_altered {UNIT}",
    ),
    (
        f"printf '[Service]\\nTemporaryFileSystem=\\n' >{DROP_INS}/z.conf\nsystemctl daemon-reload",
        f"rm {DROP_INS}/z.conf; systemctl daemon-reload",
        f"service_altered {UNIT}",
    ),
    (
        f"printf '[Unit]\\nJoinsNamespaceOf=joined.service\\n' >{DROP_INS}/z.conf\n"
        "systemctl daemon-reload",
        f"rm {DROP_INS}/z.conf; systemctl daemon-reload",
        f"service_altered {UNIT}",
    ),
    (
        f"ip netns delete blue; systemctl restart {UNIT} || true",
        "ip netns add blue",
        f"service_without_netns {UNIT}",
    ),
    (
        f"ip netns delete blue; systemctl restart {UNIT} || true\n"
        f"until systemctl is-failed --quiet {UNIT}; do sleep 0.1; done; ip netns add blue",
        "",
        f"service_failed {UNIT}",
    ),
    (
        "mkdir -p /etc/netns/blue; echo nameserver 192.0.2.1 >/etc/netns/blue/resolv.conf",
        "",
        f"service_outdated {UNIT}",
    ),
    (f"systemctl stop {SOCKET}", "", f"service_failed {SOCKET}"),
]
"""What others do, what they do to undo it, and what the doctor finds in between."""


SETTINGS = [
    ("z", "[Unit]\nJoinsNamespaceOf=joined.service", "shares its namespaces with joined.service"),
    ("z", "[Service]\nTemporaryFileSystem=", "takes back TemporaryFileSystem of"),
    ("z", "[Service]\nBindReadOnlyPaths=", "takes back BindReadOnlyPaths of"),
    ("a", "[Service]\nBindReadOnlyPaths=/etc/hostname:/etc/hosts", "in the place of /etc/hosts"),
    ("z", "[Service]\nInaccessiblePaths=-/etc/hosts", "in the place of /etc/hosts"),
]
"""What other files of a unit set, before or after ours, and what the task says to it."""
JOINED = "/usr/lib/systemd/system/joined.service"


def where_is(machine: Machine, pid: str) -> str:
    """The namespace of a process, by its number."""
    return machine.run(f"stat -Lc %i /proc/{pid}/ns/net").strip()


def test_settings_that_would_keep_a_unit_out_are_named_and_all_is_as_before(
    machine: Machine,
) -> None:
    machine.run("mkdir -p /etc/netns/blue; echo 192.0.2.1 x >/etc/netns/blue/hosts")
    for name, setting, message in SETTINGS:
        words = setting.replace("\n", "\\n")
        machine.run(f"""
            mkdir -p {DROP_INS}; printf '{words}\\n' >{DROP_INS}/{name}.conf
            systemctl daemon-reload
        """)
        outcomes = run_steps(machine, [put(), DOCTOR])
        assert message in outcomes[0] and outcomes[1] == "", outcomes
        assert where_is(machine, f"$(systemctl show -P MainPID {UNIT})") == where_is(machine, "1")
        machine.run(f"rm {DROP_INS}/{name}.conf; systemctl daemon-reload")


def test_systemd_252_starts_a_unit_that_joins_another_one_on_the_host(machine: Machine) -> None:
    """What the refusal is for: the namespace that a file names does not count there."""
    sleep = "[Service]\\nPrivateTmp=yes\\nExecStart=/bin/sleep infinity\\n"
    machine.run(f"""
        mkdir -p {DROP_INS}; printf '{sleep}' >{JOINED}
        printf '[Unit]\\nJoinsNamespaceOf=joined.service\\n[Service]\\nPrivateTmp=yes\\n\
NetworkNamespacePath=/run/netns/blue\\n' >{DROP_INS}/z.conf
        systemctl daemon-reload; systemctl start joined; systemctl restart {UNIT}
    """)
    place = where_is(machine, f"$(systemctl show -P MainPID {UNIT})")
    is_old = machine.run("systemctl --version").split()[1] == "252"
    named = machine.run("stat -Lc %i /run/netns/blue").strip()
    assert place == (where_is(machine, "1") if is_old else named)
    machine.run(f"systemctl stop joined; rm {JOINED} {DROP_INS}/z.conf; systemctl daemon-reload")


def test_a_service_without_a_main_process_is_told_where_it_is(machine: Machine) -> None:
    machine.run(f"""
        printf '[Service]\\nType=forking\\nGuessMainPID=no\\nExecStart=\\n' >{FILE}
        printf 'ExecStart=/bin/sh -c "/bin/sleep infinity & /bin/sleep infinity &"\\n' >>{FILE}
        systemctl daemon-reload; systemctl restart {UNIT}
    """)
    assert run_steps(machine, [put(restart=False), DOCTOR])[1] == f"service_misplaced {UNIT}"
    assert run_steps(machine, [put(), DOCTOR, put()]) == ["changed", "", "nothing to do"]
    machine.run("ip netns delete blue; ip netns add blue")
    assert run_steps(machine, [put(), DOCTOR, put()]) == ["changed", "", "nothing to do"]


def test_what_keeps_a_unit_from_its_namespace_is_found(machine: Machine) -> None:
    assert run_steps(machine, [put(restart=False), DOCTOR])[1] == f"service_misplaced {UNIT}"
    assert run_steps(machine, [put(), DOCTOR])[1] == ""
    for broken, mended, expected in BREAKAGES:
        steps = [shell(broken), DOCTOR, shell(mended or "true"), put(), DOCTOR]
        outcomes = run_steps(machine, steps)
        assert (outcomes[1], outcomes[4]) == (expected, ""), (broken, outcomes)


def test_files_that_systemd_has_not_read_are_found(machine: Machine) -> None:
    """As after a task that was killed."""
    assert run_steps(machine, [put()]) == ["changed"]
    file = f"{DROP_INS}/redblue-netns.conf"
    machine.run(f"mv {file} /opt; systemctl daemon-reload; mv /opt/redblue-netns.conf {file}")
    outcomes = run_steps(machine, [DOCTOR, put(), DOCTOR, put()])
    assert outcomes == [f"service_altered {UNIT}", "changed", "", "nothing to do"]
