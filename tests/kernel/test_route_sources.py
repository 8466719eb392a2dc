# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes whose source address goes: the kernel drops those of IPv4."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.shell import ip, output
from support.snapshot import differences, take_snapshot
from support.tasks import run, run_as_predicted

DEFAULTS = [
    {"netns": "red", "destination": "default", "gateway": "10.0.0.2"},
    {"netns": "red", "destination": "default", "gateway": "fd00::2"},
]
SOURCES = ("10.0.0.11", "fd00::11")


def topology(sources: bool, **more: Any) -> dict[str, Any]:
    """Return a lab whose routes have a source, or none and not its address either."""
    added = ["10.0.0.11/24", "fd00::11/64"] if sources else []
    hints = [{"source": source} if sources else {} for source in SOURCES]
    return {
        "name": "lab",
        "netns": [{"name": "red"}, {"name": "blue"}],
        "veth": [
            {
                "name": "eth0",
                "netns": "red",
                "addresses": ["10.0.0.1/24", "fd00::1/64", *added],
                "peer": {
                    "name": "eth0",
                    "netns": "blue",
                    "addresses": ["10.0.0.2/24", "fd00::2/64"],
                },
            }
        ],
        "netns_route": [{**route, **hint} for route, hint in zip(DEFAULTS, hints)],
        "purge": True,
        **more,
    }


def test_a_route_stays_without_its_source(host: None) -> None:
    run("topology", **topology(sources=True))
    assert "src 10.0.0.11" in output("ip", "-n", "red", "route", "get", "192.0.2.1")
    run_as_predicted("topology", **topology(sources=False))
    assert "src 10.0.0.1 " in output("ip", "-n", "red", "route", "get", "192.0.2.1")
    assert "src fd00::1 " in output("ip", "-n", "red", "-6", "route", "get", "2001:db8::1")
    assert not run("topology", **topology(sources=False))["changed"]


def test_a_failed_run_brings_sources_back(host: None) -> None:
    run("topology", **topology(sources=True))
    before = take_snapshot()
    probe = {"netns": "red", "to": "10.0.0.9", "timeout": 0.2}
    with pytest.raises(Failed):
        run("topology", **topology(sources=False, probes=[probe]))
    assert not differences(before, take_snapshot())


@pytest.mark.parametrize("gone", ["address", "link"])
def test_a_route_of_another_task_is_told_to_go(host: None, gone: str) -> None:
    run("topology", **topology(sources=False))
    carrier: dict[str, Any] = {
        "name": "up0",
        "netns": "red",
        "peer": {"name": "up0", "netns": "blue"},
    }
    run("veth", **carrier, addresses=["10.9.0.1/32"])
    route: dict[str, Any] = {"netns": "red", "destination": "10.8.0.0/16", "gateway": "10.0.0.2"}
    run("netns_route", **route, source="10.9.0.1")
    ip("route add 10.7.0.0/16 via 10.0.0.2 table 7 src 10.9.0.1", "-n", "red")
    if gone == "link":
        run_as_predicted("veth", **carrier, state="absent")
    else:
        run_as_predicted("veth", **carrier, addresses=["10.9.0.2/32"], force=True)
    assert "10.8.0.0/16" not in output("ip", "-n", "red", "route")
    assert "10.7.0.0/16" in output("ip", "-n", "red", "route", "show", "table", "7")


@pytest.mark.parametrize("owner", ["topology", "netns_route", "another program"])
def test_a_source_stays_when_its_address_gets_another_length(host: None, owner: str) -> None:
    """The kernel takes an IPv6 address with one length only, so the old one goes first."""
    whole = topology(sources=True)
    routes = whole.pop("netns_route")
    run("topology", **whole)
    if owner == "topology":
        whole["netns_route"] = routes
        run("topology", **whole)
    elif owner == "netns_route":
        for route in routes:
            run("netns_route", **route)
    else:
        ip("route add default via 10.0.0.2 src 10.0.0.11 proto bird", "-n", "red")
        ip("route add ::/0 via fd00::2 src fd00::11 proto bird metric 7", "-n", "red")
    whole["veth"][0]["addresses"][2:] = ["10.0.0.11/25", "fd00::11/65"]
    run_as_predicted("topology", **whole)
    assert "src 10.0.0.11" in output("ip", "-n", "red", "route", "show", "default")
    assert "src fd00::11" in output("ip", "-n", "red", "-6", "route", "show", "default")
