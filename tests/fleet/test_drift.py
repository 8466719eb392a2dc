# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook drift: one report on all hosts, in which no host is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from booted.controller import Controller
from booted.machine import Machine

DRIFT = "redblue.netns.drift"
TOPOLOGY = {
    "name": "tiny",
    "netns": [{"name": "tiny"}],
    "veth": [
        {
            "name": "uplink",
            "netns": "tiny",
            "addresses": ["10.30.0.2/24"],
            "peer": {"name": "tiny-host", "addresses": ["10.30.0.1/24"]},
        }
    ],
    "netns_route": [{"netns": "tiny", "destination": "default", "gateway": "10.30.0.1"}],
}
LOSS = """
# The task has started units that apply the topology once more.
until [ -z "$(systemctl list-jobs --no-legend)" ]; do sleep 0.1; done
ip -n tiny route delete default
"""


def write_play(at: Path, **options: Any) -> str:
    """A playbook with one task of topology on all hosts."""
    task = {"redblue.netns.topology": {"name": "tiny", **options}}
    book = at / "tiny-book.yml"
    book.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    return str(book)


def test_one_report_of_what_differs_and_of_who_was_not_reached(
    machines: list[Machine], controller: Controller, tmp_path: Path
) -> None:
    fine, drifted, cut = machines
    source, report = tmp_path / "tiny.yml", tmp_path / "report.json"
    source.write_text(yaml.safe_dump(TOPOLOGY))
    controller.play(write_play(tmp_path, src=str(source), persist=True))
    drifted.run(LOSS)
    cut.set_cable(plugged=False)
    written = ("-e", f"drift_file={report}", "-e", "drift_format=json")
    _recap, output = controller.attempt(DRIFT, *written)
    cut.set_cable(plugged=True)
    assert "3 hosts: 1 differs, 1 unreachable, 1 as declared" in output, output
    found = json.loads(report.read_text())
    assert found["ok"] is False
    assert [(host["host"], host["state"]) for host in found["hosts"]] == [
        (drifted.name, "differs"),
        (cut.name, "unreachable"),
        (fine.name, "as declared"),
    ]
    (topology,) = found["hosts"][0]["topologies"]
    (difference,) = topology["differences"]
    assert topology["name"] == "tiny" and "default" in difference and "tiny" in difference
    assert topology["applied_by"] and topology["applied_at"]
    drifted.run("! ip -n tiny route | grep default")
    # The host is as declared again, also by the file on the controller.
    controller.play(write_play(tmp_path, src=str(source)))
    controller.play(DRIFT, "-e", f"drift_src={source}", "-e", f"drift_file={report}")
    assert report.read_text() == "3 hosts: 3 as declared\n"
    controller.play(write_play(tmp_path, state="absent"))
