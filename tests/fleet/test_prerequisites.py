# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role prerequisites on hosts that lack what the modules need, from the message to the lab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from booted.controller import Controller, find_changed, find_failed
from booted.machine import Machine

ABSENT = "dpkg --purge nftables python3-pyroute2 2>&1"
INSTALLED = "dpkg-query --show --showformat '${Package} ${db:Status-Abbrev}\\n' | sort"
NEEDED = {"nftables", "python3-pyroute2"}
DEPENDENCY = "python3-psutil"
FORWARD = {"destination_port": "53", "protocol": "udp", "to_destination": "10.9.9.2"}
PREPARE = {"hosts": "all", "gather_facts": False, "roles": ["redblue.netns.prerequisites"]}
USE = {
    "hosts": "all",
    "gather_facts": False,
    "tasks": [
        {"redblue.netns.masquerade": {"source": ["10.9.9.0/24"], "backend": "nftables"}},
        {"redblue.netns.dnat": {**FORWARD, "backend": "nftables"}},
        {"redblue.netns.dnat": {**FORWARD, "state": "absent"}},
        {"redblue.netns.masquerade": {"source": ["10.9.9.0/24"], "state": "absent"}},
    ],
}


def list_packages(machine: Machine) -> set[str]:
    return set(machine.run(INSTALLED).splitlines())


@pytest.fixture
def bare(machines: list[Machine], controller: Controller) -> Iterator[list[Machine]]:
    """Machines of both releases without nftables and pyroute2."""
    for machine in machines[:2]:
        machine.run(ABSENT)
    yield machines[:2]
    for machine in machines[:2]:
        machine.run("apt-get install -y nftables")


def test_a_bare_host_is_told_what_it_lacks_and_gets_it(
    bare: list[Machine], controller: Controller, tmp_path: Path
) -> None:
    names = [machine.name for machine in bare]
    limit = ("--limit", ",".join(names))
    use, prepare = tmp_path / "use.yml", tmp_path / "prepare.yml"
    use.write_text(yaml.safe_dump([USE]))
    prepare.write_text(yaml.safe_dump([PREPARE]))
    recap, output = controller.attempt(str(use), *limit)
    assert sorted(find_failed(recap)) == names
    assert output.count("install the package nftables (Debian)") >= len(bare), output
    assert "the role redblue.netns.prerequisites" in output

    before = [list_packages(machine) for machine in bare]
    assert sorted(find_changed(controller.play(str(prepare), "--check", *limit))) == names
    assert [list_packages(machine) for machine in bare] == before
    assert sorted(find_changed(controller.play(str(prepare), *limit))) == names
    for machine, old in zip(bare, before):
        added = {line.split()[0] for line in list_packages(machine) - old if " ii" in line}
        assert added >= NEEDED and added - NEEDED <= {DEPENDENCY}, added
        assert machine.attempt("systemctl is-active nftables").stdout.strip() == "inactive"
    assert find_changed(controller.play(str(prepare), *limit)) == []
    controller.play(str(use), *limit)
