# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands of iproute2 for links of each type, and secrets in them."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import (
    WireguardOptions,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link
from ansible_collections.redblue.netns.plugins.module_utils._render.commands import render_commands
from ansible_collections.redblue.netns.plugins.module_utils._render.diff import compose_diff
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    RED_LO,
    Raw,
    host,
    plan_of,
)
from ansible_collections.redblue.netns.tests.unit.support.netns_links import (
    KEY,
    MODULE,
    OTHER,
    PORT,
    PUBLIC,
    WG,
)


def test_no_secret_is_shown() -> None:
    keys = {"private_key": KEY, "peers": [{"public_key": OTHER, "preshared_key": PUBLIC}]}
    drawn = plan_of(
        host(replace(WG, options=WireguardOptions())),
        MODULE,
        {"name": "wg0", "type": "wireguard", **keys},
    )
    commands = render_commands(drawn.changes, host(), Firewall().render_commands)
    assert commands == [
        (
            f"wg set wg0 private-key /etc/wireguard/wg0.key peer {OTHER} preshared-key "
            f"/etc/wireguard/wg0-66687aad.key"
        )
    ]
    diff = compose_diff(drawn.changes)
    assert "private_key (hidden)" in diff["after"] and "preshared_key (hidden)" in diff["after"]
    assert not any(
        key in text
        for key in (KEY, PUBLIC)
        for text in (*commands, *diff.values(), repr(drawn.changes))
    )


COMMANDS: list[tuple[Raw, str]] = [
    (
        {"name": "leg", "netns": "red", "type": "vlan", "link": "up0", "id": 10},
        "ip link add link up0 name leg netns red type vlan id 10 protocol 802.1Q",
    ),
    (
        {
            "name": "leg",
            "type": "ipvlan",
            "link": "end",
            "link_netns": "red",
            "mode": "l2",
            "flags": "vepa",
        },
        "ip -n red link add link end name leg netns $$ type ipvlan mode l2 vepa",
    ),
    ({"name": "leg", "type": "wireguard"}, "ip link add name leg type wireguard"),
    (
        {"name": "leg", "netns": "red", "type": "wireguard", "link_netns": "red"},
        "ip -n red link add name leg type wireguard",
    ),
    (
        {"name": "leg", "type": "vrf", "table": 5, "mac": "02:00:00:00:00:05"},
        "ip link add name leg address 02:00:00:00:00:05 type vrf table 5",
    ),
    (
        {
            "name": "leg",
            "type": "vxlan",
            "id": 7,
            "group": "239.1.1.1",
            "link": "up0",
            "ttl": 0,
            "mac": "02:00:00:00:00:05",
        },
        (
            "ip link add name leg address 02:00:00:00:00:05 type vxlan id 7 group 239.1.1.1 "
            "dstport 4789 ttl auto dev up0"
        ),
    ),
    (
        {"name": "leg", "type": "tun", "user": 5, "pi": True},
        "ip tuntap add dev leg mode tun user 5 pi",
    ),
]


@pytest.mark.parametrize(("raw", "command"), COMMANDS)
def test_commands_are_those_of_iproute2(raw: Raw, command: str) -> None:
    end = Link("red", "end", kind="", up=True, mtu=1500, bridge="", addresses=())
    current = host(PORT, RED_LO, end)
    assert render_commands(plan_of(current, MODULE, raw).changes, current, None)[0] == command
