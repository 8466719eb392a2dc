# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor on labs with links of other types: faults are found, healthy links are not."""

from __future__ import annotations

from typing import Any

import pytest

from support.doctor import diagnose_host
from support.kernel_link_types import need_type
from support.shell import sh
from support.tasks import run

RED_AND_BLUE: dict[str, Any] = {
    "name": "lab",
    "isolate": False,
    "netns": [{"name": "red"}, {"name": "blue"}],
}
LEG = {
    "name": "leg",
    "netns": "red",
    "type": "macvlan",
    "link": "eth0",
    "addresses": ["10.3.0.1/24"],
}
LEGS: dict[str, Any] = {
    **RED_AND_BLUE,
    "netns_link": [
        LEG,
        {
            "name": "far",
            "netns": "blue",
            "type": "vxlan",
            "id": 7,
            "remote": "192.0.2.9",
            "addresses": ["10.3.0.2/24"],
        },
        {"name": "vm0", "netns": "blue", "type": "tap", "addresses": ["10.4.0.1/24"]},
        {"name": "lo", "netns": "red", "addresses": ["10.9.0.1/32"]},
        {
            "name": "wan",
            "netns": "red",
            "type": "physical",
            "device": "eth1",
            "addresses": ["10.5.0.1/24"],
        },
    ],
}


PORTS = """
ip link add eth0 type veth peer name switch; ip link add eth1 type veth peer name wire
for port in eth0 switch eth1 wire; do ip link set $port up; done
"""


OF_LEGS = {
    "leg deleted": ("ip -n red link del leg", "link_missing", "red/leg"),
    "its link deleted": (
        "ip link del switch; ip link add eth0 type veth peer name switch; ip link set eth0 up",
        "link_missing",
        "red/leg",
    ),
    "leg down": ("ip -n blue link set far down", "link_down", "blue/far"),
    "port down": ("ip -n red link set wan down", "link_down", "red/wan"),
    "address of the loopback taken": (
        "ip -n red addr del 10.9.0.1/32 dev lo",
        "address_missing",
        "red/10.9.0.1/32",
    ),
    "something else in its place": (
        "ip -n red link del leg; ip -n red link add leg type bridge",
        "link_blocked",
        "red/leg",
    ),
    "port left behind": (
        "ip -n red link set wan netns $$; ip link show wan",
        "link_stranded",
        "wan",
    ),
    "its link down": ("ip link set eth0 down", "link_down", "eth0"),
    "no carrier on its link": ("ip link set switch down", "no_carrier", "eth0"),
    "no carrier on a port": ("ip link set wire down", "no_carrier", "red/wan"),
    "its link gone": ("ip link del switch", "link_missing", "eth0"),
    "a port gone": (
        (
            "ip netns del red; for try in {1..100}; do ip link show wire >/dev/null 2>&1 || "
            "break; sleep 0.02; done"
        ),
        "netns_missing",
        "red",
    ),
    "one address twice on a link": (
        (
            "ip link add link eth0 name other netns blue type macvlan; "
            "ip -n blue addr add 10.3.0.1/25 dev other"
        ),
        "address_duplicate",
        "10.3.0.1",
    ),
}


MORE = {
    **RED_AND_BLUE,
    "linux_bridge": [{"name": "vms", "netns": "blue"}],
    "veth": [
        {"name": "bare", "netns": "blue", "peer": {"name": "to-bare", "addresses": ["10.6.0.5/24"]}}
    ],
    "netns_link": [
        {
            **LEG,
            "mtu": 1400,
            "impairment": {"rate": "10mbit"},
        },
        {
            "name": "leg",
            "netns": "blue",
            "type": "macvlan",
            "link": "eth0",
            "addresses": ["10.3.0.2/24"],
        },
        {"name": "vm0", "netns": "blue", "type": "tap", "bridge": "vms"},
        {"name": "tun0", "netns": "blue", "type": "tun", "addresses": ["10.8.0.1/24"]},
        {"name": "lo", "netns": "red", "addresses": ["10.9.0.1/32"]},
    ],
    "netns_route": [
        {"netns": "blue", "destination": "10.9.0.1/32", "gateway": "10.3.0.1"},
        {"netns": "blue", "destination": "10.66.0.0/16", "gateway": "10.8.0.2"},
    ],
}
"""Tap and tun links without a program, a declared impairment, a route to an address of a
loopback.
"""


def test_healthy_links_of_other_types_have_no_finding(host: None) -> None:
    sh(PORTS)
    for lab in (LEGS, MORE):
        run("topology", **lab)
        assert diagnose_host(lab) == []
        assert {(finding.check, finding.subject) for finding in diagnose_host()} <= {
            ("impaired", "red/leg"),
            ("port_missing", "blue/bare"),
        }
        run("topology", name="lab", state="absent")


@pytest.mark.parametrize("fault", OF_LEGS)
def test_the_cause_of_a_fault_of_other_links_is_the_first_finding(host: None, fault: str) -> None:
    sh(PORTS)
    run("topology", **LEGS)
    script, check, subject = OF_LEGS[fault]
    sh(script)
    found = diagnose_host(LEGS)
    assert (found[0].check, found[0].subject) == (check, subject), found


VLAN_AND_VRF: dict[str, Any] = {
    **RED_AND_BLUE,
    "netns_link": [
        {
            "name": "v10",
            "netns": "red",
            "type": "vlan",
            "link": "eth0",
            "id": 10,
            "addresses": ["10.3.0.1/24"],
            "impairment": {"delay": "1ms"},
        },
        {"name": "one", "type": "vrf", "table": 101},
        {"name": "two", "type": "vrf", "table": 102},
        *(
            {
                "name": f"on-{vrf}",
                "netns": "red",
                "type": "macvlan",
                "link": vrf,
                "link_netns": "blue",
            }
            for vrf in ("one", "two")
        ),
    ],
    "veth": [
        {
            "name": f"to-{vrf}",
            "vrf": vrf,
            "addresses": ["10.4.0.5/24", "fd00:4::5/64"],
            "peer": {"name": vrf, "netns": "blue"},
        }
        for vrf in ("one", "two")
    ],
}


def test_the_cause_of_a_fault_of_vlan_vrf_or_wireguard_links_is_the_first_finding(
    host: None,
) -> None:
    need_type("vlan")
    need_type("vrf")
    sh(PORTS)
    lab = VLAN_AND_VRF
    run("topology", **lab)
    assert diagnose_host(lab) == [] and [finding.check for finding in diagnose_host()] == [
        "impaired"
    ]
    for script, check, subject in (
        ("ip link set eth0 down", "link_down", "eth0"),
        ("ip link set two down", "link_down", "two"),
        ("ip link set to-one nomaster", "vrf_missing", "to-one"),
        ("ip link del two", "link_missing", "two"),
    ):
        sh(script)
        found = diagnose_host(lab)
        assert (found[0].check, found[0].subject) == (check, subject), found
        sh("ip link set eth0 up")
        run("topology", **lab)
