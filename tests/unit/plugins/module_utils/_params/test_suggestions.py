# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A name from another program leads to the option that does the same."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._params import suggestions
from ansible_collections.redblue.netns.plugins.module_utils._params.suggestions import (
    suggest,
    suggest_choice,
)
from ansible_collections.redblue.netns.tests.unit.support.specifications import MODULES


@pytest.mark.parametrize(
    ("module", "name", "option"),
    [
        ("veth", "address", "addresses"),
        ("veth", "ip", "addresses"),
        ("veth", "master", "bridge"),
        ("veth", "namespace", "netns"),
        ("veth", "parent", "bridge"),
        ("linux_bridge", "interfaces", "ports"),
        ("linux_bridge", "macaddress", "mac"),
        ("netns", "namespace", "name"),
        ("netns", "nsname", "name"),
        ("netns", "dns", "nameservers"),
        ("netns_link", "parent", "link"),
        ("netns_link", "dev", "device"),
        ("netns_link", "vni", "id"),
        ("netns_link", "kind", "type"),
        ("netns_route", "dest", "destination"),
        ("netns_route", "to", "destination"),
        ("netns_route", "via", "gateway"),
        ("netns_route", "gateway4", "gateway"),
        ("netns_route", "dev", "device"),
        ("netns_route", "src", "source"),
        ("masquerade", "subnet", "source"),
        ("masquerade", "out", "out_interface"),
        ("masquerade", "interface", "out_interface"),
        ("dnat", "dport", "destination_port"),
        ("dnat", "publish", "destination_port"),
        ("dnat", "to", "to_destination"),
        ("dnat", "iif", "in_interface"),
        ("dnat", "proto", "protocol"),
        ("topology", "namespaces", "netns"),
        ("topology", "nodes", "netns"),
        ("topology", "links", "veth"),
        ("topology", "bridges", "linux_bridge"),
        ("topology", "forwards", "dnat"),
        ("netns_info", "namespace", "netns"),
    ],
)
def test_the_option_of_the_same_meaning_is_suggested(module: str, name: str, option: str) -> None:
    assert name not in MODULES[module].options
    assert suggest(name, MODULES[module].options) == f"did you mean '{option}'? "


@pytest.mark.parametrize(
    ("module", "name", "word"),
    [
        ("veth", "gateway4", "netns_route"),
        ("veth", "routes", "netns_route"),
        ("linux_bridge", "dhcp4", "static"),
        ("netns", "interfaces", "netns_link"),
        ("netns", "exec", "become_method"),
        ("netns", "image", "files of the host"),
        ("veth", "netmask", "192.168.15.1/24"),
        ("topology", "bonds", "link: bond0"),
        ("topology", "tunnels", "wireguard or vxlan"),
        ("netns", "rules", "run ip rule"),
        ("topology", "routing_policy", "run ip rule"),
        ("netns", "neighbours", "finds neighbours itself"),
        ("veth", "gro", "run ethtool"),
    ],
)
def test_what_is_no_option_is_told_where_it_is(module: str, name: str, word: str) -> None:
    assert word in suggest(name, MODULES[module].options)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        *((kind, "nexthops of netns_route") for kind in ("bond", "team")),
        *((kind, "use wireguard, or vxlan") for kind in ("gre", "ipip", "sit", "ip6tnl", "6in4")),
        *((kind, "use vxlan") for kind in ("geneve", "gretap")),
        ("macvtap", "a tap that is a port"),
    ],
)
def test_a_link_type_that_is_missing_leads_to_what_does_the_same(kind: str, word: str) -> None:
    assert word in suggest_choice("type", kind, ["vxlan", "macvlan", "tap", "wireguard"])


def test_each_suggestion_is_an_option_of_a_module() -> None:
    known = {option for spec in MODULES.values() for option in spec.options} | {
        "peer", "interface", "to", "port", "delay", "loss", "rate",
    }  # fmt: skip
    suggested = {name for names in suggestions._SAME.values() for name in names}
    assert suggested <= known
