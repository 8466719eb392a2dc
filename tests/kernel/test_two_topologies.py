# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two topologies on one host: resources with the mark of one are not changed by the other."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import route_protocol

from support.shell import ip
from support.snapshot import differences, take_snapshot
from support.tasks import run

FIRST, SECOND = "lab8", "lab12"
"""Names of topologies whose routes have the same protocol number."""


@pytest.fixture(autouse=True)
def uplink(host: None) -> None:
    """An interface of the host that belongs to no topology."""
    ip(
        "link add eth0 type veth peer name far\nlink set far up\nlink set eth0 up\n"
        "addr add 192.0.2.2/24 dev eth0"
    )


def assert_refused(message: str, module: str = "topology", **raw: Any) -> None:
    """Assert that the task is refused, also in check mode, and that the host is unchanged."""
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Conflict, match=message):
            run(module, check=check, **raw)
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("raw", [{"state": "absent"}, {"purge": True}])
@pytest.mark.parametrize("owner", ["b", None])
def test_a_namespace_with_a_veth_pair_of_another_topology_is_kept(
    owner: str | None, raw: dict[str, Any]
) -> None:
    run("topology", name="a", netns=[{"name": "red"}])
    before = take_snapshot()
    pair: dict[str, Any] = {"name": "eth1", "netns": "red", "peer": {"name": "vB"}}
    if owner is None:
        run("veth", **pair)
    else:
        run("topology", name=owner, veth=[pair])
    owner_text = "of topology b" if owner else "of no topology"
    assert_refused(
        (
            rf"name: 'red': it has interfaces that were not created for it: eth1 \({owner_text}\); "
            rf"set force: true to remove it anyway"
        ),
        name="a",
        **raw,
    )
    if owner is None:
        run("veth", **{**pair, "state": "absent"})
    else:
        run("topology", name=owner, state="absent")
    assert differences(before, take_snapshot()) == {}
    assert run("topology", name="a", **raw)["purged"] == ["namespace red"]


def test_rules_of_another_topology_are_not_changed() -> None:
    forward = {"destination_port": 81, "to_destination": "10.1.0.2:80"}
    for name, number in (("a", 1), ("b", 2)):
        leg = {
            "name": "eth0",
            "netns": name,
            "addresses": [f"10.{number}.0.2/24"],
            "peer": {"name": f"v{name}", "addresses": [f"10.{number}.0.1/24"]},
        }
        run("topology", name=name, netns=[{"name": name}], veth=[leg])
    run("topology", name="a", dnat=[forward], masquerade=[{"source": ["10.1.0.0/24"]}])
    assert_refused(
        "destination_port: '81': topology a has a forward of tcp port 81 on the host",
        name="b",
        dnat=[{**forward, "to_destination": "10.2.0.2:80"}],
    )
    assert_refused(
        "source: '10.1.0.0/24': topology a has a masquerade of 10.1.0.0/24 on the host",
        name="b",
        masquerade=[
            {"source": ["10.1.0.0/24"], "destination_except": ["10.9.0.0/16"]},
        ],
    )
    # An identical rule exists once, and is removed with its owner.
    assert run("topology", name="b", dnat=[forward])["actions"] == []
    assert (
        "remove forward of tcp port 81 to 10.1.0.2:80 on the host"
        in run("topology", name="a", state="absent")["actions"]
    )
    assert run("topology", name="b", dnat=[{**forward, "to_destination": "10.2.0.2:80"}])["changed"]


def test_routes_of_another_topology_are_not_changed() -> None:
    route = {"destination": "10.60.0.0/16", "gateway": "192.0.2.60"}
    run("topology", name="a", netns_route=[route])
    message = (
        "destination: '10.60.0.0/16': the host has 10.60.0.0/16 via 192.0.2.60 dev eth0, "
        "added by another topology; set force: true to replace it"
    )
    assert_refused(message, name="b", netns_route=[{**route, "gateway": "192.0.2.61"}])
    assert not run("topology", name="b", netns_route=[route], state="absent")["changed"]
    assert run("topology", name="b", netns_route=[route])["actions"] == []
    assert run("topology", name="a", netns_route=[route], state="absent")["actions"] == [
        "remove route 10.60.0.0/16 via 192.0.2.60 dev eth0 on the host"
    ]


def test_a_route_that_may_belong_to_either_topology_is_left_alone() -> None:
    assert route_protocol(FIRST) == route_protocol(SECOND)
    route = {"destination": "10.60.0.0/16", "gateway": "192.0.2.60"}
    leg = {
        "name": "eth0",
        "netns": "red",
        "addresses": ["10.1.0.2/24"],
        "peer": {"name": "vA", "addresses": ["10.1.0.1/24"]},
    }
    inside = [
        {"destination": "10.61.0.0/16", "gateway": "10.1.0.2"},
        {"netns": "red", "destination": "default", "gateway": "10.1.0.1"},
    ]
    run("topology", name=FIRST, netns=[{"name": "red"}], veth=[leg], netns_route=[route, *inside])
    stands = take_snapshot()
    run("topology", name=SECOND, netns=[{"name": "blue"}])
    assert_refused(
        f"name: '{SECOND}': marks its routes with the same protocol number as topology {FIRST}",
        name=SECOND,
        netns_route=[{**route, "destination": "10.62.0.0/16"}],
    )
    removed = run("topology", name=SECOND, state="absent")
    assert removed["purged"] == ["namespace blue"] and differences(stands, take_snapshot()) == {}
    assert removed["left_alone"] == [
        {
            "what": "route 10.60.0.0/16 via 192.0.2.60 dev eth0 on the host",
            "why": (
                f"may belong to topology {FIRST}, whose routes have the same protocol number; a "
                "netns_route task can remove it"
            ),
        }
    ]
    assert len(run("topology", name=FIRST, state="absent")["purged"]) == 3
