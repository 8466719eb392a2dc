# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways that are like others and mean something else: the same addresses twice, routers that refuse, bridges in a ring, answers that take their time."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.module_utils._findings import Finding
from doctor_lab import ask, sh

TWINS = """
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
for twin in a z; do
  for end in h r; do ip netns add $twin-$end; ip -n $twin-$end link set lo up; done
  ip -n $twin-h link add e0 type veth peer name e0 netns $twin-r
  for end in h r; do ip -n $twin-$end link set e0 up; done
  ip -n $twin-h addr add 10.0.0.2/24 dev e0; ip -n $twin-r addr add 10.0.0.1/24 dev e0
done
ip -n a-h route add default via 10.0.0.1
"""
"""Two networks with the same addresses, each of a host and its router."""
FORWARD = "ip netns exec {} sysctl -qw net.ipv4.ip_forward={}"


def told(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.check, one.severity, one.subject) for one in found]


def test_networks_with_the_same_addresses_are_kept_apart(host: None) -> None:
    sh(TWINS)
    sh(FORWARD.format("a-r", 1))
    assert ask() == []
    sh(f"{FORWARD.format('a-r', 0)}; {FORWARD.format('z-r', 1)}")
    assert told(ask()) == [("forwarding_off", "error", "a-r/ipv4:e0")]
    sh(f"{FORWARD.format('a-r', 1)}; mac=$(ip netns exec a-r cat /sys/class/net/e0/address); ip -n z-h neigh replace 10.0.0.1 lladdr $mac dev e0 nud permanent")
    assert told(ask()) == [("neighbour_wrong", "error", "z-h/10.0.0.1")]
    sh("mac=$(ip netns exec z-r cat /sys/class/net/e0/address); ip -n z-h neigh replace 10.0.0.1 lladdr $mac dev e0 nud permanent")
    assert ask() == []


def test_who_is_reached_by_somebody_else_is_no_wrong_neighbour(host: None) -> None:
    """A router answers by its link for all addresses that it has, and may be told to answer for others behind it."""
    sh(TWINS)
    sh("ip -n a-r addr add 10.9.9.9/32 dev lo; ip -n a-h route add 10.9.9.9 dev e0; mac=$(ip netns exec a-r cat /sys/class/net/e0/address)\n"
       f"ip -n a-h neigh replace 10.9.9.9 lladdr $mac dev e0 nud permanent; {FORWARD.format('a-r', 1)}")
    assert ask() == []
    sh("ip -n a-h neigh replace 10.9.9.9 lladdr 02:00:00:00:00:99 dev e0 nud permanent")
    assert told(ask()) == [("neighbour_wrong", "error", "a-h/10.9.9.9")]
