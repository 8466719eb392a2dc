# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses that others add to a link, and those that a lower MTU would take."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Refused,
)

from support.doctor import diagnose_host
from support.shell import ip, output, sh
from support.tasks import run, run_as_predicted

VIPS = ("10.0.0.100/32", "10.0.0.101/24", "fd00::100/64")
ADDRESSES = ["10.0.0.1/24", "fd00::1/64"]
LINKS: dict[str, dict[str, Any]] = {
    "veth": {"name": "eth0", "netns": "n1", "peer": {"name": "eth0", "netns": "n2"}},
    "linux_bridge": {"name": "eth0", "netns": "n1"},
    "netns_link": {"name": "lo", "netns": "n1"},
}


def add_vips(device: str) -> None:
    """Add addresses as keepalived does."""
    ip("".join(f"addr add {text} dev {device}\n" for text in VIPS), "-n", "n1")


def count_vips() -> int:
    return sum(f" {text} " in output("ip", "-n", "n1", "addr") for text in VIPS)


@pytest.mark.parametrize("module", LINKS)
@pytest.mark.parametrize("purge", [True, False])
def test_addresses_that_others_added_are_kept_if_wanted(
    host: None, module: str, purge: bool
) -> None:
    for name in ("n1", "n2"):
        run("netns", name=name)
    link: dict[str, Any] = {**LINKS[module], "addresses": ADDRESSES, "purge_addresses": purge}
    run(module, **link)
    add_vips(link["name"])
    assert run(module, **link)["changed"] is purge
    assert count_vips() == (0 if purge else len(VIPS))
    more = {**link, "addresses": [*ADDRESSES, "10.7.0.1/24", VIPS[0]]}
    run_as_predicted(module, **more)
    assert count_vips() == (1 if purge else len(VIPS))


def test_each_end_of_a_pair_keeps_its_own(host: None) -> None:
    peer: dict[str, Any] = {
        "name": "eth1",
        "netns": "n1",
        "addresses": [],
        "purge_addresses": False,
    }
    pair: dict[str, Any] = {"name": "eth0", "netns": "n1", "addresses": [], "peer": peer}
    lab: dict[str, Any] = {"name": "lab", "netns": [{"name": "n1"}], "veth": [pair]}
    run("topology", **lab)
    ip("addr add 10.8.0.1/24 dev eth0\naddr add 10.9.0.1/24 dev eth1", "-n", "n1")
    assert run("topology", **lab)["actions"] == [
        "remove address 10.8.0.1/24 of eth0 in namespace n1"
    ]
    assert "10.9.0.1/24" in output("ip", "-n", "n1", "addr")
    assert not [found for found in diagnose_host(lab) if found.check == "not_declared"]
    assert run("topology", name="lab", state="absent")["changed"]


def test_an_mtu_that_would_take_ipv6_addresses_is_refused(host: None) -> None:
    for name in ("n1", "n2"):
        run("netns", name=name)
    pair = LINKS["veth"]
    run("veth", **pair, addresses=ADDRESSES)
    lost = r"mtu: 1279: interface eth0 in namespace n1 would lose its IPv6 addresses \(fd00::1/64\)"
    for check in (True, False):
        with pytest.raises(Refused, match=lost):
            run("veth", check=check, **pair, mtu=1279)
        with pytest.raises(Refused, match=lost):
            run("netns_link", check=check, name="eth0", netns="n1", mtu=1279)
    assert "fd00::1/64" in output("ip", "-n", "n1", "addr")
    run_as_predicted("veth", **pair, mtu=1280)
    run_as_predicted("veth", **pair, mtu=1279, addresses=["10.0.0.1/24"])
    assert "inet6" not in output("ip", "-n", "n1", "addr", "show", "dev", "eth0")


_ROUTED = """
ip -n n1 addr add fe80::77/64 dev eth0 nodad; ip -n n1 addr add fd00:7::1/64 dev eth0 nodad
ip -n n1 neigh add fd00:7::9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent
ip -n n1 -6 route add 2001:db8:1::/48 via fd00:7::9
ip -n n1 nexthop add id 7 via fd00:7::9 dev eth0; ip -n n1 -6 route add 2001:db8:2::/48 nhid 7
ip -n n1 -6 route add 2001:db8:3::/48 dev eth1
"""


def test_an_mtu_without_ipv6_takes_routes_of_others_only_by_force(host: None) -> None:
    run("netns", name="n1")
    pair: dict[str, Any] = {"name": "eth0", "netns": "n1", "peer": {"name": "eth1", "netns": "n1"}}
    run("veth", **pair, addresses=ADDRESSES)
    sh(_ROUTED)
    before = sh("ip -n n1 addr; ip -n n1 -6 route; ip -n n1 neigh")
    smaller = {**pair, "mtu": 1279, "addresses": ["10.0.0.1/24"]}
    for check in (True, False):
        with pytest.raises(Conflict, match=r"mtu: 1279: .* 2001:db8:1::/48 .*2001:db8:2::/48"):
            run("veth", check=check, **smaller)
    assert sh("ip -n n1 addr; ip -n n1 -6 route; ip -n n1 neigh") == before
    (warning,) = run_as_predicted("veth", **smaller, force=True)["warnings"]
    assert "2001:db8:1::/48" in warning and "2001:db8:2::/48" in warning
    assert "2001:db8:3::/48" in sh("ip -n n1 -6 route")
    sh("ip -n n1 link set eth0 mtu 1500; ip -n n1 addr add fe80::77/64 dev eth0 nodad")
    with pytest.raises(Refused, match=r"would lose its IPv6 addresses \(fe80::77/64\)"):
        run("netns_link", name="eth0", netns="n1", mtu=1279)
