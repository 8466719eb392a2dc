# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as other programs write them: the error has the right form."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.suggestions import suggest
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.tests.unit.support.parsers import PARSERS
from ansible_collections.redblue.netns.tests.unit.support.specifications import MODULES

FORMS: list[tuple[str, dict[str, Any], str]] = [
    ("netns", {"sysctls": {"net.ipv4.ip_forward": True}}, "write 1"),
    ("netns", {"sysctls": {"net.ipv4.ip_forward": False}}, "write 0"),
    ("netns", {"sysctls": {"net/ipv4/ip_forward": 1}}, "write net.ipv4.ip_forward"),
    (
        "netns",
        {"sysctls": {"/proc/sys/net/ipv4/conf/eth0.5/rp_filter": 1}},
        "write net.ipv4.conf.eth0/5.rp_filter",
    ),
    ("netns", {"sysctls": {"ip_forward": 1}}, "write it like net.ipv4.ip_forward"),
    ("netns_route", {"destination": "default", "gateway": "inet6 fe80::1"}, "write fe80::1 alone"),
    ("netns_route", {"destination": "default", "gateway": "eth0"}, "write device: eth0"),
    (
        "dnat",
        {"destination_port": "80", "to_destination": ":8080"},
        "write the address of the namespace before the port, such as 192.168.15.2:8080",
    ),
    (
        "dnat",
        {"destination_port": "80", "to_destination": "8080"},
        "write the address of the namespace before the port, such as 192.168.15.2:8080",
    ),
    ("masquerade", {"source": "any"}, "write networks, such as 192.168.15.0/24"),
    (
        "dnat",
        {"destination_port": "80", "to_destination": "192.168.15.2", "source": "any"},
        "write networks, such as 192.168.15.0/24; dnat without source takes all",
    ),
    (
        "masquerade",
        {"source": "10.0.0.8-10.0.0.19"},
        "a range is not supported; write networks, such as [10.0.0.8/29, 10.0.0.16/30]",
    ),
    (
        "masquerade",
        {"source": "10.0.0.9-10.0.0.1"},
        "a range is not supported; write networks, such as 10.0.0.9/32",
    ),
    ("netns_route", {"destination": "default", "gateway": "10.0.0.1-10.0.0.2"}, "a range is not s"),
    (
        "masquerade",
        {"source": "10.0.0.0/24", "out_interface": "!docker0"},
        "leave networks out with destination_except",
    ),
    ("veth", {"name": "a:eth0", "peer": {"name": "x"}}, "write name: eth0 and netns: a"),
]


@pytest.mark.parametrize(("module", "raw", "form"), FORMS)
def test_the_error_has_the_right_form(module: str, raw: dict[str, Any], form: str) -> None:
    spec, parse = PARSERS[module]
    raw = {"name": "a", **raw} if module == "netns" else raw
    with pytest.raises(Refused, match=f"; {re.escape(form)}"):
        parse(validate({"state": "present", **raw}, spec))


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        ("netns", "addresses", "addresses are set on the ends of veth"),
        ("netns", "ip", "addresses are set on the ends of veth"),
        ("linux_bridge", "parameters", "its entries are options themselves"),
    ],
)
def test_an_option_that_is_elsewhere_is_named(module: str, name: str, words: str) -> None:
    assert suggest(name, MODULES[module].options).startswith(words)
