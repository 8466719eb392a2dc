# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pairs of topologies: the second needs names or links that the first uses."""

from __future__ import annotations

from typing import Any

from ansible_collections.redblue.netns.plugins.filter.bridge_lab import FilterModule

from support.tasks import Raw

Item = dict[str, Any]


def veth(place: str | None, far: str = "far", name: str = "eth0", **peer: Any) -> Item:
    """A veth pair from a namespace (None: the host) to a peer, by default on the host."""
    return {"name": name, **({"netns": place} if place else {}), "peer": {"name": far, **peer}}


def topology(*netns: str, **kinds: list[Item]) -> Raw:
    return {"name": "lab", "purge": True, "netns": [{"name": name} for name in netns], **kinds}


def _filtered_lab(**options: Any) -> Raw:
    forward = {"destination_port": 80, "namespace": "blue", "to_port": 80}
    made: Raw = FilterModule().filters()["bridge_lab"](
        ["red", "blue"], network="192.168.15.0/24", forwards=[forward], **options
    )
    return {**made, "purge": True}


def _macvlan_on(link: str, **below: list[Item]) -> Raw:
    leg = {
        "name": "leg",
        "netns": "red",
        "type": "macvlan",
        "link": link,
        "addresses": ["10.3.0.1/24"],
    }
    return topology("red", "blue", **below, netns_link=[leg])


def _configured_veth(far: str) -> Raw:
    """A veth pair with addresses, an impairment, NAT, routes and a sysctl of its name."""
    end = {"addresses": ["10.4.0.2/24", "fd00:4::2/64"], "impairment": {"rate": "10mbit"}}
    made = topology(
        "red",
        veth=[{**veth("red", far, addresses=["10.4.0.1/24"]), **end}],
        masquerade=[{"source": "10.4.0.0/24"}],
    )
    routes = [
        {"netns": "red", "destination": "default", "gateway": "10.4.0.1"},
        {"netns": "red", "destination": "10.9.0.0/16", "device": "eth0"},
    ]
    sysctls = {"net.ipv4.conf.eth0.rp_filter": "2"}
    return {
        **made,
        "netns": [{"name": "red", "sysctls": sysctls}],
        "netns_route": routes,
        "dnat": [{"destination_port": 80, "to_destination": "10.4.0.2:80"}],
    }


_TWO = [veth("red", "far-0"), veth("blue", "far-1", "eth1")]
_PORT = {"name": "wan", "netns": "red", "type": "physical", "device": "port0"}
_TAP = {"name": "leg", "netns": "red", "type": "tap"}

CHANGES_IN_ORDER: dict[str, tuple[Raw, Raw]] = {
    "a namespace has another name, and its veth pair's far end has not": (
        topology("red", veth=[veth("red")]),
        topology("blue", veth=[veth("blue")]),
    ),
    "a bridge, of a veth pair that goes with its namespace": (
        topology("red", veth=[veth("red")]),
        topology(linux_bridge=[{"name": "far"}]),
    ),
    "a veth pair of the host, of one that goes with its namespace": (
        topology("red", veth=[veth("red")]),
        topology(veth=[veth(None, "far", "near")]),
    ),
    "a veth pair to a third namespace": (
        topology("red", "green", veth=[veth("red", netns="green")]),
        topology("blue", "green", veth=[veth("blue", netns="green")]),
    ),
    "a veth pair of the namespace that stays": (
        topology("red", "green", veth=[veth("red", netns="green")]),
        topology("green", veth=[veth("green", "eth0", "far")]),
    ),
    "the switch comes to the host": (_filtered_lab(switch_netns="sw"), _filtered_lab()),
    "the switch has another namespace": (
        _filtered_lab(switch_netns="sw"),
        _filtered_lab(switch_netns="sw2"),
    ),
    "a bridge has another name, and its child has not": (
        _macvlan_on("one", linux_bridge=[{"name": "one", "addresses": ["10.3.0.9/24"]}]),
        _macvlan_on("two", linux_bridge=[{"name": "two", "addresses": ["10.3.0.9/24"]}]),
    ),
    "a veth pair has another name, and its child has not": (
        _macvlan_on("one", veth=[veth(None, "one-far", "one")]),
        _macvlan_on("two", veth=[veth(None, "two-far", "two")]),
    ),
    "a bridge in a namespace, of the child of one that goes": (
        _macvlan_on("one", linux_bridge=[{"name": "one"}]),
        topology("red", "blue", linux_bridge=[{"name": "leg", "netns": "red"}]),
    ),
}
"""Names that would be free only at the end of a run."""

