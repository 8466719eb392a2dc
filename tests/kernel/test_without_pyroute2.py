# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On a managed host without pyroute2 the lab works; a task that needs pyroute2 says so, and why."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.kernel_link_types import has_type
from support.module_process import run_process
from support.ovs import OVS_LAB
from support.playbooks import run_ansible
from support.shell import ip, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, run

VLAN = {
    "name": "leg",
    "netns": "red",
    "type": "vlan",
    "link": "veth-red",
    "link_netns": "red",
    "id": 5,
}
IMPAIRED_VETH = {"name": "veth-red", "netns": "red", "peer": {"name": "veth-red-br"}}
UDP_FORWARD = {"destination_port": 53, "protocol": "udp", "to_destination": "192.168.15.2"}
NEEDS: list[tuple[str, dict[str, Any], str]] = [
    ("netns_link", VLAN, "for links of type vlan"),
    ("netns_link", {"name": "leg", "netns": "red", "type": "wireguard"}, "of type wireguard"),
    ("netns_link", {"name": "leg", "netns": "red", "type": "tap"}, "for links of type tun"),
    ("topology", {"name": "lab", "netns_link": [VLAN]}, "for links of type vlan"),
    ("netns_doctor_info", {"topology": {"name": "lab", "netns_link": [VLAN]}}, "of type vlan"),
    ("veth", {**IMPAIRED_VETH, "impairment": {"delay": "1ms"}}, "for impairments of links"),
    ("dnat", UDP_FORWARD, "for port forwarding of UDP"),
    ("dnat", {**UDP_FORWARD, "state": "absent"}, "for port forwarding of UDP"),
]


def run_without(module: str, raw: dict[str, Any], check: bool = False) -> dict[str, Any]:
    """What a module returns in a process that cannot import pyroute2."""
    result, _log = run_process(module, raw, check=check, unimportable=("pyroute2",))
    return result


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Python that has nothing but its standard library."""
    monkeypatch.delenv("PYTHONPATH", raising=False)  # some checks name another pyroute2 there
    subprocess.run(["python3", "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    found = str(tmp_path / "bare" / "bin" / "python")
    done = subprocess.run([found, "-c", "import pyroute2"], capture_output=True, check=False)
    assert b"ModuleNotFoundError" in done.stderr
    return found


def test_the_lab_is_built_tested_and_removed(host: None, python: str) -> None:
    for playbook in ("lab", "verify", "lab", "teardown"):
        command = ["ansible-playbook", f"redblue.netns.{playbook}"]
        done = run_ansible([*command, "-e", f"ansible_python_interpreter={python}"])
        assert not done.returncode, done.stdout + done.stderr
    assert not os.listdir("/run/netns")


@pytest.mark.parametrize("check", [True, False], ids=["check mode", "no check mode"])
@pytest.mark.parametrize(("module", "raw", "reason"), NEEDS)
def test_a_task_that_needs_pyroute2_fails_before_any_change(
    lab: None, module: str, raw: dict[str, Any], reason: str, check: bool
) -> None:
    before = take_snapshot()
    result = run_without(module, raw, check)
    assert result["failed"] and f"{reason}." in result["msg"], result
    assert "pyroute2 (Debian: python3-pyroute2)" in result["msg"]
    assert differences(before, take_snapshot()) == {}


def test_a_foreign_vlan_does_not_make_a_task_fail(lab: None) -> None:
    kind, options = ("vlan", "id 7") if has_type("vlan") else ("macvlan", "")
    ip("link add lower type veth peer name upper")
    ip(f"link add link lower name foreign type {kind} {options}")
    sh(f"ip -n red link add link veth-red name inner type {kind} {options}")
    assert run_without("topology", {**LAB})["changed"] is False
    info = run_without("netns_info", {})
    assert not info["complete"]
    assert info["reasons"] == [
        f"without pyroute2 the options of links of type {kind} cannot be read"
    ]
    names = {link["name"]: link for link in info["links"]["host"]}
    assert names["foreign"]["kind"] == kind and "options" not in names["foreign"]
    doctor = run_without("netns_doctor_info", {})
    assert "without pyroute2 impairments cannot be read" in doctor["reasons"]
    removed = run_without("netns", {"name": "blue", "state": "absent"})
    assert removed.get("changed"), removed


def test_own_links_of_unreadable_types_are_not_removed(lab: None) -> None:
    link: Raw = {
        "name": "leg",
        "netns": "red",
        "type": "macvlan",
        "link": "veth-red",
        "link_netns": "red",
    }
    run("netns_link", **link)
    result = run_without("netns_link", {**link, "state": "absent"})
    assert "for links of type macvlan" in result["msg"]
    assert run("netns_link", **link, state="absent")["changed"]


@pytest.mark.usefixtures("vswitch")
def test_a_lab_on_open_vswitch_needs_it_not() -> None:
    """The interface of a bridge that ovs-vswitchd switches is a tap."""
    for changed in (True, False):
        result = run_without("topology", OVS_LAB)
        assert result.get("changed") is changed, result
    assert run_without("ovs_bridge", {**OVS_LAB["ovs_bridge"][0], "mtu": 1400}).get("changed")
    assert run_without("netns_info", {})["reasons"] == []
    removed = run_without("topology", {"name": "lab", "state": "absent"})
    assert removed.get("changed"), removed
