# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which addresses of a network the server of a bridge gives."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.dhcp import (
    AddressRange,
    DhcpOptions,
    choose_range,
    compose_leases,
)
from hypothesis import given
from hypothesis import strategies as st

CHOSEN: list[tuple[str, list[str], tuple[str, str] | None]] = [
    ("192.168.15.5/24", ["192.168.15.1", "192.168.15.2"], ("192.168.15.6", "192.168.15.254")),
    ("192.168.15.254/24", ["192.168.15.1"], ("192.168.15.2", "192.168.15.253")),
    ("10.0.0.1/30", ["10.0.0.2"], None),
    ("10.0.0.1/31", [], None),
    ("10.0.0.1/32", [], None),
    ("10.0.0.1/8", [], ("10.255.252.23", "10.255.255.254")),
    ("fd00::5/64", ["10.0.0.9"], ("fd00::ffff:ffff:ffff:fc17", "fd00::ffff:ffff:ffff:fffe")),
]


@pytest.mark.parametrize(("interface", "used", "expected"), CHOSEN)
def test_the_largest_free_part_is_chosen(
    interface: str, used: list[str], expected: tuple[str, str] | None
) -> None:
    assert choose_range(interface, used) == (None if expected is None else AddressRange(*expected))


@given(
    st.integers(16, 30),
    st.integers(1, 2**16 - 2),
    st.lists(st.integers(0, 2**16 - 1), max_size=20),
)
def test_nothing_that_is_used_is_given(length: int, own: int, others: list[int]) -> None:
    base = int(ipaddress.ip_address("10.7.0.0"))
    used = [str(ipaddress.ip_address(base + number)) for number in others]
    interface = ipaddress.ip_interface(f"{ipaddress.ip_address(base + own)}/{length}")
    found = choose_range(str(interface), used)
    if found is not None:
        first, last = (int(ipaddress.ip_address(text)) for text in found)
        given_out = range(first, last + 1)
        network = interface.network
        taken = [*used, str(interface.ip), network.network_address, network.broadcast_address]
        assert not any(int(ipaddress.ip_address(text)) in given_out for text in taken)
        assert 1 <= len(given_out) <= 1000
        assert int(network.network_address) < first <= last < int(network.broadcast_address)


def test_an_advertisement_alone_gives_no_addresses() -> None:
    leases = compose_leases(None, True, ["192.168.15.5/24", "fd00:15::5/64"], [])
    assert leases[:2] == ("--dhcp-range=fd00:15::,ra-only,64", "--enable-ra")


def test_only_given_ranges_are_used() -> None:
    options = DhcpOptions((AddressRange("fd00:15::10", "fd00:15::1f"),), 600)
    leases = compose_leases(options, False, ["192.168.15.5/24", "fd00:15::5/64"], [])
    assert leases[0] == "--dhcp-range=fd00:15::10,fd00:15::1f,64,600"
    assert "--enable-ra" not in leases
