# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The address that is probed for a namespace."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link
from ansible_collections.redblue.netns.plugins.module_utils._probe.targets import choose_address


def link(*addresses: str, up: bool = True) -> Link:
    return Link("x", "eth0", kind="veth", up=up, addresses=addresses)


@pytest.mark.parametrize(
    ("links", "current", "family", "address"),
    [
        ([link("10.0.0.1/24")], [link("10.0.0.2/24")], None, "10.0.0.2"),
        ([link("10.0.0.1/24")], [link("10.1.0.2/24"), link("10.0.0.2/24")], None, "10.0.0.2"),
        (
            [link("10.0.0.1/24")],
            [link("10.0.0.3/24", up=False), link("10.0.0.2/24")],
            None,
            "10.0.0.2",
        ),
        ([link("10.0.0.1/24", "fd00::1/64")], [link("10.1.0.2/24", "fd00::2/64")], None, "fd00::2"),
        (
            [link("10.0.0.1/24", "fd00::1/64")],
            [link("fd01::2/64", "10.1.0.2/24")],
            None,
            "10.1.0.2",
        ),
        ([link("fd00::1/64")], [link("10.1.0.2/24", "fd01::2/64")], None, "fd01::2"),
        ([], [link("10.1.0.2/24")], None, "10.1.0.2"),
        ([link("10.0.0.1/24")], [link("10.0.0.2/24", "fd01::2/64")], 6, "fd01::2"),
        ([link("10.0.0.1/24")], [link("10.0.0.2/24")], 6, None),
        ([link("10.0.0.1/24")], [link()], None, None),
    ],
)
def test_the_probed_address_is_chosen(
    links: list[Link], current: list[Link], family: int | None, address: str | None
) -> None:
    assert choose_address(links, current, family) == address
