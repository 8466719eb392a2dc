# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses are read as ipaddress reads them, with properties of the same registries."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.addresses import parse_address
from ansible_collections.redblue.netns.plugins.module_utils._params.patterns import read_patterns

EDGES = (
    *("0.0.0.0", "0.0.0.1", "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"),
    *("169.254.0.1", "223.255.255.255", "224.0.0.0", "239.255.255.255", "240.0.0.0"),
    *(
        "255.255.255.254",
        "255.255.255.255",
        "10.0.0.1",
        "::",
        "::1",
        "fe80::1",
        "ff02::1",
        "fd00::1",
    ),
)
NONE = ("01.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.256", " 1.2.3.4", "1.2.3.4 ", "0x1.2.3.4", "", "a")


@pytest.mark.parametrize("text", EDGES)
def test_an_address_has_the_properties_that_ipaddress_knows(text: str) -> None:
    expected, found = ipaddress.ip_address(text), parse_address("to", text, text)
    assert (found.text, found.version, found.number) == (text, expected.version, int(expected))
    assert found.is_loopback == expected.is_loopback
    assert found.is_link_local == (expected.version == 6 and expected.is_link_local)
    is_single = not (expected.is_multicast or expected.is_unspecified or text == "255.255.255.255")
    assert found.is_not_unicast != is_single


@pytest.mark.parametrize("text", [*NONE, "1.2.3.4\0", "١.2.3.4"])
def test_no_other_form_is_an_address(text: str) -> None:
    with pytest.raises(Refused):
        parse_address("to", text, text)


@pytest.mark.parametrize("base", ["10.0.0.250", "255.255.255.250", "fd00::fffa"])
def test_addresses_are_counted(base: str) -> None:
    pattern = read_patterns("to", f"{{{base}+n}}")
    assert [pattern.text(number) for number in range(6)] == [
        str(ipaddress.ip_address(base) + number) for number in range(6)
    ]


def test_no_address_comes_after_the_last() -> None:
    with pytest.raises(ipaddress.AddressValueError):
        read_patterns("to", "{255.255.255.250+n}").text(6)
