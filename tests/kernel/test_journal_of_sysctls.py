# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After a kill, the parameters that the kernel set along with a written one are as they were."""

from __future__ import annotations

import pytest

from support.failing_host import kill_before_change
from support.faults import stable_snapshot
from support.shell import sh
from support.snapshot import differences
from support.tasks import Raw, run

_LINKS = """
ip link add eth0 type veth peer name far0; ip link add eth1 type veth peer name far1
for name in eth0 far0 eth1 far1; do ip link set dev $name up; done
"""
_NOTHING: Raw = {"name": "nothing", "state": "absent"}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_the_end_of_ipv6_forwarding_gives_back_that_of_a_link(host: None, backend: str) -> None:
    sh(f"{_LINKS} sysctl -qw net.ipv6.conf.eth1.forwarding=1")
    before = stable_snapshot()
    rule: Raw = {"source": "fd00:9::/64", "backend": backend}
    absent: Raw = {**rule, "state": "absent"}
    run("masquerade", **rule)
    steps = len(run("masquerade", check=True, **absent)["actions"])
    for number in range(1, steps + 3):
        assert kill_before_change(number, "masquerade", absent) == -9
        run("netns", **_NOTHING)
        assert sh("sysctl -n net.ipv6.conf.eth1.forwarding") == "1\n", number
        run("masquerade", **absent)
        # The rules of a run are removed at once, unlike here.
        left = differences(before, stable_snapshot())
        assert left.keys() <= {"host"}, (number, left)
        run("masquerade", **rule)


@pytest.mark.parametrize(
    ("key", "value"),
    [("net.ipv4.ip_forward", 0), ("net.ipv4.ip_forward", 1), ("net.ipv6.conf.all.forwarding", 1)],
)
def test_forwarding_of_each_link_is_as_it_was(host: None, key: str, value: int) -> None:
    """In a namespace of others, in which links forward or do not."""
    family = key.split(".")[1]
    sh(f"ip netns add theirs; ip netns exec theirs sh -c '{_LINKS}'")
    sh(
        f"ip netns exec theirs sysctl -qw {key}={1 - value} "
        f"net.{family}.conf.eth0.forwarding=0 net.{family}.conf.eth1.forwarding=1"
    )
    before = _read_forwarding(family)
    raw: Raw = {"name": "theirs", "sysctls": {key: value}}
    changed = 0
    for number in range(1, 10):
        assert kill_before_change(number, "netns", raw) == -9
        changed += _read_forwarding(family) != before
        run("netns", **_NOTHING)
        assert _read_forwarding(family) == before, number
    assert changed


def _read_forwarding(family: str) -> list[str]:
    text = sh(f"ip netns exec theirs sysctl -a -r '^net.{family}.conf.*[.]forwarding$'")
    return sorted(text.splitlines())
