# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes of the path MTU."""

from __future__ import annotations

import pytest

from support.probes import FAR, add_nft_rule, probe
from support.shell import sh

BLUE = "192.168.15.2"


@pytest.mark.parametrize("family", FAR)
@pytest.mark.parametrize("mtu", [1500, 1400, 1281])
def test_the_path_mtu_is_reported_by_a_router(near_router_far: None, family: str, mtu: int) -> None:
    sh(f"ip -n router link set dev far1 mtu {mtu}; ip -n far link set dev far0 mtu {mtu}")
    (result,) = probe({"netns": "near", "to": "far", "family": family, "path_mtu": True})
    assert (result.ok, result.path_mtu) == (True, mtu)


@pytest.mark.parametrize("family", FAR)
def test_the_path_mtu_is_found_without_reports_of_routers(
    near_router_far: None, family: str
) -> None:
    sh("ip -n router link set dev far1 mtu 1337; ip -n far link set dev far0 mtu 1337")
    add_nft_rule("router", "output", "icmp type destination-unreachable drop")
    add_nft_rule("router", "output", "icmpv6 type packet-too-big drop")
    (result,) = probe({"netns": "near", "to": "far", "family": family, "path_mtu": True})
    assert (result.ok, result.path_mtu) == (True, 1337)


@pytest.mark.parametrize("family", FAR)
def test_the_path_mtu_over_a_bridge_port_is_found(lab: None, family: str) -> None:
    """The port passes four bytes more than its MTU, for a VLAN tag (is_skb_forwardable in
    net/core/dev.c).
    """
    sh("ip link set dev veth-red-br mtu 1300")
    found = probe(
        {"netns": "red", "to": "blue", "family": family, "path_mtu": True},
        {"netns": "blue", "to": BLUE, "path_mtu": True},
    )
    assert [result.path_mtu for result in found] == [1304, 65535]


def test_an_unreachable_target_has_no_path_mtu(lab: None) -> None:
    (result,) = probe({"netns": "red", "to": "192.168.15.77", "path_mtu": True, "timeout": 0.2})
    assert result.path_mtu is None
