# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A veth pair of others is taken over only if that harms nothing, or with ``force``."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Failed

from support.failing_host import INTERRUPT, fail_at_change
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

_PAIR: dict[str, Any] = {"name": "veth-red", "netns": "red", "peer": {"name": "veth-red-br"}}
_ADDRESSES = """
ip addr add 10.5.0.1/24 dev veth-red; ip addr add fd00:5::1/64 dev veth-red nodad
ip addr add 10.5.7.1/24 dev veth-red-br
"""
_SETTINGS = """
tc qdisc add dev veth-red root handle 5: pfifo limit 50; tc qdisc add dev veth-red clsact
sysctl -qw net.ipv4.conf.veth-red.rp_filter=2 net.ipv6.conf.veth-red.hop_limit=33
ip link set veth-red group 7; ip link set veth-red txqueuelen 77
"""
_SHOWN = "ip route; ip -6 route; tc qdisc show dev veth-red"
_ROUTES = """
ip route add 10.6.0.0/16 via 10.5.0.9 proto bird
ip route add 10.7.0.0/16 via inet6 fe80::9 dev veth-red
"""
USES = {
    "an address": "ip addr add 10.5.0.1/24 dev veth-red",
    "an IPv6 address": "ip addr add fd00:5::1/64 dev veth-red nodad",
    "a route": "ip route add 10.6.0.0/16 dev veth-red",
    "a bridge": "ip link add br0 type bridge; ip link set veth-red master br0",
    "a link on it": "ip link add link veth-red name leg type macvlan",
    "a class": """tc qdisc add dev veth-red root handle 1: htb
        tc class add dev veth-red parent 1: classid 1:a htb rate 1mbit""",
    "a filter": """tc qdisc add dev veth-red clsact
        tc filter add dev veth-red egress protocol ip u32 match u32 0 0""",
}


def topology(**options: Any) -> Raw:
    return {"name": "lab", "netns": [{"name": "red"}], "veth": [{**_PAIR, **options}]}


@pytest.fixture
def pair(host: None) -> None:
    """A veth pair of the host, both ends up."""
    sh("sysctl -qw net.ipv6.conf.default.accept_dad=0")
    sh("ip link add veth-red type veth peer name veth-red-br")
    sh("ip link set veth-red up; ip link set veth-red-br up")


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("module", ["veth", "topology"])
def test_a_pair_in_use_is_not_taken_over_without_force(pair: None, use: str, module: str) -> None:
    sh(f"ip netns add red; {USES[use]}")
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Conflict, match="it would lose .*; set force: true to move it anyway"):
            run(module, check=check, **(_PAIR if module == "veth" else topology()))
        assert differences(before, take_snapshot()) == {}


def test_a_pair_that_is_not_used_is_taken_over_and_given_back(pair: None) -> None:
    before = take_snapshot()
    run_as_predicted("topology", **topology())
    run_as_predicted("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_filters_that_are_lost_by_force_are_told(pair: None) -> None:
    """Also those of an end whose peer is in its place already."""
    sh("ip netns add red; ip link set veth-red-br netns red; tc qdisc add dev veth-red ingress")
    sh("tc filter add dev veth-red ingress protocol ip pref 7 u32 match u32 0 0")
    raw: Raw = {**_PAIR, "peer": {"name": "veth-red-br", "netns": "red"}}
    lost = "the filter ingress pref 7 u32"
    with pytest.raises(Conflict, match=f"it would lose {lost}; set force: true"):
        run("veth", check=True, **raw)
    done = run_as_predicted("veth", **raw, force=True)
    assert done["warnings"] == [
        f"interface veth-red on the host is moved and loses for good: {lost}"
    ]
    assert not run("veth", **raw)["changed"]


@pytest.mark.parametrize("module", ["veth", "topology"])
def test_what_is_lost_by_force_is_told_and_given_back(pair: None, module: str) -> None:
    run("netns", name="red")
    sh(_ADDRESSES + _ROUTES)
    before = take_snapshot()
    if module == "topology":
        run("netns", name="red", state="absent")
    raw = topology(force=True) if module == "topology" else {**_PAIR, "force": True}
    done = run_as_predicted(module, **raw)
    for lost in ("route 10.6.0.0/16", "address 10.5.0.1/24", "address fd00:5::1/64"):
        assert any(action.startswith(f"remove {lost}") for action in done["actions"]), lost
    assert done["warnings"] == []
    assert "10.5.7.1/24" in sh("ip addr show dev veth-red-br")
    if module == "topology":
        assert not run("topology", **topology())["changed"]
        run_as_predicted("topology", name="lab", state="absent")
        run("netns", name="red")
    else:
        run_as_predicted("veth", name="veth-red", netns="red", state="absent")
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("number", range(6))
def test_a_failed_run_gives_everything_back(pair: None, number: int) -> None:
    sh(_ADDRESSES + _ROUTES + _SETTINGS)
    before, shown = take_snapshot(), sh(_SHOWN)
    message = fail_at_change(number, INTERRUPT, **topology(force=True, addresses=["10.9.0.1/24"]))
    assert "could not be undone" not in message
    assert sh(_SHOWN) == shown
    assert differences(before, take_snapshot()) == {}


def test_a_probe_that_fails_gives_everything_back(pair: None) -> None:
    sh(_ADDRESSES + _ROUTES)
    before = take_snapshot()
    probes = [{"netns": "red", "to": "10.9.0.2", "timeout": 0.3}]
    with pytest.raises(Failed, match="not as expected") as failure:
        run("topology", **topology(force=True, addresses=["10.9.0.1/24"]), probes=probes)
    assert "could not be undone" not in str(failure.value)
    assert differences(before, take_snapshot()) == {}


def test_a_pair_in_a_namespace_of_the_topology_becomes_its_own_by_force(host: None) -> None:
    run("topology", name="lab", netns=[{"name": "red"}])
    sh("ip link add veth-red-br type veth peer name veth-red netns red")
    run("topology", **topology())
    with pytest.raises(Conflict, match="not created for it: veth-red"):
        run("topology", name="lab", state="absent")
    run_as_predicted("topology", **topology(force=True))
    run_as_predicted("topology", name="lab", state="absent")
    # The kernel deletes the other end with it, some time after the namespace.
    sh("timeout 5 bash -c 'while ip link show veth-red-br; do sleep 0.1; done'")
