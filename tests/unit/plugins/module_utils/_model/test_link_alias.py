# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Aliases of links: the marks of this collection, and what others wrote."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.link_alias import (
    alias_differs,
    names_host_link,
    read_alias_owner,
    save_settings,
    write_alias,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link

PORT = Link(None, "eth1", kind="", up=True, mtu=1500, addresses=("192.0.2.1/24",))


@pytest.mark.parametrize(
    ("link", "alias"),
    [
        (replace(PORT, owner="lab"), "redblue.netns:lab"),
        (replace(PORT, owner=""), "redblue.netns"),
        (replace(PORT, owner="lab", saved=save_settings(PORT)), "redblue.netns:lab was eth1"),
        (PORT, ""),
    ],
)
def test_a_mark_names_its_owner(link: Link, alias: str) -> None:
    assert write_alias(link) == alias
    assert read_alias_owner(alias) == link.owner
    assert names_host_link(alias) == (link.saved is not None)


@pytest.mark.parametrize("text", ["uplink", "", "redblue", "redblue.netnsx was eth1"])
def test_a_foreign_alias_is_kept(text: str) -> None:
    assert read_alias_owner(text) is None
    assert write_alias(replace(PORT, alias=text)) == text


def test_a_link_of_ours_keeps_an_alias_of_others_until_its_mark_is_restored() -> None:
    changed = replace(PORT, owner="lab", alias="uplink")
    restored = replace(changed, alias=None)
    assert write_alias(changed) == "uplink" and write_alias(restored) == "redblue.netns:lab"
    assert alias_differs(changed, restored)


def test_the_marks_of_earlier_releases_name_their_owner() -> None:
    alias = "redblue.netns:lab was eth1 up mtu 1500 192.0.2.1/24"
    assert read_alias_owner(alias) == "lab" and names_host_link(alias)
