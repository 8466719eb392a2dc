# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab on many machines at once, beside a task that does nothing: bench.py FLEET [COUNT].

FLEET is the directory in which fleet-root has built the file systems of the machines.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from booted.controller import Controller, Recap, find_changed, names
from booted.fleet import boot_machines, inventory_of
from booted.machine import Machine

PING = "- hosts: all\n  gather_facts: false\n  tasks: [ansible.builtin.ping: {}]\n"
TIMES = "/run/module-times"
PYTHON = "/usr/local/bin/timed-python"
TIMED_PYTHON = f"""cat >{PYTHON} <<'END'
#!/bin/bash
TIMEFORMAT='%U %S'
{{ time /usr/bin/python3 "$@" 2>&3; }} 3>&2 2>>{TIMES}
END
chmod +x {PYTHON}"""
"""A Python that notes the processor time of each module and of the programs that it runs."""


def measure(act: Callable[[], Recap]) -> tuple[float, Recap]:
    start = time.monotonic()
    recap = act()
    return time.monotonic() - start, recap


def read_module_time(machines: Sequence[Machine]) -> float:
    """The processor time of all modules since the last call."""
    texts = [machine.run(f"cat {TIMES}; rm {TIMES}") for machine in machines]
    return sum(float(word) for text in texts for word in text.split())


class Bench:
    """A fleet whose machines are measured."""

    def __init__(self, machines: Sequence[Machine], at: Path) -> None:
        self.machines = machines
        inventory = inventory_of(machines, ansible_python_interpreter=PYTHON)
        for variables in inventory["all"]["hosts"].values():
            del variables["ansible_python_interpreter"]
        self._controller = Controller(at, inventory)
        self._ping = at / "ping.yml"
        self._ping.write_text(PING)
        for machine in machines:
            machine.run(TIMED_PYTHON)
        self.ping()  # which opens the connections
        self._last_ping = self.ping()

    def play(self, *arguments: str) -> Recap:
        return self._controller.play(*arguments, "--forks", str(len(self.machines)))

    def ping(self) -> float:
        """The wall time of a play that does nothing."""
        seconds, _recap = measure(lambda: self.play(str(self._ping)))
        read_module_time(self.machines)
        return seconds

    def step(self, title: str, playbook: str, changed: int, *options: str) -> float:
        """Run a playbook, print how long it took, and return its ratio.

        The load on this machine may change, so a play that does nothing is measured before it and
        after it.
        """
        seconds, recap = measure(lambda: self.play(f"redblue.netns.{playbook}", *options))
        assert len(find_changed(recap)) == changed, recap
        own = read_module_time(self.machines) / (os.cpu_count() or 1)
        before, self._last_ping = self._last_ping, self.ping()
        ping = (before + self._last_ping) / 2
        ratio = seconds / (ping + own)
        print(f"{title:34} {seconds:7.1f} {ping:7.1f} {own:7.1f} {ratio:7.2f}", flush=True)
        return ratio


def main(fleet: Path, count: int) -> None:
    with (
        tempfile.TemporaryDirectory() as at,
        boot_machines([fleet / "bookworm"], names(count)) as machines,
    ):
        bench = Bench(machines, Path(at))
        print(f"{count} machines, --forks {count}, {os.cpu_count()} cores; seconds")
        print(f"{'':34} {'wall':>7} {'ping':>7} {'modules':>7} {'ratio':>7}")
        bench.step("lab, check mode", "lab", count, "--check")
        ratio = bench.step("lab", "lab", count)
        bench.step("verify, with packets", "verify", 0)
        bench.step("lab again, in check mode", "lab", 0, "--check")
        bench.step("lab again", "lab", 0)
        bench.step("teardown", "teardown", count)
    print(f"The lab takes {ratio:.2f} times a ping and the processor time of the modules.")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20)
