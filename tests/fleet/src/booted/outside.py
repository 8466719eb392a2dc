# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook of the guide needs around it on a machine."""

from __future__ import annotations

import copy
from typing import Any

from booted.tunnel import UPLINK, other_end
from support.guides import topologies_of

SITE: dict[str, Any] = {
    "name": "site",
    "netns": [{"name": "site"}],
    "veth": [
        {
            "name": "eth0",
            "netns": "site",
            "addresses": [*(f"192.0.2.{number}/24" for number in (1, 53, 80, 81)), "fd00:2::1/64"],
            "peer": {"name": UPLINK, "addresses": ["192.0.2.2/24", "fd00:2::2/64"]},
        },
    ],
    "netns_route": [
        {"destination": "default", "gateway": gateway} for gateway in ("192.0.2.1", "fd00:2::1")
    ],
    "processes": [
        {
            "name": "names",
            "netns": "site",
            "command": ["python3", "/opt/dns.py", "site", "192.0.2.53"],
            "ready": {"protocol": "udp", "port": 53},
        },
        {
            "name": "web",
            "netns": "site",
            "command": ["python3", "-m", "http.server", "--directory", "/usr/share", "80"],
            "ready": {"port": 80},
        },
    ],
    "isolate": False,
    "persist": True,
}
"""What the host has its default routes to: a DNS server, for which every name is at 192.0.2.80, and
a web server.
"""
VISITOR: dict[str, list[dict[str, Any]]] = {
    "netns": [{"name": "visitor"}],
    "veth": [
        {
            "name": "lab0",
            "netns": "visitor",
            "addresses": ["192.168.20.4/24"],
            "peer": {"name": "to-visitor", "bridge": "br-team"},
        },
    ],
    "netns_route": [{"netns": "visitor", "destination": "default", "gateway": "192.168.20.5"}],
    "masquerade": [{"source": "192.168.20.0/24"}],
    "policy": [
        {
            "name": "visitor",
            "netns": ["visitor"],
            "egress": [{"to": [{"dns": "www.example.net"}], "protocol": "tcp", "ports": [80]}],
        }
    ],
}
"""A member of team that may reach one site, by its DNS name."""


def adapt(play: dict[str, Any], has_tunnel: bool) -> list[dict[str, Any]]:
    """The tasks of the guide, with SITE and VISITOR, and the other end of the tunnel.

    :param has_tunnel: if not, a veth pair is in its place.
    """
    tasks: list[dict[str, Any]] = copy.deepcopy(play["tasks"])
    site, topologies = copy.deepcopy(SITE), topologies_of({"tasks": tasks})
    vpn, team = topologies["vpn"], topologies["team"]
    if has_tunnel:
        # The endpoint of the tunnel is there.
        site["netns"] = [{"name": "provider"}]
        for item in (*site["veth"], *site["processes"]):
            item["netns"] = "provider"
        _add(site, other_end())
    else:
        (tunnel,) = vpn.pop("netns_link")
        end = {name: tunnel[name] for name in ("name", "netns", "addresses")}
        peer = {"name": "wg0", "netns": "provider", "addresses": ["10.13.0.1/24", "fd00:13::1/64"]}
        _add(vpn, {"netns": [{"name": "provider"}], "veth": [{**end, "peer": peer}]})
    _add(team, VISITOR)
    team["dns"]["upstream"] = ["192.0.2.53"]
    return [{"redblue.netns.topology": site}, *tasks]


def _add(topology: dict[str, Any], more: dict[str, list[dict[str, Any]]]) -> None:
    for kind, items in more.items():
        topology[kind] = [*topology.get(kind, []), *items]
