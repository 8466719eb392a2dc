# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes by hand: the next run reverts them and changes nothing else."""

from __future__ import annotations

import subprocess

import pytest

from support.pings import reaches
from support.snapshot import take_snapshot
from support.tasks import LAB, run


def test_a_deleted_lab_is_restored_by_the_next_run(host: None) -> None:
    run("topology", **LAB)
    before = take_snapshot()
    subprocess.run(
        [
            "bash",
            "-euc",
            "ip -all netns delete; ip link del dev v-net-0; nft flush ruleset; sleep 0.5",
        ],
        check=True,
    )
    assert run("topology", **LAB)["changed"]
    after = take_snapshot()
    assert not run("topology", **LAB)["changed"]
    assert (
        sorted(before) == sorted(after)
        and before["red"] == after["red"]
        and before["blue"] == after["blue"]
    )


_REPAIRED, _FORWARD = (
    "repair the rules on the host (nftables)",
    "add forward of tcp port 80 to 192.168.15.2:80 on the host",
)


_MASQUERADES = (
    "add masquerade of 192.168.15.0/24 on the host",
    "add masquerade of fd00:15::/64 on the host",
)


DRIFT = {
    "ip -n red addr del 192.168.15.1/24 dev veth-red": [
        "add address 192.168.15.1/24 of veth-red in namespace red",
        "add route default via 192.168.15.5 in namespace red",
    ],
    "ip -n blue route del default": ["add route default via 192.168.15.5 in namespace blue"],
    "ip link set dev veth-red-br down": ["veth-red-br: set up"],
    "ip link set dev v-net-0 down": [
        "add address fd00:15::5/64 of v-net-0 on the host",
        "v-net-0: set up",
    ],
    "ip link set dev veth-red-br nomaster": ["veth-red-br: make a port of bridge v-net-0"],
    "ip addr flush dev v-net-0": [
        "add address 192.168.15.5/24 of v-net-0 on the host",
        "add address fd00:15::5/64 of v-net-0 on the host",
    ],
    "sysctl -qw net.ipv4.conf.v-net-0.forwarding=0": [
        "set net.ipv4.conf.v-net-0.forwarding = 2 on the host"
    ],
    "nft 'delete element inet redblue_netns forward4 { tcp . 80 }'": [_REPAIRED, _FORWARD],
    "nft flush chain inet redblue_netns postrouting": [_REPAIRED, *_MASQUERADES],
    "nft delete table inet redblue_netns": [
        "write the rules on the host anew (nftables), which somebody removed",
        *_MASQUERADES,
        _FORWARD,
        "add forward of tcp port 81 to [fd00:15::2]:80 on the host",
        "open IPv4 forwarding for the lab's traffic from v-net-0 of the host",
    ],
}
"""A change by hand, and all actions of the next run: it restores what was lost and changes
nothing else.
"""


@pytest.mark.parametrize("script", DRIFT)
def test_a_change_by_hand_is_reverted_and_nothing_else_is_changed(host: None, script: str) -> None:
    run("topology", **LAB)
    subprocess.run(["bash", "-euc", script], check=True)
    assert run("topology", **LAB)["actions"] == DRIFT[script]
    assert not run("topology", **LAB)["changed"]
    for target in ("192.168.15.2", "fd00:15::2"):
        assert reaches("red", target)


def test_a_mac_and_a_peer_changed_by_hand_are_restored(host: None) -> None:
    run("topology", **LAB)
    for script in (
        "ip -n red link set dev veth-red address 02:00:00:00:00:99",
        "ip link del dev veth-red-br",
    ):
        before = take_snapshot()
        subprocess.run(["bash", "-euc", script], check=True)
        actions = run("topology", **LAB)["actions"]
        assert actions and all(
            "veth-red" in action or action == "add route default via 192.168.15.5 in namespace red"
            for action in actions
        )
        after = take_snapshot()
        assert {name: before[name] for name in before if name != "host"} == {
            name: after[name] for name in after if name != "host"
        }
