# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another network beside the LAN, which reaches the LAN through the host only."""

from __future__ import annotations

from support.pings import ping, reaches
from support.shell import ip

FAR = {4: "198.51.100.99", 6: "fd51::99"}


def add_far_network() -> None:
    """Add the namespace far behind eth1 of the host, and routes to it and from it."""
    ip(
        "netns add far\nlink add eth1 type veth peer name eth0 netns far\nlink set eth1 up\n"
        "addr add 198.51.100.2/24 dev eth1\naddr add fd51::2/64 dev eth1 nodad"
    )
    ip(
        "link set eth0 up\naddr add 198.51.100.99/24 dev eth0\n"
        "addr add fd51::99/64 dev eth0 nodad\n"
        "route add default via 198.51.100.2\nroute add default via fd51::2",
        "-n",
        "far",
    )
    ip("route add 198.51.100.0/24 via 192.0.2.2\nroute add fd51::/16 via fd00:2::2", "-n", "lan")


def pass_others() -> list[bool]:
    """Whether the host forwards from the LAN to the other network, by family."""
    return [(reaches if ping("lan", FAR[family]) else ping)("lan", FAR[family]) for family in FAR]
