# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A link that was taken from the host returns with all that others had on it, byte for byte."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Refused,
)

from support.failing_host import INTERRUPT, fail_at_change
from support.patience import await_equal
from support.shell import sh
from support.tasks import LAB_ABSENT, Raw, run, run_as_predicted

_LINKS = """
sysctl -qw net.ipv6.conf.default.accept_dad=0
ip link add eth1 type veth peer name far; ip link add up0 type veth peer name up1
for name in eth1 far up0 up1; do ip link set $name up; done
ip addr add 10.99.0.1/24 dev up0; ip addr add fd00:99::1/64 dev up0 nodad
ip link set eth1 alias mine group 7 txqueuelen 77; ip link property add dev eth1 altname enp0s1
until [ $(ip -6 addr show scope link -tentative | grep -c fe80) = 4 ]; do sleep 0.1; done
until [ $(ip -6 route show table local | grep -cE '^(local fe80|multicast ff00)') = 8 ]; do
    sleep 0.1
done
"""
_ADDRESSES = """
ip addr add 10.5.0.1/24 dev eth1 label eth1:a metric 50; ip addr add 10.5.0.5/24 dev eth1
ip addr add 10.5.0.6/24 dev eth1 noprefixroute; ip addr add 10.6.0.1 peer 10.6.0.2/32 dev eth1
ip addr add 10.7.0.1/24 brd 10.7.0.77 dev eth1
ip addr add 10.8.0.1/24 dev eth1 valid_lft 4000 preferred_lft 3000
ip addr add fd00:5::1/64 dev eth1 nodad preferred_lft 0
ip addr add fd00:5::2/64 dev eth1 nodad noprefixroute metric 77
ip addr add fd00:6::1 peer fd00:6::2/128 dev eth1 nodad; ip addr add fe80::77/64 dev eth1 nodad
"""
_ROUTES = """
ip route add 198.51.100.0/24 via inet6 fe80::10 dev eth1 proto bgp
ip route add 198.51.101.0/24 via 10.5.0.10 proto bird advmss 1400 initcwnd 20
ip route add 198.51.102.0/24 via 10.5.0.10 proto bird src 10.5.0.5 tos 0x10
ip nexthop add id 7 via 10.5.0.10 dev eth1; ip nexthop add id 5 via 10.99.0.9 dev up0
ip nexthop add id 9 group 7,5
ip route add 198.51.103.0/24 nhid 7; ip route add 198.51.104.0/24 nhid 9
ip route add 198.51.105.0/24 proto bird nexthop via 10.5.0.10 weight 1 \
    nexthop via 10.99.0.9 dev up0 weight 2
ip route add 198.51.106.0/24 encap ip id 7 dst 10.5.0.10 dev eth1 table 1000
ip -6 route add 2001:db8:1::/48 via fd00:5::10 src fd00:5::2 proto bird mtu 1300 pref high
ip -6 route add 2001:db8:5::/48 via fe80::10 dev eth1 expires 5000 proto ra
ip neigh add 10.5.0.99 lladdr 02:00:00:00:00:99 dev eth1 nud permanent
ip neigh add proxy 10.5.0.98 dev eth1
"""
_SETTINGS = """
tc qdisc add dev eth1 root handle 5: pfifo limit 50; tc qdisc add dev eth1 clsact
sysctl -qw net.ipv4.conf.eth1.rp_filter=2 net.ipv4.conf.eth1.forwarding=1
sysctl -qw net.ipv6.conf.eth1.hop_limit=33 net.ipv4.neigh.eth1.gc_stale_time=77
"""
_SHOWN = """
ip -d addr show dev eth1; ip route show table all; ip -6 route show table all; ip nexthop
ip neigh show nud permanent; ip neigh show proxy; tc qdisc show dev eth1
sysctl -a 2>/dev/null | grep 'eth1'; bridge -d link show dev eth1
bridge fdb show dev eth1 | grep -E 'static|permanent' || :
"""
_COUNTED = re.compile(
    r"(valid_lft|preferred_lft|expires|promiscuity|refcnt|message_age|designated_cost) \S+|"
    r"\S+_timer +\S+|state \S+|^\d+: ",
    re.MULTILINE,
)


def show() -> list[str]:
    """All that belongs to eth1, without what the kernel counts, in any order but of addresses."""
    lines = [line.strip() for line in _COUNTED.sub("", sh(_SHOWN)).splitlines()]
    return [*(line for line in lines if "inet" in line), *sorted(lines)]


TAKEN: dict[str, Raw] = {
    "veth": {"veth": [{"name": "eth1", "netns": "red", "peer": {"name": "far"}, "force": True}]},
    "physical": {
        "netns_link": [
            {"name": "wan", "netns": "red", "type": "physical", "device": "eth1", "force": True}
        ]
    },
}


@pytest.fixture(params=TAKEN)
def lab(host: None, request: pytest.FixtureRequest) -> Raw:
    """A topology that takes eth1 of this host."""
    sh(_LINKS)
    return {"name": "lab", "netns": [{"name": "red"}], **TAKEN[request.param]}


