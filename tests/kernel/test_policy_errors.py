# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""With ``refuse: reject`` a program hears at once, and each time, that its packet was refused."""

from __future__ import annotations

import errno
import re
import select
import socket
from contextlib import closing

import pytest

from support.netns import in_netns
from support.policy_flows import HOST, LAN, MEMBERS, policy_lab
from support.shell import sh
from support.tasks import run

ATTEMPTS = 4
"""The kernel sends six errors at once to an address, and then one a second (icmp(7))."""
REFUSED = {4: errno.EHOSTUNREACH, 6: errno.EACCES}
"""Administratively prohibited, as a socket tells it."""
POLICY = {"name": "closed", "netns": ["blue"], "ingress": []}
OUT = {"name": "shut", "netns": ["red"], "egress": []}


def send_udp(address: str, family: int) -> int:
    """Send a datagram from red; the error that comes back, or 0 if none came."""
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    with in_netns("red"):
        made = socket.socket(kind, socket.SOCK_DGRAM)
    with closing(made):
        made.connect((address, 1080))
        made.send(b"x")
        poll = select.poll()
        poll.register(made, 0)
        poll.poll(30_000)
        return made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


@pytest.mark.parametrize("family", [4, 6])
def test_a_refused_datagram_fails_at_once_each_time(switch: bool, family: int) -> None:
    run("topology", **policy_lab(switch, policy=[POLICY]))
    address = MEMBERS["blue"][family]
    for _attempt in range(ATTEMPTS):
        assert send_udp(address, family) == REFUSED[family]


@pytest.mark.parametrize("family", [4, 6])
def test_a_refused_ping_fails_at_once_each_time(switch: bool, family: int) -> None:
    run("topology", **policy_lab(switch, policy=[POLICY]))
    address = MEMBERS["blue"][family]
    done = sh(f"ip netns exec red ping -c {ATTEMPTS} -i 0.01 -W 30 {address} || true")
    assert f"+{ATTEMPTS} errors" in done, done


@pytest.mark.usefixtures("lan")
@pytest.mark.parametrize("family", [4, 6])
def test_what_a_member_may_not_send_fails_at_once_to_any_place(family: int) -> None:
    run("topology", **policy_lab(policy=[OUT]))
    for places in (MEMBERS["blue"], MEMBERS["far"], HOST, LAN):
        assert send_udp(places[family], family) == REFUSED[family]


@pytest.mark.usefixtures("host")
def test_a_packet_between_members_of_a_bridge_is_counted_once() -> None:
    rule = {"from": [{"netns": "red"}], "protocol": "icmp"}
    run("topology", **policy_lab(policy=[{**POLICY, "ingress": [rule]}]))
    sh(f"ip netns exec red ping -c 3 -i 0.01 {MEMBERS['blue'][4]}")
    counters = sh("nft list counters table inet redblue_netns_policy")
    assert re.findall(r"counter rule-\S+ \{\s+packets (\d+)", counters) == ["3"], counters
