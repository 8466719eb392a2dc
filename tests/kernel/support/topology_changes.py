# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labs that become others, where something is wanted at the very place of what goes."""

from __future__ import annotations

from typing import Any

from ansible_collections.redblue.netns.plugins.filter.bridge_lab import FilterModule

from support.tasks import Raw

Item = dict[str, Any]


def cable(place: str | None, far: str = "far", name: str = "eth0", **peer: Any) -> Item:
    """From a namespace, to the host where nothing else is said."""
    return {"name": name, **({"netns": place} if place else {}), "peer": {"name": far, **peer}}


def lab(*netns: str, **kinds: list[Item]) -> Raw:
    return {"name": "lab", "purge": True, "netns": [{"name": name} for name in netns], **kinds}


def _of_filter(**options: Any) -> Raw:
    forward = {"destination_port": 80, "namespace": "blue", "to_port": 80}
    made: Raw = FilterModule().filters()["bridge_lab"](
        ["red", "blue"], network="192.168.15.0/24", forwards=[forward], **options
    )
    return {**made, "purge": True}


def _on_top(link: str, **below: list[Item]) -> Raw:
    leg = {
        "name": "leg",
        "netns": "red",
        "type": "macvlan",
        "link": link,
        "addresses": ["10.3.0.1/24"],
    }
    return lab("red", "blue", **below, netns_link=[leg])


def _furnished(far: str) -> Raw:
    """A cable with all that is set on it, or by its name."""
    end = {"addresses": ["10.4.0.2/24", "fd00:4::2/64"], "impairment": {"rate": "10mbit"}}
    made = lab(
        "red",
        veth=[{**cable("red", far, addresses=["10.4.0.1/24"]), **end}],
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


_TWO = [cable("red", "far-0"), cable("blue", "far-1", "eth1")]
_PORT = {"name": "wan", "netns": "red", "type": "physical", "device": "port0"}
_TAP = {"name": "leg", "netns": "red", "type": "tap"}

LATE: dict[str, tuple[Raw, Raw]] = {
    "a namespace has another name, and its cable's far end has not": (
        lab("red", veth=[cable("red")]),
        lab("blue", veth=[cable("blue")]),
    ),
    "a bridge, of a cable that goes with its namespace": (
        lab("red", veth=[cable("red")]),
        lab(linux_bridge=[{"name": "far"}]),
    ),
    "a cable of the host, of one that goes with its namespace": (
        lab("red", veth=[cable("red")]),
        lab(veth=[cable(None, "far", "near")]),
    ),
    "a cable to a third namespace": (
        lab("red", "green", veth=[cable("red", netns="green")]),
        lab("blue", "green", veth=[cable("blue", netns="green")]),
    ),
    "a cable of the namespace that stays": (
        lab("red", "green", veth=[cable("red", netns="green")]),
        lab("green", veth=[cable("green", "eth0", "far")]),
    ),
    "the switch comes to the host": (_of_filter(switch_netns="sw"), _of_filter()),
    "the switch has another namespace": (
        _of_filter(switch_netns="sw"),
        _of_filter(switch_netns="sw2"),
    ),
    "a bridge has another name, and what sits on it has not": (
        _on_top("one", linux_bridge=[{"name": "one", "addresses": ["10.3.0.9/24"]}]),
        _on_top("two", linux_bridge=[{"name": "two", "addresses": ["10.3.0.9/24"]}]),
    ),
    "a cable has another name, and what sits on it has not": (
        _on_top("one", veth=[cable(None, "one-far", "one")]),
        _on_top("two", veth=[cable(None, "two-far", "two")]),
    ),
    "a bridge in a namespace, of what sits on one that goes": (
        _on_top("one", linux_bridge=[{"name": "one"}]),
        lab("red", "blue", linux_bridge=[{"name": "leg", "netns": "red"}]),
    ),
}
"""What would free its place by the end of a run only."""

UNLIKE: dict[str, tuple[Raw, Raw]] = {
    "the switch comes into a namespace": (_of_filter(), _of_filter(switch_netns="sw")),
    "a cable's end has another name": (
        lab("red", veth=[cable("red")]),
        lab("red", veth=[cable("red", name="eth1")]),
    ),
    "a cable's far end has another name, with all that is set on it": (
        _furnished("far"),
        _furnished("far-1"),
    ),
    "a cable's end has another name and place": (
        lab("red", "blue", veth=[cable("red")]),
        lab("red", "blue", veth=[cable("blue", name="eth1")]),
    ),
    "two cables swap their far ends": (
        lab("red", "blue", veth=_TWO),
        lab("red", "blue", veth=[cable("red", "far-1"), cable("blue", "far-0", "eth1")]),
    ),
    "two cables of the same names swap their namespaces": (
        lab("red", "blue", veth=[cable("red", "far-0"), cable("blue", "far-1")]),
        lab("red", "blue", veth=[cable("red", "far-1"), cable("blue", "far-0")]),
    ),
    "two cables of the same names swap their far ends": (
        lab("red", "blue", "a", "b", veth=[cable("red", netns="a"), cable("blue", netns="b")]),
        lab("red", "blue", "a", "b", veth=[cable("red", netns="b"), cable("blue", netns="a")]),
    ),
    "two cables become one": (
        lab("red", "blue", "a", "b", veth=[cable("red", netns="a"), cable("blue", netns="b")]),
        lab("red", "blue", "a", "b", veth=[cable("red", netns="b")]),
    ),
    "a cable moves, and another comes in its place": (
        lab("red", "blue", veth=[cable("red", "far-0")]),
        lab("red", "blue", veth=[cable("red", "far-1"), cable("blue", "far-0")]),
    ),
    "a cable moves, and a bridge comes in its place": (
        lab("red", "blue", veth=[cable("red")]),
        lab("red", "blue", veth=[cable("blue")], linux_bridge=[{"name": "eth0", "netns": "red"}]),
    ),
    "an end becomes a bridge": (
        lab("red", veth=[cable("red")]),
        lab("red", linux_bridge=[{"name": "far", "addresses": ["10.1.0.1/24"]}]),
    ),
    "a bridge with a port becomes an end": (
        lab("red", linux_bridge=[{"name": "sw"}], veth=[cable("red", bridge="sw")]),
        lab("red", veth=[cable("red", "sw")]),
    ),
    "a tap becomes a tun": (
        lab("red", netns_link=[_TAP]),
        lab("red", netns_link=[{**_TAP, "type": "tun"}]),
    ),
    "a tap becomes an end": (
        lab("red", netns_link=[_TAP]),
        lab("red", veth=[cable("red", name="leg")]),
    ),
    "a cable like one of the host": (
        lab("red", veth=[cable(None)]),
        lab(
            "red",
            veth=[
                cable(None),
                {"name": "eth0", "netns": "red", "peer": {"name": "far", "netns": "red"}},
            ],
        ),
    ),
    "what sits on an end that goes becomes a tun": (
        lab(
            "red",
            veth=[cable("red")],
            netns_link=[{"name": "leg", "type": "macvlan", "link": "eth0", "link_netns": "red"}],
        ),
        lab(
            "red",
            veth=[cable("red", name="eth1")],
            netns_link=[{"name": "leg", "type": "tun", "addresses": ["10.3.0.1/24"]}],
        ),
    ),
    "a port of the host goes home, and an end comes": (
        lab("red", netns_link=[_PORT]),
        lab("red", veth=[cable("red", name="wan")]),
    ),
    "an end goes, and a port of the host comes": (
        lab("red", veth=[cable("red", name="wan")]),
        lab("red", netns_link=[_PORT]),
    ),
}
"""What bears a wanted name and is something else."""
