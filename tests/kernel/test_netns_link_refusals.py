# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that cannot be added are refused before any change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Refused,
)

from support.snapshot import differences, take_snapshot
from support.tasks import run

REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"type": "macvlan"},
        "link: None: is required to create leg, a macvlan, which needs a parent link",
    ),
    ({"type": "vxlan"}, "id: None: is required to create leg, a vxlan"),
    (
        {"type": "macvlan", "link": "nobody"},
        "link: 'nobody': there is no such interface on the host, and leg needs it as its parent",
    ),
    (
        {"netns": "red", "type": "macvlan", "link": "near"},
        (
            "link: 'near': there is no such interface on the host, and leg needs it as its "
            "parent; namespace red has one: set link_netns: red"
        ),
    ),
    (
        {"type": "macvlan", "link": "port"},
        "link: 'port': is a port of bridge br0, which receives all of its packets; name the bridge",
    ),
    (
        {"type": "macvlan", "link": "station"},
        "link: 'station': is a macvlan itself, and the kernel does not allow one on another",
    ),
    (
        {"type": "macvlan", "link": "eth0", "mtu": 2000},
        r"mtu: 2000: is larger than that of interface eth0 on the host, the parent of leg \(1500\)",
    ),
    (
        {"type": "macvlan", "link": "br0", "bridge": "br0"},
        "bridge: 'br0': leg is on top of that bridge, so it cannot be its port as well",
    ),
    (
        {"type": "macvlan", "link": "eth0", "txqueuelen": 0, "impairment": {"rate": "1mbit"}},
        "txqueuelen: 0: cannot be combined with impairment: the kernel",
    ),
    ({"type": "tun", "bridge": "br0"}, "bridge: 'br0': links of type tun cannot be its ports"),
    (
        {},
        (
            "name: 'leg': there is no such interface on the host, and a task without type "
            ".which says what to create. needs it"
        ),
    ),
    (
        {"name": "br0", "type": "macvlan"},
        "name: 'br0': the host has a bridge of this name, not a macvlan",
    ),
    (
        {"name": "station", "link": "port", "type": "macvlan"},
        (
            "link: 'port': interface station on the host has the parent eth0 on the host, which "
            "cannot be changed; delete it first"
        ),
    ),
    (
        {"name": "station", "mode": "passthru", "type": "macvlan"},
        "mode: 'passthru': interface station on the host has bridge, and mode passthru cannot be "
        "set or left",
    ),
    ({"name": "taps", "type": "tun"}, "name: 'taps': the host has a tap of this name, not a tun"),
    (
        {"name": "taps", "type": "tap", "user": 7},
        ("user: 7: interface taps on the host has 1000, which cannot be changed; delete it first"),
    ),
    (
        {"name": "tunnel", "type": "vxlan", "id": 8},
        ("id: 8: interface tunnel on the host has 7, which cannot be changed; delete it first"),
    ),
    (
        {"type": "vxlan", "id": 7, "dstport": 4789},
        "id: 7: interface tunnel on the host is the vxlan with this id already",
    ),
    (
        {"name": "eth0", "bridge": "br0"},
        (
            "bridge: 'br0': eth0 is the parent of a macvlan, station, and the kernel hands "
            "received packets to that or to a bridge"
        ),
    ),
    (
        {"name": "br0", "state": "absent"},
        "name: 'br0': is a bridge; use module linux_bridge to remove it",
    ),
    (
        {"type": "macvlan", "link": "eth0", "vrf": "br0"},
        "vrf: 'br0': is a bridge on the host, not a vrf",
    ),
]


@pytest.mark.parametrize(("raw", "rule"), REFUSED)
def test_impossible_links_are_refused_before_any_change(
    port: None, raw: dict[str, Any], rule: str
) -> None:
    run("netns", name="red")
    run("linux_bridge", name="br0")
    run("veth", name="port", bridge="br0", peer={"name": "near", "netns": "red"})
    run("netns_link", name="station", type="macvlan", link="eth0")
    run("netns_link", name="taps", type="tap", user=1000)
    run("netns_link", name="tunnel", type="vxlan", id=7)
    before = take_snapshot()
    for check in (True, False):
        with (
            pytest.raises(Refused, match=rule)
            if not check or "there is no such" not in rule or "has one" in rule
            else accepted()
        ):
            run("netns_link", check=check, **{"name": "leg", **raw})
    assert differences(before, take_snapshot()) == {}


@contextmanager
def accepted() -> Iterator[None]:
    """In check mode a missing link may be one that an earlier task would add.

    One of that name beside the new link is more probable to be what was meant.
    """
    yield
