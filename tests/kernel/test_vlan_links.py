# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLAN links, tested with packets."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Refused,
)

from support.failing_host import INTERRUPT, fail_at_change
from support.kernel_link_types import need_type
from support.links import RED_AND_BLUE, link_in_each, show_link
from support.pings import ping, reaches
from support.shell import ip
from support.snapshot import differences, take_snapshot
from support.tasks import run, run_as_predicted

pytestmark = pytest.mark.usefixtures("port")


@pytest.mark.parametrize("protocol", ["802.1Q", "802.1ad"])
def test_vlan_links_of_one_id_reach_each_other(protocol: str) -> None:
    need_type("vlan")
    pairs = [{"name": "near", "peer": {"name": "below", "netns": "blue"}}]
    red, blue = link_in_each(type="vlan", id=10, protocol=protocol)
    ends = [{**red, "link": "near"}, {**blue, "link": "below", "link_netns": "blue"}]
    run_as_predicted("topology", **RED_AND_BLUE, veth=pairs, netns_link=ends)
    assert reaches("red", "10.3.0.2") and reaches("red", "fd00:3::2")
    assert f"vlan protocol {protocol} id 10 " in show_link("red", "leg")
    with pytest.raises(
        Conflict,
        match=(
            "id: 11: interface leg in namespace red has 10, which cannot be changed; delete it "
            "first"
        ),
    ):
        run("netns_link", name="leg", netns="red", type="vlan", id=11)
    with pytest.raises(
        Conflict, match="id: 10: interface leg in namespace red is the vlan with this id already"
    ):
        run(
            "netns_link",
            name="other",
            netns="red",
            type="vlan",
            link="near",
            id=10,
            protocol=protocol,
        )
    run("netns_link", name="leg", netns="red", state="absent")
    run("netns_link", **{**red, "link": "near", "id": 12})
    assert not ping("red", "10.3.0.2")


def test_a_vlan_link_is_up_only_while_its_parent_is() -> None:
    need_type("vlan")
    vlan: dict[str, Any] = {
        "name": "leg",
        "type": "vlan",
        "link": "eth0",
        "id": 10,
        "addresses": ["10.3.0.1/24", "fd00:3::1/64"],
    }
    run("netns_link", **vlan)
    before = take_snapshot()
    ip("link set eth0 down")
    with pytest.raises(
        Refused,
        match=(
            "up: True: interface leg on the host cannot be up while interface eth0 on the "
            "host is down"
        ),
    ):
        run("netns_link", **vlan)
    ip("link set eth0 up")
    assert run("netns_link", **vlan)["actions"] == ["add address fd00:3::1/64 of leg on the host"]
    assert differences(before, take_snapshot()) == {}
    for number in range(6):
        message = fail_at_change(
            number,
            INTERRUPT,
            name="lab",
            isolate=False,
            netns_link=[{"name": "eth0", "up": False, "mtu": 1400}],
        )
        assert "could not be undone" not in message
        assert differences(before, take_snapshot()) == {}, number
