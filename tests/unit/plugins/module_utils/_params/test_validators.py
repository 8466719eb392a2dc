# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validators of single values: the normal form of a valid value, and the rule that an
invalid one breaks.
"""

from __future__ import annotations

from typing import Any, Callable

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._params import addresses, names
from ansible_collections.redblue.netns.plugins.module_utils._params.ports import (
    check_ports,
)
from ansible_collections.redblue.netns.tests.unit.support.validators import (
    check_destination_of_six,
    check_ip_forward,
    check_key,
    check_mask,
    check_ports_of_its_own,
    check_target_of_four,
    check_target_of_one,
)

TAKEN: list[tuple[Callable[[str, Any], Any], Any, Any]] = [
    *(
        (names.check_link_name, name, name)
        for name in (
            "a",
            "up",
            "dev",
            "type",
            "lab.100",
            "x-_.9",
            "0",
            "123456789012345",
            "v-net-0",
        )
    ),
    *((names.check_netns_name, name, name) for name in ("red", "x" * 64, "1e3", "fwd", "a..b")),
    *((names.check_lab_name, name, name) for name in ("lab", "x" * 64, "drop")),
    (addresses.check_address, "192.0.2.1", "192.0.2.1"),
    (addresses.check_address, "FD00:0:0::0001", "fd00::1"),
    (addresses.check_address, "::1", "::1"),
    (addresses.check_interface_address, "192.168.15.5/24", "192.168.15.5/24"),
    (addresses.check_interface_address, "10.0.0.0/31", "10.0.0.0/31"),
    (addresses.check_interface_address, "10.0.0.255/32", "10.0.0.255/32"),
    (addresses.check_interface_address, "169.254.1.1/16", "169.254.1.1/16"),
    (addresses.check_interface_address, "FD00:15::0:5/64", "fd00:15::5/64"),
    (addresses.check_interface_address, "fd00::/127", "fd00::/127"),
    (addresses.check_interface_address, "fd00::/128", "fd00::/128"),
    (
        addresses.check_interface_address,
        "fd00::ffff:ffff:ffff:ffff/64",
        "fd00::ffff:ffff:ffff:ffff/64",
    ),
    (addresses.check_network, "192.168.15.0/24", "192.168.15.0/24"),
    (addresses.check_network, "192.168.15.5", "192.168.15.5/32"),
    (addresses.check_network, "FD00:15::/64", "fd00:15::/64"),
    (addresses.check_network, "fd00:15::1", "fd00:15::1/128"),
    (addresses.check_network, "0.0.0.0/0", "0.0.0.0/0"),
    (addresses.check_source_network, "0.0.0.0/0", "0.0.0.0/0"),
    (addresses.check_source_network, "::/0", "::/0"),
    (check_destination_of_six, "default", "::/0"),
    (check_destination_of_six, "10.0.0.0/8", "10.0.0.0/8"),
    (addresses.check_gateway, "fe80::1", "fe80::1"),
    (addresses.check_gateway, "192.168.15.5", "192.168.15.5"),
    (addresses.check_mac, "02:AB:cd:00:00:01", "02:ab:cd:00:00:01"),
    (names.check_mtu, 68, 68),
    (names.check_mtu, 65535, 65535),
    (names.check_mtu, None, None),
    (check_ports, "80", (80, 80)),
    (check_ports, "1", (1, 1)),
    (check_ports, "65535", (65535, 65535)),
    (check_ports, "8000:8010", (8000, 8010)),
    (check_ports, "8000-8010", (8000, 8010)),
    (check_ports, "80:80", (80, 80)),
    (check_target_of_one, "192.168.15.2", ("192.168.15.2", (80, 80))),
    (check_target_of_one, "192.168.15.2:8080", ("192.168.15.2", (8080, 8080))),
    (check_target_of_one, "FD00::2", ("fd00::2", (80, 80))),
    (check_target_of_one, "[FD00::2]", ("fd00::2", (80, 80))),
    (check_target_of_one, "[fd00::2]:8080", ("fd00::2", (8080, 8080))),
    (check_target_of_four, "192.168.15.2", ("192.168.15.2", (8000, 8003))),
    (check_target_of_four, "192.168.15.2:9000-9003", ("192.168.15.2", (9000, 9003))),
    (check_target_of_four, "[fd00::2]:9000-9003", ("fd00::2", (9000, 9003))),
    (check_ip_forward, 1, "1"),
    (check_ip_forward, "1", "1"),
    (check_ip_forward, "4096  131072\t6291456", "4096 131072 6291456"),
    (check_key, "net.ipv4.ip_forward", "net/ipv4/ip_forward"),
    (check_key, "net.ipv4.conf.lo.rp_filter", "net/ipv4/conf/lo/rp_filter"),
    (check_key, "net.ipv4.conf.lab/100.rp_filter", "net/ipv4/conf/lab.100/rp_filter"),
    (check_key, "net.ipv6.neigh.default.gc_thresh1", "net/ipv6/neigh/default/gc_thresh1"),
    *(
        (names.check_search_domain, name, name)
        for name in ("example.org", "example.org.", "a", "_tcp.example.org", "x" * 63)
    ),
]


@pytest.mark.parametrize(
    ("check", "value", "normal"),
    TAKEN,
    ids=lambda value: value.__name__ if callable(value) else ascii(value)[:40],
)
def test_a_valid_value_has_one_normal_form(
    check: Callable[[str, Any], Any], value: Any, normal: Any
) -> None:
    assert check("option", value) == normal


@pytest.mark.parametrize(
    ("check", "value", "normal"),
    [row for row in TAKEN if isinstance(row[2], str) and "/" in row[2] and row[0] is not check_key],
)
def test_a_normal_form_is_unchanged(
    check: Callable[[str, Any], Any], value: Any, normal: Any
) -> None:
    assert check("option", normal) == normal


@pytest.mark.parametrize(
    ("check", "value", "spelled"),
    [
        (check_ports_of_its_own, "8080-8082,8083", "8080-8083"),
        (check_ports_of_its_own, "9148,8080", "8080,9148"),
        (check_ports_of_its_own, 80, "80"),
        (check_ports_of_its_own, "5-9,1-6,9,11-11,10,0080", "1-11,80"),
        (check_ports_of_its_own, "65535,0-0", "0,65535"),
        (check_ip_forward, 0, "0"),
        (check_ip_forward, "-1", "-1"),
        (check_ip_forward, " 1024 \t 60999", "1024 60999"),
        (check_mask, "00000003", "00000003"),
    ],
)
def test_a_sysctl_has_the_form_in_which_it_is_read_back(
    check: Callable[[str, Any], Any], value: Any, spelled: str
) -> None:
    assert check("option", value) == spelled
