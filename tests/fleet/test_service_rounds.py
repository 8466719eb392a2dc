# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units in namespaces that are started, killed, stopped, replaced and returned, many times.

ROUNDS=100 makes a hundred rounds. Nothing may be left: no process, mount, file, unit or name.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from typing import Any

import pytest

from booted.machine import Machine, wait_for
from booted.tasks import Step, install_driver, remove_driver, run_steps, shell

UNIT = "round.service"
ROUNDS = int(os.environ.get("ROUNDS", "6"))
PUBLISH = [{"port": 80, "host_port": 8090}]
BLUE: Step = ("netns", {"name": "blue"})
NO_BLUE: Step = ("netns", {"name": "blue", "state": "absent", "force": True})
RETURN: Step = ("netns_service", {"name": UNIT, "state": "absent", "restart": True})
LEFT = f"""
find /etc/systemd /etc/netns /usr/local 2>/dev/null | sort
systemctl list-units --all --no-legend --plain 'redblue*'
findmnt --raw --noheadings --output TARGET | sort
ls -A /run/netns /run/redblue-netns
ss -Hltn | awk '{{ print $4 }}' | sort
pgrep --exact sleep | wc -l; pgrep --exact systemd-socket- | wc -l
ip netns identify "$(systemctl show --value -p MainPID {UNIT})"
systemctl show -p ActiveState -p NetworkNamespacePath -p DropInPaths {UNIT}
"""


def put(**options: Any) -> Step:
    return ("netns_service", {"name": UNIT, "netns": "blue", "restart": True, **options})


ENDS: list[list[Step]] = [
    [shell(f"systemctl kill --signal=KILL {UNIT}")],
    [shell(f"systemctl stop {UNIT}"), put(), shell(f"systemctl start {UNIT}")],
    [shell("ip netns delete blue; ip netns add blue"), put(publish=PUBLISH)],
    [shell(f"ip netns delete blue; systemctl restart {UNIT} || true"), BLUE, put(publish=PUBLISH)],
    [RETURN],
    [NO_BLUE],
]
"""What happens to the unit at the end of a round."""


@pytest.fixture
def machine(machines: list[Machine]) -> Iterator[Machine]:
    """A machine with a unit that is started again whenever it ends."""
    machine = machines[0]
    text = "[Service]\\nExecStart=/bin/sleep infinity\\nRestart=always\\n"
    machine.run(f"""
        printf '{text}' >/etc/systemd/system/{UNIT}
        systemctl daemon-reload; systemctl start {UNIT}
    """)
    install_driver(machine)
    yield machine
    remove_driver(machine)
    machine.run(f"systemctl stop {UNIT}; rm /etc/systemd/system/{UNIT}; systemctl daemon-reload")


def await_state(machine: Machine, script: str, expected: str) -> None:
    """Wait until a script writes what it wrote before."""
    seen = [""]

    def is_expected() -> bool:
        seen[0] = machine.run(script)
        return seen[0] == expected

    try:
        wait_for(is_expected, "all is as before", 10)
    except AssertionError as error:
        differing = difflib.unified_diff(expected.splitlines(), seen[0].splitlines(), lineterm="")
        raise AssertionError("\n".join(differing)) from error


def assert_is_in_blue(machine: Machine) -> None:
    place = f'ip netns identify "$(systemctl show --value -p MainPID {UNIT})" || :'
    wait_for(lambda: machine.run(place).strip() == "blue", "the unit is in the namespace")


def test_rounds_leave_nothing(machine: Machine) -> None:
    # The first run makes the directory of the collection's state, and the first ip netns a mount.
    machine.run("ip netns add other; ip netns delete other")
    assert run_steps(machine, [BLUE, put(publish=PUBLISH), RETURN, NO_BLUE]) == ["changed"] * 4
    before = machine.run(LEFT)
    for number in range(ROUNDS):
        publish = PUBLISH if number % 2 else []
        outcomes = run_steps(machine, [BLUE, put(publish=publish), put(publish=publish)])
        assert outcomes[1:] == ["changed", "nothing to do"], (number, outcomes)
        assert_is_in_blue(machine)
        for outcome in run_steps(machine, ENDS[number % len(ENDS)]):
            assert outcome in ("changed", "nothing to do"), (number, outcome)
        if number % len(ENDS) < 4:
            assert_is_in_blue(machine)
        assert run_steps(machine, [RETURN, RETURN])[1] == "nothing to do"
    run_steps(machine, [NO_BLUE])
    await_state(machine, LEFT, before)
