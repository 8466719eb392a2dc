# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in a task that puts a unit into a namespace, moves it, or returns it to the host.

Each call that changes something fails, or the task is killed there: what writes files, and what
systemctl is told to do. INJECTIONS=1 tries all, otherwise there are a few.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from booted.machine import Machine, wait_for
from booted.tasks import Step, Trace, install_driver, remove_driver, run_steps
from support.failing_programs import PROGRAM_FAULTS

UNIT = "steady.service"
ERRORS = {
    "fchmod": "EIO",
    "fsync": "EIO",
    "mkdir,mkdirat": "ENOSPC",
    "rename,renameat,renameat2": "EIO",
    "unlink,unlinkat": "EBUSY",
    "write": "ENOSPC",
}
"""The calls by which the task changes files, each with its error."""
VERBS = "daemon-reload|restart|start|stop"
STEP = 1 if "INJECTIONS" in os.environ else 29


def service(**options: Any) -> list[Step]:
    return [("netns_service", {"name": UNIT, "restart": True, **options})]


ON_HOST = service(state="absent")
IN_BLUE = service(netns="blue", publish=[{"port": 80, "host_port": 8080}])
IN_RED = service(netns="red", publish=[{"port": 80, "host_port": 8081, "address": "::1"}])
OTHER_PORT = service(netns="blue", publish=[{"port": 81, "host_port": 8080}])
SCENARIOS = {
    "put": (ON_HOST, IN_BLUE),
    "move": (IN_BLUE, IN_RED),
    "publish": (IN_BLUE, OTHER_PORT),
    "return": (IN_BLUE, ON_HOST),
}
STATE = f"""
cd /etc/systemd/system
find . -type f -o -type l | sort | while read -r file; do
    echo "== $file"
    if [ -L "$file" ]; then readlink "$file"; else cat "$file"; fi
done
echo "== {UNIT}"
systemctl show -p ActiveState -p NetworkNamespacePath -p NeedDaemonReload {UNIT}
echo "in $(ip netns identify "$(systemctl show --value -p MainPID {UNIT})")"
systemctl list-units --all --no-legend --plain 'redblue-netns*' | awk '{{ print $1, $2, $3 }}'
ls /run/netns
"""
WRAPPER = """#!/bin/sh
real=/opt/programs/systemctl
case $1 in {verbs}) echo "$*" >>/opt/programs/calls ;; *) exec $real "$@" ;; esac
if [ "$(wc -l </opt/programs/calls)" = {number} ]; then
    {script}
    exit 1
fi
exec $real "$@"
"""


class Fault(NamedTuple):
    """A fault at the call of that number, of the kernel or of systemctl."""

    calls: str
    kind: str
    number: int


@pytest.fixture(scope="module")
def machine(machines: list[Machine]) -> Iterator[Machine]:
    """A machine with a unit, to which others have added something, and two namespaces."""
    machine = machines[2]
    machine.run(f"""
        cat >/etc/systemd/system/{UNIT} <<'END'
[Service]
ExecStart=/bin/sleep infinity
END
        mkdir /etc/systemd/system/{UNIT}.d /opt/programs
        printf '[Service]\\nNice=5\\n' >/etc/systemd/system/{UNIT}.d/override.conf
        cp /usr/bin/systemctl /opt/programs
        ip netns add blue; ip netns add red
        systemctl daemon-reload; systemctl start {UNIT}
    """)
    install_driver(machine)
    yield machine
    remove_driver(machine)
    machine.run(f"""
        systemctl stop {UNIT}; ip netns delete blue; ip netns delete red
        rm -r /etc/systemd/system/{UNIT} /etc/systemd/system/{UNIT}.d /opt/programs
        systemctl daemon-reload
    """)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "trace"


def read_state(machine: Machine) -> str:
    """The files of systemd, and what it makes of them."""
    return machine.run(STATE)


def await_state(machine: Machine, expected: str) -> list[str]:
    """The lines that differ. What systemctl was told not to wait for may take a moment."""
    seen = [""]

    def is_expected() -> bool:
        seen[0] = read_state(machine)
        return seen[0] == expected

    try:
        wait_for(is_expected, "as expected", 10)
    except AssertionError:
        return sorted(set(expected.splitlines()) ^ set(seen[0].splitlines())) or ["another order"]
    return []


def run_with_fault(machine: Machine, task: list[Step], fault: Fault, log: Path) -> str:
    if fault.calls != "systemctl":
        return run_steps(
            machine, task, Trace(fault.calls, log, f"{fault.kind}:when={fault.number}")
        )[0]
    text = WRAPPER.format(verbs=VERBS, number=fault.number, script=PROGRAM_FAULTS[fault.kind])
    machine.run(f"""
        : >/opt/programs/calls
        cat >/opt/programs/fake <<'END'\n{text}END
        chmod 755 /opt/programs/fake; mount --bind /opt/programs/fake /usr/bin/systemctl
    """)
    try:
        return run_steps(machine, task)[0]
    finally:
        machine.run("umount --lazy /usr/bin/systemctl")  # What was left may run still.


def list_faults(machine: Machine, before: list[Step], after: list[Step], log: Path) -> list[Fault]:
    """A fault of each kind at each call that the task makes."""
    faults = []
    for calls, error in ERRORS.items():
        run_steps(machine, before)
        trace = Trace(calls, log)
        assert run_steps(machine, after, trace) == ["changed"]
        for number in range(1, trace.count() + 1):
            faults += [Fault(calls, f"error={error}", number), Fault(calls, "signal=KILL", number)]
    run_steps(machine, before)
    assert run_with_fault(machine, after, Fault("systemctl", "fails", 0), log) == "changed"
    made = len(machine.run("cat /opt/programs/calls").splitlines())
    numbers = range(1, made + 1)
    return [*faults, *(Fault("systemctl", kind, n) for n in numbers for kind in PROGRAM_FAULTS)]


def find_wrong(
    machine: Machine,
    fault: Fault,
    scenario: tuple[list[Step], list[Step]],
    states: tuple[str, str],
    log: Path,
) -> list[str]:
    """What is wrong after a task with a fault: it is undone, or the next one makes it whole."""
    before, after = scenario
    run_steps(machine, before)
    outcome = run_with_fault(machine, after, fault, log)
    wrong = []
    if outcome not in ("killed", "changed"):
        wrong += [f"not undone: {line}" for line in await_state(machine, states[0])]
    # One that was killed may have done all of it.
    again = run_steps(machine, [*after, *after])
    wrong += [f"then: {text}" for text in again[:1] if text not in ("changed", "nothing to do")]
    wrong += [f"twice: {text}" for text in again[1:] if text != "nothing to do"]
    wrong += [f"not whole: {line}" for line in await_state(machine, states[1])]
    return [f"{fault}: {text} ({outcome})" for text in wrong]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_task_with_a_fault_is_undone_or_completed_by_the_next(
    machine: Machine, log: Path, name: str
) -> None:
    before, after = SCENARIOS[name]
    states = []
    for steps in (before, after):
        run_steps(machine, steps)
        wait_for(lambda: "activating" not in read_state(machine), "nothing is being started")
        states.append(read_state(machine))
    faults = list_faults(machine, before, after, log)
    chosen = faults[len(name) % STEP :: STEP]
    wrong = [
        text
        for fault in chosen
        for text in find_wrong(machine, fault, (before, after), (states[0], states[1]), log)
    ]
    print(f"\n{name}: {len(chosen)} of {len(faults)} faults, {len(wrong)} wrong")
    run_steps(machine, ON_HOST)
    assert not wrong, "\n".join(wrong)
