# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules outlive the interface that they name, if nobody asks for them to go. It has no sysctls."""

from __future__ import annotations

import pytest

from support.shell import ip
from support.tasks import LAB_WITHOUT_DNAT, Raw, run, run_as_predicted

SECOND: Raw = {
    "name": "second",
    "netns": [{"name": "green"}],
    "veth": [
        {
            "name": "up",
            "netns": "green",
            "addresses": ["192.0.2.2/24", "fd02::2/64"],
            "peer": {"name": "down", "addresses": ["192.0.2.1/24", "fd02::1/64"]},
        }
    ],
}
LAN: Raw = {"name": "uplink", "addresses": ["10.9.9.1/24"], "peer": {"name": "lan"}}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
@pytest.mark.parametrize("by", ["task", "hand"])
def test_an_isolation_without_its_interface(host: None, backend: str, by: str) -> None:
    lab = {**LAB_WITHOUT_DNAT, "backend": backend}
    run("topology", **{**SECOND, "name": "lab", "backend": backend})
    if by == "task":
        run("veth", name="up", netns="green", state="absent")
    else:
        ip("link del dev down")
    run_as_predicted("topology", **lab)
    assert run("topology", **{**lab, "purge": True})["changed"]
    assert not run("topology", **{**lab, "purge": True})["changed"]


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_masquerade_without_its_interface(host: None, backend: str) -> None:
    run("veth", **LAN)
    rule = {"source": "192.0.2.0/24", "out_interface": "uplink"}
    run("topology", **SECOND, backend=backend, masquerade=[rule])
    ip("link del uplink")
    run_as_predicted("topology", **LAB_WITHOUT_DNAT, backend=backend)
    run_as_predicted("topology", **{**SECOND, "state": "absent"})
    assert not run("topology", **LAB_WITHOUT_DNAT, backend=backend)["changed"]
