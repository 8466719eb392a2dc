# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab for policies, with members that CNI plugins attach as Kubernetes attaches a pod."""

from __future__ import annotations

import ipaddress
from typing import Any

from support.cni import FIREWALL, MAPPINGS, PORTMAP, TUNING
from support.policy_flows import HOST, MEMBERS, Raw, policy_lab

GATEWAYS = {"br15": HOST, "br17": {4: "10.17.0.254", 6: "fd00:17::fe"}}
LENGTHS = {4: 24, 6: 64}
POD = (PORTMAP, FIREWALL, TUNING)
"""The plugins after the first one."""


def attach(member: str, *others: Raw, **options: Any) -> Raw:
    """What attaches a member to its bridge, where it gets the address that it always has.

    :param others: plugins after the first one.
    :param options: of the plugin bridge.
    """
    bridge = "br17" if member == "far" else "br15"
    address, gateway = MEMBERS[member], GATEWAYS[bridge]
    ranges = [
        {
            "subnet": str(ipaddress.ip_network(f"{gateway[family]}/{length}", strict=False)),
            "rangeStart": address[family],
            "rangeEnd": address[family],
            "gateway": gateway[family],
        }
        for family, length in LENGTHS.items()
    ]
    ipam = {
        "type": "host-local",
        "ranges": [[each] for each in ranges],
        "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}],
    }
    plugin = {"type": "bridge", "bridge": bridge, "ipam": ipam, **options}
    plugins = [plugin, *others]
    network = {"cniVersion": "1.0.0", "name": f"net-{member}", "plugins": plugins}
    item = {"netns": member, "network": network}
    return {**item, "capabilities": MAPPINGS} if PORTMAP in others else item


def attached_lab(*members: str, plugins: tuple[Raw, ...] = POD, **more: Any) -> Raw:
    """The lab for policies, in which CNI plugins attach these members."""
    lab = policy_lab()
    gates = [f"{address}/{LENGTHS[family]}" for family, address in GATEWAYS["br17"].items()]
    bridges = [{"name": "br17", "addresses": gates}] if "far" in members else []
    return {
        **lab,
        "linux_bridge": [*lab["linux_bridge"], *bridges],
        "veth": [each for each in lab["veth"] if each["netns"] not in members],
        "netns_route": [each for each in lab["netns_route"] if each["netns"] not in members],
        "cni": [attach(member, *plugins) for member in members],
        **more,
    }
