# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of a physical link, saved in its alias, and aliases that others wrote."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.link_alias import (
    MAX_ALIAS_BYTES,
    read_alias,
    save_settings,
    write_alias,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link, SavedSettings

PORT = Link(
    None,
    "eth1",
    kind="",
    up=True,
    mtu=1500,
    mac="02:00:00:00:00:01",
    txqueuelen=1000,
    arp=True,
    promisc=False,
    addresses=("192.0.2.1/24", "fd00::1/64"),
)

SAVED_SETTINGS: list[tuple[Link, str]] = [
    (
        PORT,
        (
            "redblue.netns:lab was eth1 up mtu 1500 txqueuelen 1000 address "
            "02:00:00:00:00:01 192.0.2.1/24 fd00::1/64"
        ),
    ),
    (
        replace(PORT, up=False, addresses=(), mac=None),
        "redblue.netns:lab was eth1 mtu 1500 txqueuelen 1000",
    ),
    (
        replace(PORT, arp=False, promisc=True, mac=None, addresses=()),
        "redblue.netns:lab was eth1 up mtu 1500 txqueuelen 1000 noarp promisc",
    ),
    (
        replace(PORT, mac=None, addresses=(), alias="to lan; 100%"),
        "redblue.netns:lab was eth1 up mtu 1500 txqueuelen 1000 alias to%20lan%3B%20100%25",
    ),
    (
        replace(PORT, name="up", alias=None, mac=None, addresses=()),
        "redblue.netns:lab was up up mtu 1500 txqueuelen 1000",
    ),
]


@pytest.mark.parametrize(("link", "text"), SAVED_SETTINGS)
def test_saved_settings_are_read_back(link: Link, text: str) -> None:
    noted = replace(link, owner="lab", saved=save_settings(link), alias=None)
    assert write_alias(noted) == text and len(text) < MAX_ALIAS_BYTES
    assert read_alias(text) == ("lab", noted.saved, None)


def test_a_mark_alone_has_no_saved_settings() -> None:
    assert read_alias("redblue.netns") == ("", None, None) and read_alias("redblue.netns:lab") == (
        "lab",
        None,
        None,
    )
    assert (
        write_alias(Link(None, "eth1", owner="lab")) == "redblue.netns:lab"
        and write_alias(Link(None, "eth1")) == ""
    )


FOREIGN = [
    "uplink",
    "",
    "redblue",
    "redblue.netnsx was eth1",
    "redblue.netns is eth1",
    "redblue.netns:lab  was eth1",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_a_foreign_alias_is_kept(text: str) -> None:
    assert read_alias(text) == (None, None, text)
    assert write_alias(Link(None, "eth1", alias=text)) == text


SPOILT = [
    "was",
    "was eth1 mtu",
    "was eth1 mtu big",
    "was eth1 10.0.0.1/99",
    "was eth1 address 1",
    "was eth1 $(id)",
    "was eth1 mtu 1 alias",
]


@pytest.mark.parametrize("message", SPOILT)
def test_malformed_settings_are_not_read(message: str) -> None:
    assert read_alias(f"redblue.netns:lab {message}") == ("lab", None, None)


def test_only_the_saved_name_is_required() -> None:
    assert read_alias("redblue.netns was eth1") == (
        "",
        SavedSettings("eth1", up=False, arp=True, promisc=False),
        None,
    )
