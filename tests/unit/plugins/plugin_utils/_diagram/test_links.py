# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links other than veth pairs: drawn at their parent, at their bridge, or in their namespace."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.filter.picture import picture

ON_ETH0 = {"kind": "macvlan", "parent": {"netns": "host", "name": "eth0"}}
SEEN: dict[str, Any] = {
    "topology": {
        "netns": [{"name": "red"}, {"name": "blue"}, {"name": "vpn"}],
        "linux_bridge": [{"name": "br0", "ports": ["vx0"]}],
    },
    "links": {
        "host": [
            {"name": "eth0", "kind": "", "addresses": ["192.168.1.2/24"]},
            {
                "name": "eth0.10",
                "kind": "vlan",
                "options": {"id": 10},
                "parent": {"netns": "host", "name": "eth0"},
                "addresses": ["10.10.0.1/24"],
            },
            {
                "name": "vx0",
                "kind": "vxlan",
                "options": {"id": 42, "remote": "192.0.2.9"},
                "bridge": "br0",
                "addresses": [],
            },
            {"name": "sit0", "kind": "sit", "addresses": []},
        ],
        "red": [{"name": "mac0", "addresses": ["192.168.1.50/24"], **ON_ETH0}],
        "blue": [{"name": "mac0", "addresses": ["192.168.1.51/24"], "up": False, **ON_ETH0}],
        "vpn": [
            {
                "name": "wg0",
                "kind": "wireguard",
                "addresses": ["10.99.0.1/24"],
                "parent": {"netns": "host", "name": ""},
            }
        ],
    },
}
TEXT = """\
[ host ]
  | eth0 192.168.1.2/24
  | eth0.10 vlan 10 on eth0 10.10.0.1/24
  |
  +--( br0 )  bridge
        |
        +-- vx0 vxlan 42 to 192.0.2.9

[ vpn ]
  | wg0 wireguard 10.99.0.1/24

[ host ]--  eth0 192.168.1.2/24  =====  mac0 macvlan on eth0 192.168.1.50/24         --[ red ]
[ host ]--  eth0 192.168.1.2/24  =====  mac0 macvlan on eth0 192.168.1.51/24 (down)  --[ blue ]"""


def test_the_text_format() -> None:
    assert picture(SEEN) == TEXT


@pytest.mark.parametrize("format", ["mermaid", "dot", "svg", "markdown"])
def test_every_link_is_shown(format: str) -> None:
    drawn = picture(SEEN, format=format)
    for text in (
        "eth0.10",
        "vlan 10 on eth0",
        "vx0",
        "vxlan 42 to 192.0.2.9",
        "wg0",
        "wireguard",
        "10.99.0.1/24",
        "macvlan on eth0",
        "192.168.1.51/24",
    ):
        assert text in drawn, text
    assert "sit0" not in drawn


def test_links_are_attached_to_their_parent() -> None:
    drawn = picture(SEEN, format="svg")
    assert drawn.count('class="line parent"') == 1
    assert drawn.count('class="line link"') == 1 and drawn.count('class="line link down"') == 1
    assert "n0 === " in picture(SEEN, format="mermaid")


def test_a_parent_that_is_not_shown_is_named() -> None:
    assert (
        "eth0"
        in picture({**SEEN, "links": {**SEEN["links"], "host": []}}, format="svg").partition(
            'class="halo bus"'
        )[2][:20]
    )
