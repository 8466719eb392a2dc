# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of each type: desired state, plan and commands on hosts that no kernel of the tests has."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import (
    VrfOptions,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link, SavedSettings
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    BR,
    RED_LO,
    UP0,
    Raw,
    actions_of,
    host,
    plan_of,
)
from ansible_collections.redblue.netns.tests.unit.support.netns_links import (
    LEG,
    MODULE,
    OTHER,
    PORT,
    PUBLIC,
    WG,
)

STRANDED = Link(
    None,
    "wan",
    kind="",
    up=False,
    bridge="",
    addresses=(),
    owner="",
    mtu=1500,
    saved=SavedSettings("eth1", up=True, mtu=1400, addresses=("192.0.2.9/24",)),
)

TABLE: list[tuple[CurrentState, Raw, list[str]]] = [
    (
        host(PORT, RED_LO),
        {
            "name": "leg",
            "netns": "red",
            "type": "vlan",
            "link": "up0",
            "id": 10,
            "addresses": ["10.1.0.1/24"],
        },
        [
            "create vlan leg in namespace red on up0 on the host",
            "leg in namespace red: set accept_ra off, set link_local off",
            "add address 10.1.0.1/24 of leg in namespace red",
            "leg in namespace red: set up",
        ],
    ),
    (
        host(PORT, RED_LO, LEG),
        {
            "name": "leg",
            "netns": "red",
            "type": "vlan",
            "link": "up0",
            "id": 10,
            "protocol": "802.1Q",
        },
        [],
    ),
    (
        host(PORT, RED_LO, LEG),
        {"name": "leg", "netns": "red", "mtu": 1400},
        ["leg in namespace red: set mtu 1400"],
    ),
    (
        host(PORT, RED_LO, LEG),
        {"name": "leg", "netns": "red", "state": "absent"},
        ["delete vlan leg in namespace red"],
    ),
    (host(PORT, RED_LO, LEG), {"name": "up0", "mtu": 1400}, ["up0: set mtu 1400"]),
    (host(), {"name": "leg", "state": "absent"}, []),
    (
        host(),
        {"name": "v", "type": "vrf", "table": 5},
        ["create vrf v", "v: set accept_ra off, set accept_dad off", "v: set up"],
    ),
    (
        host(
            PORT, Link(None, "v", kind="vrf", up=True, bridge="", options=VrfOptions(5), owner="")
        ),
        {"name": "up0", "vrf": "v"},
        ["up0: put into vrf v"],
    ),
    (
        host(WG),
        {"name": "wg0", "type": "wireguard", "listen_port": 6, "peers": [{"public_key": OTHER}]},
        [f"wg0: set listen_port 6, remove peer {PUBLIC}, add peer {OTHER}"],
    ),
    (host(WG), {"name": "wg0", "type": "wireguard", "peers": [{"public_key": PUBLIC}]}, []),
    (
        host(RED_LO, STRANDED),
        {"name": "wan", "netns": "red", "type": "physical", "device": "eth1"},
        ["move wan from the host to namespace red", "wan in namespace red: set up"],
    ),
    (
        host(RED_LO, STRANDED),
        {"name": "wan", "netns": "red", "type": "physical", "device": "eth1", "state": "absent"},
        [
            "rename wan to eth1",
            "eth1: set mtu 1400",
            "eth1: set up",
            "add address 192.0.2.9/24 of eth1 on the host",
            "eth1: remove its mark",
        ],
    ),
    (
        host(RED_LO),
        {"name": "lo", "netns": "red", "addresses": ["10.9.0.1/32"]},
        ["add address 10.9.0.1/32 of lo in namespace red"],
    ),
]


@pytest.mark.parametrize(("current", "raw", "sentences"), TABLE)
def test_the_actions_of_a_plan(current: CurrentState, raw: Raw, sentences: list[str]) -> None:
    assert actions_of(current, MODULE, raw) == sentences


def test_a_kernel_without_the_type_is_refused() -> None:
    with pytest.raises(
        Refused,
        match=(
            r"^type: 'vlan': this kernel has no links of this type \(module 8021q\), which \S+ is "
            r"to be$"
        ),
    ):
        plan_of(
            host(PORT, missing_features=frozenset({"vlan"})),
            MODULE,
            {"name": "leg", "type": "vlan", "link": "up0", "id": 10},
        )


CONFLICTS: list[tuple[CurrentState, Raw, str]] = [
    (
        host(PORT, RED_LO, LEG),
        {"name": "leg", "netns": "red", "type": "vlan", "id": 11},
        "id: 11: interface leg in namespace red has 10, which cannot be changed",
    ),
    (
        host(PORT, RED_LO, LEG),
        {"name": "x", "type": "vlan", "link": "up0", "id": 10},
        "id: 10: interface leg in namespace red is the vlan with this id already",
    ),
    (
        host(PORT, RED_LO, LEG),
        {"name": "leg", "netns": "red", "type": "vlan", "link": "br0"},
        "link: 'br0': interface leg in namespace red has the parent up0 on the",
    ),
    (
        host(PORT, RED_LO, LEG),
        {"name": "leg", "netns": "red", "type": "dummy"},
        "name: 'leg': namespace red has a vlan of this name, not a dummy",
    ),
    (
        host(BR),
        {"name": "br0", "type": "vxlan", "id": 1},
        "name: 'br0': the host has a bridge of this name, not a vxlan",
    ),
    (
        host(PORT),
        {"name": "up0", "state": "absent"},
        "name: 'up0': is a physical interface of the host, which cannot be removed",
    ),
    (
        host(RED_LO, UP0, netns_local={"up0": "is a Wi-Fi interface"}),
        {"name": "up0", "netns": "red", "type": "physical"},
        "name: 'up0': is a Wi-Fi interface",
    ),
]


@pytest.mark.parametrize(("current", "raw", "rule"), CONFLICTS)
def test_a_conflict_is_named(current: CurrentState, raw: Raw, rule: str) -> None:
    with pytest.raises(Refused, match=f"^{rule}"):
        plan_of(current, MODULE, raw)


def test_a_link_with_a_foreign_child_is_not_deleted() -> None:
    parent = Link(None, "mine", kind="dummy", up=True, bridge="", addresses=(), owner="")
    current = host(parent, RED_LO, replace(LEG, parent=(None, "mine"), owner=None))
    raw: Raw = {"name": "mine", "state": "absent"}
    with pytest.raises(
        Conflict,
        match=(
            "^name: 'mine': interface leg in namespace red is on top of it, would be deleted with "
            "it, and is not ours; remove that first"
        ),
    ):
        plan_of(current, MODULE, raw)
    assert actions_of(current, MODULE, {**raw, "force": True}) == ["delete dummy mine"]
