# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of a topology as transient units of systemd, also after a boot."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import yaml

from booted.controller import Controller, find_changed
from booted.fleet import inventory_of
from booted.machine import Machine, wait_for

UNIT = "redblue-netns-site-web.service"
URL = "http://10.60.0.2:8000/"
SERVER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write((os.environ.get("WORD", "none") + os.environ["COST"]).encode())
http.server.HTTPServer(("", 8000), Handler).serve_forever()
"""
FETCH = f"python3 -c 'import urllib.request as r; print(r.urlopen(\"{URL}\").read().decode())'"
WORD = 'a "$quoted" \\word`'


def topology(**options: Any) -> dict[str, Any]:
    process = {
        "name": "web",
        "netns": "site",
        "command": ["env", "COST=$5 ${HOME} %n", "python3", "-c", SERVER],
        "user": "nobody",
        "ready": {"port": 8000},
        "restart": "on-failure",
        "log": "/var/log/site-web.log",
        **options.pop("process", {}),
    }
    return {
        "name": "site",
        "netns": [{"name": "site", "nameservers": ["192.0.2.53"]}],
        "veth": [
            {
                "netns": "site",
                "name": "eth0",
                "addresses": ["10.60.0.2/24"],
                "peer": {"name": "to-site", "addresses": ["10.60.0.1/24"]},
            }
        ],
        "processes": [process],
        **options,
    }


def stop_twice(machine: Machine) -> None:
    """Stop a unit whose topology is restored: each time it is started again."""
    watched = "journalctl --output=cat --unit=redblue-netns-watch@site"
    wait_for(lambda: "is watched" in machine.run(watched), "it is watched", 60)
    restored = f"{watched} --grep='restored: start process web' | wc -l"
    for number in range(2):
        machine.run(f"systemctl stop {UNIT}")
        # It answers before that run is done, which would fail if it was stopped again.
        wait_for(partial(exceeds, machine, restored, number), "it is restored", 60)
        assert machine.run(FETCH)


def exceeds(machine: Machine, script: str, number: int) -> bool:
    return int(machine.run(script)) > number


def test_a_process_is_a_unit_that_outlives_a_boot(machines: list[Machine], tmp_path: Path) -> None:
    machine = machines[0]
    controller = Controller(tmp_path, inventory_of([machine]))

    def apply(**options: Any) -> bool:
        """Whether something was changed."""
        task = {"redblue.netns.topology": options}
        book = tmp_path / "site.yml"
        book.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
        return bool(find_changed(controller.play(str(book))))

    secret = {"environment": {"WORD": WORD}}
    apply(**topology(process=secret))
    assert machine.run(FETCH).strip() == f"{WORD}$5 ${{HOME}} %n"
    shown = machine.run(f"systemctl show {UNIT}; systemctl cat {UNIT}; journalctl --no-pager")
    assert "quoted" not in shown
    assert not apply(**topology())
    first = machine.run(f"systemctl show --value -p MainPID {UNIT}").strip()
    assert "192.0.2.53" in machine.run(f"nsenter -t {first} -m cat /etc/resolv.conf")
    other_ready = {"ready": {"port": 8000, "timeout": 30}}
    assert apply(**topology(process=other_ready)) and not apply(**topology(process=other_ready))
    assert apply(**topology())
    assert machine.run(f"systemctl show --value -p MainPID {UNIT}").strip() == first
    machine.run(f"kill -KILL {first}")
    wait_for(lambda: machine.attempt(FETCH).returncode == 0, "systemd starts it again", 60)
    machine.run(f"systemctl stop {UNIT}")
    assert apply(**topology())
    assert machine.run(FETCH)
    apply(**topology(process={"environment": {}}, persist=False))
    apply(**topology(persist=True))
    machine.reboot()
    wait_for(lambda: machine.attempt(FETCH).returncode == 0, "it is started at boot", 60)
    assert not apply(**topology(persist=True))
    apply(**topology(persist={"watch": "restore"}))
    stop_twice(machine)
    assert apply(name="site", state="absent")
    assert machine.attempt(f"systemctl status {UNIT}").returncode == 4
    left = machine.run("ls /run/redblue-netns /run/netns; systemctl --failed --no-legend")
    assert "process" not in left and "environment" not in left and UNIT not in left
