# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results ``exposes`` and ``reaches`` beside policies, proved by packets."""

from __future__ import annotations

import pytest

from support.policy_flows import MEMBERS, policy_lab
from support.services import Listeners
from support.tasks import run

LAN = [{"network": "192.0.2.0/24"}, {"network": "fd00:2::/64"}]
ELSEWHERE = [{"network": "198.51.100.0/24"}]
WEB = {"protocol": "tcp", "ports": [1080]}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_forwarded_port_is_exposed_to_those_who_reach_it(lan: None, backend: str) -> None:
    red = MEMBERS["red"]
    targets = (f"{red[4]}:1080", f"[{red[6]}]:1080")
    forwards = [{"destination_port": 80, "to_destination": target} for target in targets]
    listeners = Listeners()
    for ingress, exposed, reached in (
        ([{"from": [{"netns": "*"}]}], [], False),
        ([{**WEB, "from": ELSEWHERE}], [["198.51.100.0/24"]], False),
        ([{**WEB, "from": LAN}], [["192.0.2.0/24"], ["fd00:2::/64"]], True),
        ([WEB, {"from": LAN, "action": "reject"}], [[], []], False),
    ):
        policy = {"name": "web", "netns": ["red"], "ingress": ingress}
        lab = policy_lab(backend=backend, dnat=forwards, policy=[policy])
        foreseen = run("topology", check=True, **lab)["exposes"]
        assert run("topology", **lab)["exposes"] == foreseen
        assert [each["source"] for each in foreseen] == exposed, ingress
        if not listeners.listening:
            listeners.listen("red 4", "red", red[4], 1080)
            listeners.listen("red 6", "red", red[6], 1080)
        for host in ("192.0.2.2", "fd00:2::2"):
            assert bool(listeners.connect("lan", host, 80)) is reached, (host, ingress)
    listeners.close()


def test_members_leave_to_what_is_listed(lan: None) -> None:
    listeners = Listeners()
    for egress, destinations in (
        ([{**WEB, "to": ELSEWHERE}], ["198.51.100.0/24"]),
        ([{**WEB, "to": LAN}], ["192.0.2.0/24", "fd00:2::/64"]),
        ([WEB, {"to": LAN, "action": "reject"}], ["0.0.0.0/0", "::/0"]),
        ([{"protocol": "udp"}], ["0.0.0.0/0", "::/0"]),
        ([{"to": [{"netns": "*"}, {"host": True}]}], []),
    ):
        policy = {"name": "out", "netns": ["red"], "egress": egress}
        lab = policy_lab(policy=[policy])
        foreseen = run("topology", check=True, **lab)["reaches"]
        assert run("topology", **lab)["reaches"] == foreseen
        found = [each for each in foreseen if "red" in each["netns"]]
        assert [text for each in found for text in each["destination"]] == destinations, egress
        assert all(each["policies"] == ["out"] for each in found)
        if not listeners.listening:
            listeners.listen("lan 4", "lan", "192.0.2.99", 1080)
            listeners.listen("lan 6", "lan", "fd00:2::99", 1080)
        for host in ("192.0.2.99", "fd00:2::99"):
            reached = bool(listeners.connect("red", host, 1080))
            assert reached is (egress == [{**WEB, "to": LAN}]), (host, egress)
            assert bool(listeners.connect("blue", host, 1080))
    listeners.close()
