# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab on Open vSwitch beside a dockerd, with a container of it in the lab."""

from __future__ import annotations

import pytest

from support.docker import NEEDS_DOCKER, SERVER, answers, lab_of_container, start_container
from support.faults import stable_snapshot
from support.ovs import dump, end_switch, start_switch
from support.pings import reaches
from support.shell import output
from support.snapshot import differences
from support.tasks import LAB_ABSENT, run, run_as_predicted

pytestmark = NEEDS_DOCKER


def start_another() -> str:
    """Start a container in the network of dockerd; return its address."""
    output("docker", "run", "-d", "--name", "other", "box", *SERVER.split())
    form = "{{.NetworkSettings.IPAddress}}"
    return output("docker", "inspect", "-f", form, "other").strip()


@pytest.mark.usefixtures("vswitch", "docker")
def test_a_container_in_a_lab_on_open_vswitch() -> None:
    start_container()
    other = start_another()
    rows, before = dump(), stable_snapshot()
    lab = lab_of_container()
    (bridge,) = lab.pop("linux_bridge")
    lab["ovs_bridge"] = [{**bridge, "datapath_type": "netdev"}]
    run_as_predicted("topology", **lab)
    for network in ("192.168.15.", "fd00:15::"):
        assert reaches("web", f"{network}1") and reaches("red", f"{network}3")
        assert reaches("web", f"{network}5") and answers("blue", f"{network}3", 80)
    for address in ("192.0.2.2", "fd00:2::2"):
        assert answers("lan", address, 8080)
    assert answers(None, other, 80)
    end_switch()
    assert answers(None, other, 80) and not reaches("red", "192.168.15.3", patience=0)
    start_switch()
    run("topology", **lab)
    assert answers("red", "192.168.15.3", 80) and answers("lan", "192.0.2.2", 8080)
    run_as_predicted("topology", **LAB_ABSENT)
    assert answers(None, other, 80)
    assert dump() == rows and differences(before, stable_snapshot()) == {}
