# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges that filter VLANs: who is in no VLAN, or in another one than its peer, is found."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import (
    lacks_feature,
    lacks_type,
)

from support.doctor import diagnose_host
from support.pings import reaches
from support.shell import replay, sh
from support.tasks import run

LAB: dict[str, Any] = {
    "name": "lab",
    "netns": [{"name": name} for name in ("one", "two", "plain")],
    "linux_bridge": [
        {"name": "sw", "vlan_filtering": True, "addresses": ["10.1.0.1/24", "fd00:1::1/64"]}
    ],
    "veth": [
        {
            "name": "eth0",
            "netns": "plain",
            "addresses": ["10.1.0.2/24", "fd00:1::2/64"],
            "peer": {"name": "p1", "bridge": "sw"},
        },
        *(
            {
                "name": "eth0",
                "netns": name,
                "peer": {"name": f"p-{name}", "bridge": "sw", "vlan": 1, "vlans": [20]},
            }
            for name in ("one", "two")
        ),
    ],
    "netns_link": [
        {
            "name": "v20",
            "netns": name,
            "type": "vlan",
            "link": "eth0",
            "link_netns": name,
            "id": 20,
            "addresses": [f"10.20.0.{number}/24", f"fd00:20::{number}/64"],
        }
        for number, name in enumerate(("one", "two"), 1)
    ],
}
FAULTS = {
    "the port of a VLAN interface": ("bridge vlan del dev p-one vid 20", "one/v20"),
    "another tag": (
        "ip -n two link del v20; ip -n two link add link eth0 name v20 type vlan id 21;"
        "ip -n two addr add 10.20.0.2/24 dev v20; ip -n two link set v20 up",
        "two/v20",
    ),
    "no VLAN of a port": ("bridge vlan del dev p1 vid 1", "p1"),
    "no VLAN of the bridge's addresses": ("bridge vlan del dev sw vid 1 self", "sw"),
}
"""What is broken, and the subject of the first finding. Its remedy is enough, but for a tag."""

pytestmark = pytest.mark.skipif(
    lacks_feature("bridge_vlan") or lacks_type("vlan"), reason="no VLANs in this kernel"
)


def is_sound(**options: float) -> bool:
    return reaches("one", "10.20.0.2", **options) and reaches("plain", "10.1.0.1", **options)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_missing_vlan_is_the_first_finding(host: None, fault: str) -> None:
    script, subject = FAULTS[fault]
    run("topology", **LAB)
    assert is_sound() and diagnose_host() == [] == diagnose_host(LAB)
    sh(script)
    assert not is_sound(patience=1)
    first = diagnose_host()[0]
    assert (first.check, first.severity, first.subject) == ("vlan_missing", "error", subject)
    replay([first.remedy])
    assert fault == "another tag" or is_sound()
    assert "vlan_missing" not in {finding.check for finding in diagnose_host()}
