# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_doctor_info, its playbook, and healthy labs of several layouts."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import FilterModule
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.doctor import diagnose_host
from support.patience import patience
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, run

bridge_lab = FilterModule().filters()["bridge_lab"]


MODULE = "netns_doctor_info"


def test_an_invalid_topology_is_refused_as_by_the_module_topology(host: None) -> None:
    with pytest.raises(Refused, match=r"^topology\.netns\[0\]\.name: 'a/b': "):
        diagnose_host({"name": "lab", "netns": [{"name": "a/b"}]})
    with pytest.raises(Refused, match=r"^unsupported option 'topology\.colour'"):
        diagnose_host({"name": "lab", "colour": "red"})
    with pytest.raises(Refused, match=r"^topology\.src: '/nonexistent': cannot be read"):
        diagnose_host({"src": "/nonexistent"})


def test_the_doctor_changes_nothing(host: None) -> None:
    run("topology", **LAB)
    sh("ip -n blue link set veth-blue down; iptables-nft -P FORWARD DROP")
    before = take_snapshot()
    assert diagnose_host(LAB, patient=True) and diagnose_host(patient=True)
    assert differences(before, take_snapshot()) == {}


def test_hundreds_of_namespaces_are_diagnosed_in_seconds(host: None) -> None:
    run(
        "topology",
        name="farm",
        linux_bridge=[{"name": "farm0", "addresses": ["10.244.0.1/16"]}],
        masquerade=[{"source": ["10.244.0.0/16"]}],
        range=[
            {
                "first": 2,
                "count": 200,
                "netns": [{"name": "n{n}"}],
                "netns_route": [
                    {"netns": "n{n}", "destination": "default", "gateway": "10.244.0.1"}
                ],
                "veth": [
                    {
                        "name": "eth0",
                        "netns": "n{n}",
                        "addresses": ["10.244.0.{n}/16"],
                        "peer": {"name": "p{n}", "bridge": "farm0"},
                    }
                ],
            }
        ],
    )
    start = time.monotonic()
    assert diagnose_host() == []
    assert time.monotonic() - start < patience(20)


def test_the_module_reports_without_privileges_too(host: None) -> None:
    run("topology", **LAB)
    package = "ansible_collections.redblue.netns.plugins.modules"
    program = f"from {package} import netns_doctor_info as m; m.main()"
    given = json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_check_mode": True, "topology": LAB}})
    for drop, complete in (
        ([], True),
        (["setpriv", "--bounding-set=-all", "--inh-caps=-all"], False),
    ):
        done = subprocess.run(
            [*drop, sys.executable, "-c", program],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            cwd="/run/tree",
        )
        report = json.loads(done.stdout)
        assert (
            report["healthy"]
            and not report["changed"]
            and report["complete"] is complete
            and bool(report["reasons"]) is not complete
        ), report


def test_the_playbook_fails_at_the_chosen_severity(host: None, tmp_path: Path) -> None:
    run("topology", **LAB)
    sh("ip link set v-net-0 down")
    declared = tmp_path / "declared.yml"
    declared.write_text(json.dumps({"doctor_topology": LAB}), encoding="utf-8")
    done = subprocess.run(
        ["ansible-playbook", "redblue.netns.doctor", "-e", f"@{declared}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        done.returncode == 2
        and "1. ERROR bridge_down: bridge v-net-0 on the host is down" in done.stdout
    ), done.stdout + done.stderr
    assert (
        "Fix:      ip link set dev v-net-0 up" in done.stdout
        and "1 error. First: bridge v-net-0" in done.stdout
    )
    sh("ip link set v-net-0 up")
    playbook = ["ansible-playbook", "redblue.netns.doctor", "-e"]
    without_rights = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *playbook]
    for command, message in (
        (
            [*playbook, "doctor_fails_at=eror"],
            "value of doctor_fails_at must be one of: error, warning, info, never, got: eror",
        ),
        (
            [*without_rights, "doctor_fails_at=error"],
            "no problems found (not everything could be checked)",
        ),
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2 and message in done.stdout, done.stdout + done.stderr


ALONE: dict[str, Any] = {
    "name": "alone",
    "netns": [{"name": "green"}],
    "veth": [
        {
            "name": "to-host",
            "netns": "green",
            "addresses": ["10.16.0.1/24"],
            "peer": {"name": "to-green", "addresses": ["10.16.0.254/24"]},
        }
    ],
    "netns_route": [{"netns": "green", "destination": "default", "gateway": "10.16.0.254"}],
    "masquerade": [{"source": "10.16.0.0/24"}],
}


SWITCHED: dict[str, Any] = bridge_lab(
    ["pink", "grey"],
    name="switched",
    bridge="sw0",
    network="10.17.0.0/24",
    gateway="10.17.0.254",
    switch_netns="switch",
)


def test_healthy_labs_of_other_layouts_have_no_finding(lan: None) -> None:
    sh("ip route add default via 192.0.2.99")
    labs = [LAB, ALONE, SWITCHED]
    for lab in labs:
        run("topology", **lab)
    assert [diagnose_host(lab) for lab in labs] == [[], [], []]


def test_a_healthy_lab_with_the_iptables_backend_has_no_finding(lan: None) -> None:
    lab = {**LAB, "backend": "iptables"}
    run("topology", **lab)
    assert diagnose_host(lab) == [] == diagnose_host()
