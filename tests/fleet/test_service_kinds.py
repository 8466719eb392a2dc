# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of all kinds in a namespace, on a machine with its own systemd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import pytest

from booted.machine import Machine, wait_for
from booted.tasks import Step, install_driver, remove_driver, run_steps

UNITS = PurePath("/etc/systemd/system")
RESOLVERS = ("/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve")
SLEEP = "[Service]\nExecStart=/bin/sleep infinity\n"
ROOT = "mkdir -p /srv/root/{bin,usr,lib,lib64,proc,sys,dev}; cp -L /bin/sleep /srv/root/bin"
SCRIPT = """#!/bin/sh
### BEGIN INIT INFO
# Provides: legacy
# Default-Start: 3
# Default-Stop: 0
### END INIT INFO
case $1 in
start) /bin/sleep infinity & echo $! >/run/legacy.pid ;;
stop) kill $(cat /run/legacy.pid) ;;
esac
"""
KINDS: dict[str, dict[str, str]] = {
    "plain.service": {"plain.service": SLEEP},
    "private.service": {"private.service": f"{SLEEP}PrivateNetwork=yes"},
    "dynamic.service": {"dynamic.service": f"{SLEEP}DynamicUser=yes\nPrivateUsers=yes"},
    "strict.service": {
        "strict.service": f"{SLEEP}User=nobody\nProtectSystem=strict\nProtectHome=yes\n"
        "PrivateTmp=yes\nPrivateDevices=yes\nProtectProc=invisible\nRestrictNamespaces=yes"
    },
    "root.service": {
        "root.service": f"{SLEEP}RootDirectory=/srv/root\nBindReadOnlyPaths=/usr /lib /lib64"
    },
    "other.service": {"other.service": f"{SLEEP}NetworkNamespacePath=/run/netns/red"},
    "run.service": {"run.service": f"{SLEEP}TemporaryFileSystem=/run:ro /etc:ro"},
    "fork.service": {
        "fork.service": "[Service]\nType=forking\nPIDFile=/run/fork.pid\n"
        "ExecStart=/bin/sh -c '/bin/sleep infinity & echo $! >/run/fork.pid'"
    },
    "notify.service": {
        "notify.service": "[Service]\nType=notify\nNotifyAccess=all\n"
        "ExecStart=/bin/sh -c 'systemd-notify --ready; exec sleep infinity'"
    },
    "changed.service": {
        "changed.service": SLEEP,
        "changed.service.d/override.conf": "[Service]\nExecStart=\nExecStart=/bin/sleep 100000",
    },
    r"a\x2db-c@d\x20e.service": {
        r"a\x2db-c@.service": SLEEP,
        r"a\x2db-c@.service.d/nice.conf": "[Service]\nNice=3",
    },
    "legacy.service": {"/etc/init.d/legacy": SCRIPT},
}
"""The files of each unit."""
PROCESS = "$(head -n 1 /sys/fs/cgroup$(systemctl show -P ControlGroup '{unit}')/cgroup.procs)"


@pytest.fixture(scope="module")
def machine(machines: list[Machine]) -> Iterator[Machine]:
    """A machine with two namespaces and resolvers."""
    machine = machines[0]
    for path in RESOLVERS:
        machine.run(f"mkdir -p {PurePath(path).parent}; touch {path}")
    machine.run(f"""
        ip netns add blue; ip netns add red; mkdir -p /etc/netns/blue; {ROOT}
        echo nameserver 192.0.2.1 >/etc/netns/blue/resolv.conf
        echo 192.0.2.2 other >/etc/netns/blue/hosts
    """)
    install_driver(machine)
    yield machine
    remove_driver(machine)
    machine.run(f"""
        ip netns delete blue; ip netns delete red; rm -r /etc/netns/blue /srv/root
        rm {" ".join(RESOLVERS)}
    """)


def write(machine: Machine, unit: str) -> None:
    for path, text in KINDS[unit].items():
        file = UNITS / path
        machine.run(f"""mkdir -p '{file.parent}'; cat >'{file}' <<'END'\n{text}\nEND
            chmod 755 '{file}'""")
    machine.run("systemctl daemon-reload")


def remove(machine: Machine, unit: str) -> None:
    files = " ".join(f"'{UNITS / path}'" for path in KINDS[unit])
    machine.run(f"""
        systemctl stop '{unit}'; rm {files}; systemctl daemon-reload
        find {UNITS} -name '*.d' -empty -delete
    """)


def where_is(machine: Machine, pid: str) -> str:
    return machine.run(f"stat -Lc %i /proc/{pid}/ns/net").strip()


def put(unit: str) -> Step:
    return ("netns_service", {"name": unit, "netns": "blue", "restart": True})


def take(unit: str) -> Step:
    return ("netns_service", {"name": unit, "state": "absent", "restart": True})


@pytest.mark.parametrize("unit", KINDS)
def test_a_service_is_in_the_namespace_with_its_names_and_back(machine: Machine, unit: str) -> None:
    before = machine.run(f"find {UNITS} | sort")
    write(machine, unit)
    machine.run(f"systemctl start '{unit}'")
    process = PROCESS.format(unit=unit)
    first = where_is(machine, process)
    blue = machine.run("stat -Lc %i /run/netns/blue").strip()
    assert run_steps(machine, [put(unit), put(unit)]) == ["changed", "nothing to do"]
    assert where_is(machine, process) == blue != first
    inside = f"nsenter -t {process} -m"
    assert "192.0.2.1" in machine.run(f"{inside} cat /etc/resolv.conf")
    assert "other" in machine.run(f"{inside} cat /etc/hosts")
    for path in RESOLVERS:
        assert machine.run(f"{inside} ls -A {PurePath(path).parent}") == "", path
    assert run_steps(machine, [take(unit), take(unit)]) == ["changed", "nothing to do"]
    assert (where_is(machine, process) == first) == (unit != "private.service")
    assert where_is(machine, process) != blue
    remove(machine, unit)
    assert machine.run(f"find {UNITS} | sort") == before


def test_what_a_timer_starts_is_in_the_namespace(machine: Machine) -> None:
    service = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'readlink /proc/self/ns/net >/run/at'"
    timer = "[Timer]\nOnActiveSec=100ms\nAccuracySec=10ms"
    for suffix, text in (("service", service), ("timer", timer)):
        machine.run(f"cat >{UNITS}/tick.{suffix} <<'END'\n{text}\nEND")
    machine.run("systemctl daemon-reload")
    assert run_steps(machine, [put("tick.service")]) == ["changed"]
    machine.run("systemctl start tick.timer")
    wait_for(lambda: machine.attempt("test -s /run/at").returncode == 0, "the timer has elapsed")
    assert machine.run("stat -Lc %i /run/netns/blue").strip() in machine.run("cat /run/at")
    machine.run("systemctl stop tick.timer; rm /run/at")
    assert run_steps(machine, [take("tick.service")]) == ["changed"]
    machine.run(f"rm {UNITS}/tick.*; systemctl daemon-reload")
