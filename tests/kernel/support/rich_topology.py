# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A topology whose namespace red has something of every kind."""

from __future__ import annotations

from support.tasks import Raw

RICH: Raw = {
    "name": "lab",
    "hosts": True,
    "netns": [
        {"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}, "nameservers": ["192.0.2.53"]},
        {"name": "blue"},
    ],
    "linux_bridge": [{"name": "br0", "netns": "red", "addresses": ["10.1.0.1/24", "fd01::1/64"]}],
    "veth": [
        {
            "name": "up",
            "netns": "red",
            "addresses": ["192.0.2.2/24", "fd02::2/64"],
            "impairment": {"rate": "1mbit"},
            "peer": {"name": "down", "addresses": ["192.0.2.1/24"]},
        },
        {"name": "end", "netns": "blue", "peer": {"name": "port", "netns": "red", "bridge": "br0"}},
    ],
    "netns_link": [
        {"name": "leg", "netns": "red", "type": "macvlan", "link": "up", "link_netns": "red"},
        {"name": "tunnel", "netns": "red", "type": "vxlan", "id": 7, "remote": "192.0.2.1"},
        {"name": "tap", "netns": "red", "type": "tap"},
    ],
    "netns_route": [{"netns": "red", "destination": "default", "gateway": "192.0.2.1"}],
    "masquerade": [{"netns": "red", "source": "10.1.0.0/24", "out_interface": "up"}],
    "dnat": [
        {"netns": "red", "destination_port": 80, "to_destination": "10.1.0.2:80"},
        {"netns": "red", "destination_port": 53, "to_destination": "10.1.0.2", "protocol": "udp"},
    ],
}
