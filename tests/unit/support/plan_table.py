# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Current states, options of tasks, and the actions that a plan must have."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    ForwardingEnabled,
    Isolation,
    Ruleset,
)
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    BR,
    END,
    FAR,
    FORWARD,
    RED_LO,
    UP0,
    Raw,
    host,
)
from ansible_collections.redblue.netns.tests.unit.support.plans import LAB, OPEN

TABLE: list[tuple[CurrentState, str, Raw, list[str]]] = [
    (host(), "netns", {"name": "red"}, ["create namespace red", "lo in namespace red: set up"]),
    (LAB, "netns", {"name": "red"}, []),
    (host(replace(RED_LO, up=False)), "netns", {"name": "red"}, ["lo in namespace red: set up"]),
    (
        host(unusable_names={"red": "stale"}),
        "netns",
        {"name": "red"},
        [
            "remove the stale file /run/netns/red and create namespace red",
            "lo in namespace red: set up",
        ],
    ),
    (
        host(unusable_names={"red": "stale", "blue": "stale"}, own_stale_names={"blue"}),
        "netns",
        {"name": "green"},
        [
            "remove the stale file /run/netns/blue",
            "create namespace green",
            "lo in namespace green: set up",
        ],
    ),
    (
        host(BR, RED_LO, END, replace(FAR, owner=None), unfinished={FAR.ref}),
        "linux_bridge",
        {"name": "br0"},
        ["delete veth pair far and end in namespace red"],
    ),
    (
        LAB,
        "netns",
        {"name": "red", "state": "absent"},
        ["delete veth pair end in namespace red and far", "delete namespace red"],
    ),
    (host(), "netns", {"name": "red", "state": "absent"}, []),
    (
        host(),
        "linux_bridge",
        {"name": "br0"},
        ["create bridge br0", "br0: set accept_ra off, set accept_dad off", "br0: set up"],
    ),
    (LAB, "linux_bridge", {"name": "br0"}, []),
    (
        LAB,
        "linux_bridge",
        {"name": "br0", "addresses": ["10.0.0.1/24", "fd00::1/64"]},
        ["add address fd00::1/64 of br0 on the host"],
    ),
    (
        LAB,
        "linux_bridge",
        {"name": "br0", "addresses": []},
        ["remove address 10.0.0.1/24 of br0 on the host"],
    ),
    (
        LAB,
        "linux_bridge",
        {"name": "br0", "addresses": ["10.0.0.9/24"]},
        [
            "add address 10.0.0.9/24 of br0 on the host",
            "remove address 10.0.0.1/24 of br0 on the host",
        ],
    ),
    (
        LAB,
        "linux_bridge",
        {"name": "br0", "addresses": ["10.7.0.1/24"]},
        [
            "add address 10.7.0.1/24 of br0 on the host",
            "remove address 10.0.0.1/24 of br0 on the host",
        ],
    ),
    (LAB, "linux_bridge", {"name": "br0", "ports": []}, ["far: take out of bridge br0"]),
    (LAB, "linux_bridge", {"name": "br0", "up": False}, ["br0: set down"]),
    (LAB, "linux_bridge", {"name": "br0", "state": "absent"}, ["delete bridge br0"]),
    (LAB, "veth", {"name": "end", "netns": "red", "peer": {"name": "far", "bridge": "br0"}}, []),
    (LAB, "veth", {"name": "far", "bridge": "br0", "peer": {"name": "end", "netns": "red"}}, []),
    (
        LAB,
        "veth",
        {"name": "end", "netns": "red", "peer": {"name": "far", "isolated": True, "bridge": "br0"}},
        ["far: set isolated on"],
    ),
    (
        LAB,
        "veth",
        {"name": "far", "state": "absent"},
        ["delete veth pair far and end in namespace red"],
    ),
    (
        LAB,
        "netns_route",
        {"netns": "red", "destination": "default", "gateway": "10.0.0.1"},
        ["add route default via 10.0.0.1 in namespace red"],
    ),
    (
        LAB,
        "netns_route",
        {"netns": "red", "destination": "10.9.0.0/16", "type": "blackhole"},
        ["add route blackhole 10.9.0.0/16 in namespace red"],
    ),
    (LAB, "netns_route", {"netns": "red", "destination": "10.9.0.0/16", "state": "absent"}, []),
    (
        host(BR, FAR, END),
        "masquerade",
        {"source": "10.0.0.0/24"},
        [
            "add masquerade of 10.0.0.0/24 on the host",
            "open IPv4 forwarding for the lab's traffic from br0 of the host",
            "set net.ipv4.conf.br0.forwarding = 2 on the host",
        ],
    ),
    (
        host(BR, UP0),
        "dnat",
        {"destination_port": 80, "to_destination": "10.0.0.2", "in_interface": "up0"},
        [
            "add forward of tcp port 80 from up0 to 10.0.0.2:80 on the host",
            "open IPv4 forwarding for the lab's traffic from br0 of the host",
            "open IPv4 forwarding for the lab's traffic from up0 of the host",
            "set net.ipv4.conf.br0.forwarding = 2 on the host",
            "set net.ipv4.conf.up0.forwarding = 2 on the host",
        ],
    ),
    (
        host(BR, sysctls={(None, "net/ipv4/conf/default/forwarding"): "1"}),
        "masquerade",
        {"source": "10.0.0.0/24"},
        ["add masquerade of 10.0.0.0/24 on the host"],
    ),
    (
        host(
            BR,
            rulesets={None: Ruleset("nftables", (FORWARD, ForwardingEnabled(None, 4, "br0")))},
            sysctls=dict(OPEN),
        ),
        "dnat",
        {"destination_port": "80", "to_destination": "10.0.0.2:80"},
        [],
    ),
    (
        host(
            BR,
            rulesets={None: Ruleset("nftables", (FORWARD, ForwardingEnabled(None, 4, "br0")))},
            sysctls=dict(OPEN),
        ),
        "dnat",
        {"destination_port": "80", "state": "absent"},
        [
            "set net.ipv4.conf.br0.forwarding = 0 on the host",
            "remove forward of tcp port 80 to 10.0.0.2:80 on the host",
            "close IPv4 forwarding for the lab's traffic from br0 of the host",
        ],
    ),
    (
        host(
            BR,
            rulesets={
                None: Ruleset(
                    "nftables", (FORWARD, ForwardingEnabled(None, 4, "br0")), damaged=True
                )
            },
            sysctls=dict(OPEN),
        ),
        "dnat",
        {"destination_port": "80", "to_destination": "10.0.0.2:80"},
        ["repair the rules on the host (nftables)"],
    ),
    (
        host(
            BR,
            rulesets={None: Ruleset("nftables", (FORWARD, ForwardingEnabled(None, 4, "br0")))},
            backends={None: "iptables"},
            sysctls=dict(OPEN),
        ),
        "dnat",
        {"destination_port": "80", "to_destination": "10.0.0.2:80", "backend": "iptables"},
        ["move the rules on the host from nftables to iptables"],
    ),
    (
        host(),
        "topology",
        {
            "name": "lab",
            "linux_bridge": [{"name": "br1", "netns": "red", "addresses": ["10.5.0.1/24"]}],
            "netns": [{"name": "red"}],
        },
        [
            "create namespace red",
            "create bridge br1 in namespace red",
            "lo in namespace red: set up",
            "br1 in namespace red: set accept_ra off, set link_local off",
            "add address 10.5.0.1/24 of br1 in namespace red",
            "br1 in namespace red: set up",
        ],
    ),
    (
        host(replace(BR, owner="lab", mac=None)),
        "topology",
        {
            "name": "lab",
            "linux_bridge": [
                {"name": "br0", "addresses": ["10.0.0.1/24"], "mac": "02:00:00:00:00:01"}
            ],
        },
        [
            "br0: set mac 02:00:00:00:00:01",
            "isolate br0 on the host: 10.0.0.0/24",
            "set net.ipv4.conf.br0.rp_filter = 2 on the host",
            "set net.ipv4.conf.br0.src_valid_mark = 1 on the host",
        ],
    ),
    (
        host(
            BR,
            rulesets={
                None: Ruleset("nftables", (Isolation(None, "br0", ("10.0.0.0/24",), "lab"),))
            },
        ),
        "topology",
        {"name": "lab", "isolate": False},
        ["do not isolate br0 on the host: 10.0.0.0/24"],
    ),
    (
        host(
            BR,
            rulesets={
                None: Ruleset("nftables", (Isolation(None, "br0", ("10.0.0.0/24",), "other"),))
            },
        ),
        "topology",
        {"name": "lab", "isolate": False, "purge": True},
        [],
    ),
    (
        host(
            BR,
            replace(UP0, accept_ra=True),
            sysctls={
                (None, f"net/ipv6/conf/{name}"): "1" for name in ("up0/accept_ra", "br0/forwarding")
            },
        ),
        "masquerade",
        {"source": "fd00::/64"},
        [
            "add masquerade of fd00::/64 on the host",
            "open IPv6 forwarding for the lab's traffic from all interfaces of the host",
            "note that accept_ra of up0 on the host was on",
            "note that forwarding of br0 on the host was on",
            "set net.ipv6.conf.up0.accept_ra = 2 on the host",
            "set net.ipv6.conf.all.forwarding = 2 on the host",
        ],
    ),
]