REPLACEMENTS: dict[str, tuple[Raw, Raw]] = {
    "the switch comes into a namespace": (_filtered_lab(), _filtered_lab(switch_netns="sw")),
    "a veth pair's end has another name": (
        topology("red", veth=[veth("red")]),
        topology("red", veth=[veth("red", name="eth1")]),
    ),
    "a veth pair's far end has another name, with all that is set on it": (
        _configured_veth("far"),
        _configured_veth("far-1"),
    ),
    "a veth pair's end has another name and place": (
        topology("red", "blue", veth=[veth("red")]),
        topology("red", "blue", veth=[veth("blue", name="eth1")]),
    ),
    "two veth pairs swap their far ends": (
        topology("red", "blue", veth=_TWO),
        topology("red", "blue", veth=[veth("red", "far-1"), veth("blue", "far-0", "eth1")]),
    ),
    "two veth pairs of the same names swap their namespaces": (
        topology("red", "blue", veth=[veth("red", "far-0"), veth("blue", "far-1")]),
        topology("red", "blue", veth=[veth("red", "far-1"), veth("blue", "far-0")]),
    ),
    "two veth pairs of the same names swap their far ends": (
        topology("red", "blue", "a", "b", veth=[veth("red", netns="a"), veth("blue", netns="b")]),
        topology("red", "blue", "a", "b", veth=[veth("red", netns="b"), veth("blue", netns="a")]),
    ),
    "two veth pairs become one": (
        topology("red", "blue", "a", "b", veth=[veth("red", netns="a"), veth("blue", netns="b")]),
        topology("red", "blue", "a", "b", veth=[veth("red", netns="b")]),
    ),
    "a veth pair moves, and another comes in its place": (
        topology("red", "blue", veth=[veth("red", "far-0")]),
        topology("red", "blue", veth=[veth("red", "far-1"), veth("blue", "far-0")]),
    ),
    "a veth pair moves, and a bridge comes in its place": (
        topology("red", "blue", veth=[veth("red")]),
        topology(
            "red", "blue", veth=[veth("blue")], linux_bridge=[{"name": "eth0", "netns": "red"}]
        ),
    ),
    "an end becomes a bridge": (
        topology("red", veth=[veth("red")]),
        topology("red", linux_bridge=[{"name": "far", "addresses": ["10.1.0.1/24"]}]),
    ),
    "a bridge with a port becomes an end": (
        topology("red", linux_bridge=[{"name": "sw"}], veth=[veth("red", bridge="sw")]),
        topology("red", veth=[veth("red", "sw")]),
    ),
    "a tap becomes a tun": (
        topology("red", netns_link=[_TAP]),
        topology("red", netns_link=[{**_TAP, "type": "tun"}]),
    ),
    "a tap becomes an end": (
        topology("red", netns_link=[_TAP]),
        topology("red", veth=[veth("red", name="leg")]),
    ),
    "a veth pair like one of the host": (
        topology("red", veth=[veth(None)]),
        topology(
            "red",
            veth=[
                veth(None),
                {"name": "eth0", "netns": "red", "peer": {"name": "far", "netns": "red"}},
            ],
        ),
    ),
    "the child of an end that goes becomes a tun": (
        topology(
            "red",
            veth=[veth("red")],
            netns_link=[{"name": "leg", "type": "macvlan", "link": "eth0", "link_netns": "red"}],
        ),
        topology(
            "red",
            veth=[veth("red", name="eth1")],
            netns_link=[{"name": "leg", "type": "tun", "addresses": ["10.3.0.1/24"]}],
        ),
    ),
    "a physical link returns, and an end comes": (
        topology("red", netns_link=[_PORT]),
        topology("red", veth=[veth("red", name="wan")]),
    ),
    "an end goes, and a physical link comes": (
        topology("red", veth=[veth("red", name="wan")]),
        topology("red", netns_link=[_PORT]),
    ),
}
"""A link has the wanted name and another type or other properties."""
