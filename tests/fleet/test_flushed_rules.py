# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service nftables of Debian, whose file begins with a flush of all rules, opens no lab."""

from __future__ import annotations

from booted.controller import Controller, find_changed
from booted.machine import Machine
from support.pings import ping
from support.shell import ip

LAB, TEARDOWN = (f"redblue.netns.{name}" for name in ("lab", "teardown"))
FLUSHES = (
    "systemctl restart nftables",
    "systemctl reload nftables",
    "systemctl stop nftables",
)
LEAVES = "ip netns exec red ping -c 1 -W {wait} {address}"
GATEWAY = "10.99.0.1"
"""The address of the controller."""


def test_no_door_is_open_until_the_next_run(
    machines: list[Machine], controller: Controller
) -> None:
    machine = machines[0]
    limit = ("--limit", machine.name)
    route = f"192.168.15.0/24 via {machine.address}"
    ip(f"route add {route}")
    try:
        controller.play(LAB, *limit)
        machine.run(LEAVES.format(wait=9, address=GATEWAY))
        for flush in FLUSHES:
            machine.run(flush)
            assert "redblue_netns" not in machine.run("nft list tables"), flush
            assert not ping(None, "192.168.15.2"), flush
            leaves = machine.attempt(LEAVES.format(wait=1, address=GATEWAY))
            assert leaves.returncode != 0, flush
        assert find_changed(controller.play(LAB, *limit)) == [machine.name]
        machine.run(LEAVES.format(wait=9, address=GATEWAY))
        assert not ping(None, "192.168.15.2")
    finally:
        ip(f"route del {route}")
        controller.play(TEARDOWN, *limit)
        machine.run("systemctl reset-failed nftables || true")
