# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CNI plugin firewall with both of its backends, on a host with a real firewalld."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.attached_policies import attached_lab
from support.cni import BRIDGE, FIREWALL, list_files, needs_plugins, network, reserved_addresses
from support.daemons import Firewalld, system_bus
from support.pings import ping, reaches
from support.policy_packets import check_flows
from support.private_host import IS_REAL_ROOT
from support.services import Listeners
from support.shell import output
from support.tasks import LAB, Raw, run, run_as_predicted

pytestmark = [
    needs_plugins,
    pytest.mark.skipif(not IS_REAL_ROOT, reason="firewalld wants to be the real root"),
    pytest.mark.skipif(shutil.which("firewalld") is None, reason="firewalld is not installed"),
]
IN_FIREWALLD: Raw = {**FIREWALL, "backend": "firewalld"}


@pytest.fixture
def firewalld(lan: None, tmp_path: Path) -> Iterator[None]:
    """A host with firewalld, and a client in the namespace lan."""
    with system_bus(), Firewalld(tmp_path).running():
        yield


def trusted() -> str:
    return output("firewall-cmd", "--zone=trusted", "--list-sources")


def test_firewalld_lets_through_what_the_plugin_names(firewalld: None) -> None:
    for name in ("red", "blue"):
        run("netns", name=name)
    run("netns_cni", netns="red", network=network(BRIDGE))
    task: Raw = {"netns": "blue", "network": network(BRIDGE, IN_FIREWALLD)}
    run_as_predicted("netns_cni", **task)
    assert trusted().split() == ["10.22.0.3/32", "fd00:22::3/128"]
    assert not run("netns_cni", **task)["changed"]
    listeners = Listeners()
    try:
        listeners.listen("host", None, "0.0.0.0", 80, "tcp")
        listeners.listen("lan", "lan", "0.0.0.0", 80, "tcp")
        for target, name in (("10.22.0.1", "host"), ("192.0.2.99", "lan")):
            answer = listeners.connect("blue", target, 80, "tcp")
            assert answer is not None and answer[0] == name
            assert listeners.connect("red", target, 80, "tcp", patience=0.4) is None
    finally:
        listeners.close()
    run_as_predicted("netns_cni", netns="blue", state="absent")
    assert trusted().strip() == "" and len(reserved_addresses()) == 2


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_policies_hold_for_what_the_plugin_names(firewalld: None, backend: str) -> None:
    policy = [
        {"name": "closed", "netns": ["red"], "ingress": []},
        {"name": "quiet", "netns": ["green"], "egress": []},
    ]
    options = {"policy": policy, "backend": backend, "integrate": ["firewalld"]}
    lab = attached_lab("red", "blue", plugins=(IN_FIREWALLD,), **options)
    run("topology", **lab)
    assert not run("topology", **lab)["changed"]
    check_flows(lab)
    run_as_predicted("topology", name="lab", state="absent")
    assert trusted().strip() == "" and list_files() == {}


def test_a_pod_on_another_bridge_is_isolated_from_a_lab(firewalld: None) -> None:
    run("topology", **LAB, integrate=["firewalld"])
    run("netns", name="pod")
    run("netns_cni", netns="pod", network=network(BRIDGE, IN_FIREWALLD))
    assert reaches("pod", "10.22.0.1") and reaches("red", "192.168.15.2")
    assert not ping("pod", "192.168.15.1") and reaches("red", "10.22.0.2")
