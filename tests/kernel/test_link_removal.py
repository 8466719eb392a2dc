# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are deleted with their namespace, and links that need what a deleted one had."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
)

from support.links import RED_AND_BLUE
from support.shell import ip, output
from support.snapshot import differences, take_snapshot
from support.tasks import run, run_as_predicted


def test_a_link_with_a_foreign_child_is_not_deleted(host: None) -> None:
    trunk = {"name": "trunk", "peer": {"name": "trunk-far"}}
    run("topology", **RED_AND_BLUE, veth=[trunk])
    ip("link add link trunk name theirs netns red type macvlan")
    before = take_snapshot()
    with pytest.raises(
        Conflict,
        match=(
            "name: 'trunk': interface theirs in namespace red is on top of it, would be deleted "
            "with it, and is not ours; remove that first"
        ),
    ):
        run("topology", **RED_AND_BLUE, purge=True)
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize(
    "more",
    [{"type": "macvlan"}, {"type": "macvlan", "mode": "passthru"}, {"type": "vxlan", "id": 7}],
    ids=str,
)
def test_links_of_a_deleted_namespace_can_be_added_again_at_once(
    port: None, more: dict[str, Any], by_hand: bool
) -> None:
    """The kernel destroys a namespace later; until then MAC addresses, ids and parents of
    its links are in use.
    """
    lab: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "red"}],
        "netns_link": [{"name": "leg", "netns": "red", "link": "eth0", **more}],
    }
    for _time in range(5):
        assert run("topology", **lab)["changed"]
        if by_hand:
            ip("netns del red")
        else:
            run("topology", name="lab", state="absent")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "vxlan", "id": 7}, {"type": "vxlan", "id": 7}),
        ({"type": "macvlan"}, {"type": "macvlan", "mode": "passthru"}),
        ({"type": "macvlan", "mode": "passthru"}, {"type": "macvlan"}),
    ],
    ids=str,
)
def test_a_link_that_needs_the_resources_of_a_deleted_one_is_added_after_it(
    port: None, old: dict[str, Any], new: dict[str, Any]
) -> None:
    """The new link has another name, another namespace, or both; the old one is deleted or
    goes with its namespace.
    """

    def lab(netns: str, name: str, options: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": "lab",
            "purge": True,
            "netns": [{"name": netns}],
            "netns_link": [{"name": name, "netns": netns, "link": "eth0", **options}],
        }

    for netns, name, options in (
        ("red", "leg", old),
        ("red", "other", new),
        ("red", "leg", old),
        ("blue", "leg", new),
        ("red", "other", old),
    ):
        assert run_as_predicted("topology", **lab(netns, name, options))["changed"]
        links = output("ip", "-n", netns, "-br", "link", "show", "type", options["type"])
        assert [line.split("@")[0] for line in links.splitlines()] == [name]


def test_hundreds_of_macvlan_links_are_added_and_removed(port: None) -> None:
    lab: dict[str, Any] = {
        "name": "lab",
        "isolate": False,
        "range": [
            {"count": 200, "netns_link": [{"name": "m{n}", "type": "macvlan", "link": "eth0"}]}
        ],
    }
    empty = take_snapshot()
    made = run("topology", **lab)
    assert made["summary"]["netns_link"] == 200
    assert not run("topology", **lab)["changed"]
    run("topology", name="lab", state="absent")
    assert differences(empty, take_snapshot()) == {}