def without_force(lab: Raw) -> Raw:
    return {
        name: [{key: value for key, value in item.items() if key != "force"} for item in items]
        if isinstance(items, list)
        else items
        for name, items in lab.items()
    }


def with_addresses(lab: Raw, *addresses: str) -> Raw:
    (kind,) = {"veth", "netns_link"} & lab.keys()
    return {**lab, kind: [{**lab[kind][0], "addresses": [*addresses]}]}


def test_all_of_it_comes_back(lab: Raw) -> None:
    sh(_ADDRESSES + _ROUTES + _SETTINGS)
    before = show()
    done = run_as_predicted("topology", **with_addresses(lab, "10.1.0.1/24", "10.5.0.1/24"))
    assert "10.5.0.5/24" not in sh("ip addr; ip -n red addr")
    assert "198.51.101.0/24" in str((done["actions"], done["warnings"]))
    # What is on record outlives other runs, and other addresses in the namespace.
    run("topology", **with_addresses(lab, "10.1.0.2/24", "10.5.0.5/24"))
    run("netns", name="green")
    assert run_as_predicted("topology", **LAB_ABSENT)["warnings"] == []
    assert await_equal(show, before) == before


@pytest.mark.parametrize("use", [_ADDRESSES, "ip -6 route add 2001:db8::/48 dev eth1"])
def test_a_link_in_use_is_not_taken_without_force(lab: Raw, use: str) -> None:
    sh(use)
    before = show()
    for check in (True, False):
        with pytest.raises((Conflict, Refused), match="would lose .*; set force: true to"):
            run("topology", check=check, **without_force(lab))
    assert await_equal(show, before) == before


def test_a_link_that_is_only_up_is_taken(lab: Raw) -> None:
    before = show()
    run_as_predicted("topology", **without_force(lab))
    run_as_predicted("topology", **LAB_ABSENT)
    assert await_equal(show, before) == before


def test_the_place_in_a_bridge_comes_back(lab: Raw) -> None:
    sh(
        "ip link add br0 type bridge; ip link set br0 up; ip link set eth1 master br0; "
        "bridge link set dev eth1 cost 77 priority 9 guard on isolated on; "
        "bridge fdb add 02:00:00:00:00:54 dev eth1 master static"
    )
    before = show()
    run_as_predicted("topology", **lab)
    run_as_predicted("topology", **LAB_ABSENT)
    assert await_equal(show, before) == before


def test_what_has_expired_stays_away(lab: Raw) -> None:
    sh("ip addr add 10.5.0.1/24 dev eth1")
    before = show()
    sh("ip addr add 10.8.0.1/24 dev eth1 valid_lft 1 preferred_lft 1")
    run("topology", **lab)
    sh("sleep 1.1")
    run("topology", **LAB_ABSENT)
    assert await_equal(show, before) == before


def test_the_place_of_others_is_not_taken(lab: Raw) -> None:
    sh(
        "ip addr add 10.5.0.1/24 dev eth1; ip route add 198.51.100.0/24 via 10.5.0.9; "
        "ip addr add fd00:5::1/64 dev eth1 nodad; ip -6 route add 2001:db8::/48 via fd00:5::9; "
        "ip route add 198.51.101.0/24 via 10.5.0.9; ip nexthop add id 7 via 10.5.0.9 dev eth1"
    )
    run("topology", **lab)
    sh(
        "ip route add 198.51.100.0/24 via 10.99.0.9; ip nexthop add id 7 via 10.99.0.9 dev up0; "
        "ip -6 route add 2001:db8::/48 via fd00:99::9"
    )
    (done,) = [run("topology", **LAB_ABSENT)]
    missing = str(done["warnings"])
    for what in ("route 198.51.100.0/24 via 10.5.0.9", "route 2001:db8::/48 via", "a nexthop"):
        assert f"not given back to the host: {what}" in missing
    assert len(done["warnings"]) == 3
    routes = sh("ip route; ip -6 route; ip nexthop")
    assert "198.51.101.0/24 via 10.5.0.9" in routes
    for line in ("198.51.100.0/24 via 10.99.0.9", "2001:db8::/48 via fd00:99::9", "id 7 via 10.99"):
        assert routes.count(line.partition(" via ")[0]) == 1 and line in routes


def test_a_return_that_failed_is_followed_by_one_that_gives_all_back(lab: Raw) -> None:
    sh(_ADDRESSES + _ROUTES + _SETTINGS)
    before = show()
    run("topology", **lab)
    for number in range(6):
        assert "could not be undone" not in fail_at_change(number, INTERRUPT, **LAB_ABSENT)
    run("topology", **LAB_ABSENT)
    assert await_equal(show, before) == before


def test_a_link_that_moves_on_keeps_what_it_had(lab: Raw) -> None:
    sh(_ADDRESSES + _ROUTES + _SETTINGS)
    before = show()
    run("topology", **lab)
    (kind,) = {"veth", "netns_link"} & lab.keys()
    moved: dict[str, Any] = {**lab[kind][0], "netns": "blue"}
    run("topology", **{**lab, "netns": [{"name": "blue"}], kind: [moved], "purge": True})
    assert run("topology", **LAB_ABSENT)["warnings"] == []
    assert await_equal(show, before) == before
