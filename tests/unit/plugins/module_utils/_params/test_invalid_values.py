# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that validators refuse, and the rule in the message."""

from __future__ import annotations

from typing import Any, Callable

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params import addresses, names
from ansible_collections.redblue.netns.plugins.module_utils._params.ports import (
    check_ports,
)
from ansible_collections.redblue.netns.tests.unit.support.validators import (
    check_flush,
    check_ip_forward,
    check_key,
    check_ports_of_its_own,
    check_target_of_four,
    check_target_of_one,
)

SHELL = (
    "$(id)",
    "`id`",
    "a;b",
    "a|b",
    "a b",
    "a\n",
    "a'b",
    'a"b',
    "{{7*7}}",
    "--help",
    "-x",
    "*",
    "eth+",
    "a\0b",
)


NOT_AN_ADDRESS = "is not an IPv4 or IPv6 address"


REFUSED: list[tuple[Callable[[str, Any], Any], tuple[Any, ...], str]] = [
    (
        names.check_link_name,
        SHELL,
        "has only letters, digits and _ . - and begins with a letter or digit",
    ),
    (
        names.check_link_name,
        ("v%d", "%d", "a/b", "a:b", "ü", "a@b", ".a", "_a", "ａ"),
        "has only letters",
    ),
    (names.check_link_name, ("",), "is empty"),
    (names.check_link_name, ("all", "default", "lo", ".", ".."), "is reserved"),
    (
        names.check_link_name,
        ("1234567890123456", "é" * 8),
        "is 16 bytes long; the name of a network interface has at most 15 bytes",
    ),
    (names.check_netns_name, (*SHELL, "/tmp/x", "../x", "a/b"), "has only letters"),
    (
        names.check_netns_name,
        ("",),
        r"is empty; write the name of a network namespace, or omit the option to mean the host",
    ),
    (names.check_netns_name, ("x" * 65,), "is 65 bytes long"),
    (names.check_lab_name, SHELL, "the name of a topology has only"),
    (
        addresses.check_address,
        (
            "300.1.1.1",
            "10.4",
            "010.3.0.1",
            "0x0a000001",
            "167772161",
            "10.0.0.1 ",
            "10.0.0.1\n",
            "",
            "1.2.3.4.5",
        ),
        NOT_AN_ADDRESS,
    ),
    (
        addresses.check_address,
        ("fe80::1%eth0", "fd00::g", ":::", "[fd00::1]", "example.org"),
        NOT_AN_ADDRESS,
    ),
    (
        addresses.check_address,
        ("::ffff:10.0.0.1", "::10.0.0.1", "::ffff:a00:1"),
        "is an IPv4 address in an IPv6 form; write 10.0.0.1",
    ),
    (addresses.check_interface_address, ("10.0.0.1", "fd00::1"), "has no prefix length"),
    (
        addresses.check_interface_address,
        ("10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/024", "10.0.0.1/", "10.0.0.1/255.255.0.0"),
        "not between 0 and 32",
    ),
    (
        addresses.check_interface_address,
        ("10.0.0.1/٢", "10.0.0.1/1" + "0" * 5000),
        "not between 0 and 32",
    ),
    (
        addresses.check_interface_address,
        ("10.0.0.1/24 ", "10.0.0.1/24\n"),
        "has white space at its end; write 10.0.0.1/24",
    ),
    (addresses.check_interface_address, ("fd00::1/129",), "not between 0 and 128"),
    (
        addresses.check_interface_address,
        ("10.2.0.0/24",),
        "is the network's own address; the first host is 10.2.0.1/24",
    ),
    (
        addresses.check_interface_address,
        ("10.2.0.255/24",),
        "is the network's broadcast address; the last host is 10.2.0.254/24",
    ),
    (
        addresses.check_interface_address,
        ("fd00::/64",),
        "is the subnet-router anycast address; the first host is fd00::1/64",
    ),
    (
        addresses.check_interface_address,
        ("0.0.0.0/0", "0.0.0.0/8", "224.0.0.1/24", "255.255.255.255/32", "::/64", "ff02::1/64"),
        "not the address of a single host",
    ),
    (
        addresses.check_interface_address,
        ("127.0.0.5/8", "127.0.0.1/32", "::1/128"),
        "is a loopback address",
    ),
    (
        addresses.check_interface_address,
        ("10.0.0.1/0", "fd00::1/0"),
        "would make all addresses neighbours on this link",
    ),
    (
        addresses.check_network,
        ("192.168.15.5/24",),
        "has host bits set; did you mean 192.168.15.0/24?",
    ),
    (addresses.check_network, ("fd00::1/64",), "did you mean fd00::/64?"),
    (
        addresses.check_network,
        ("default", "10.4/16", "10.0.0.0/8/8", "any"),
        NOT_AN_ADDRESS + "|is not between",
    ),
    (
        addresses.check_source_network,
        ("127.0.0.0/8", "127.0.0.1", "224.0.0.0/4", "::1", "ff02::/16"),
        "which packets do not come from",
    ),
    (
        addresses.check_gateway,
        ("0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1"),
        "not the address of a single host",
    ),
    (addresses.check_gateway, ("127.0.0.1", "::1"), "is a loopback address"),
    (addresses.check_gateway, ("192.168.15.5/24", "red"), NOT_AN_ADDRESS),
    (
        addresses.check_mac,
        (
            "02:00:00:00:00",
            "02-00-00-00-00-01",
            "zz:00:00:00:00:01",
            "0200.0000.0001",
            "02:00:00:00:00:01\n",
        ),
        "is not a MAC address",
    ),
    (addresses.check_mac, ("01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff"), "multicast or broadcast"),
    (addresses.check_mac, ("00:00:00:00:00:00",), "is the zero MAC address"),
    (names.check_mtu, (67, 65536, 0, -1, 10**30), "is not between 68 and 65535"),
    (
        check_ports,
        ("0", "65536", "080", "1:0", "0-1", "999999999"),
        "is not a port; ports are 1 to 65535, without leading zeros",
    ),
    (
        check_ports,
        (
            "-1",
            "80a",
            "http",
            " 80",
            "80 ",
            "80\n",
            "",
            "80:",
            ":80",
            "1-2-3",
            "80,81",
            "٨٠",
            "9" * 5000,
        ),
        "is not a port number or a range FIRST:LAST",
    ),
    (check_ports, ("90:80",), "the range ends before it begins"),
    (
        check_target_of_one,
        ("127.0.0.1:80", "127.9.9.9", "[::1]:80", "::1"),
        "is a loopback address; let the service listen",
    ),
    (
        check_target_of_one,
        ("0.0.0.0:80", "224.0.0.1", "255.255.255.255", "::", "[ff02::1]:80"),
        "is not the address of a single host",
    ),
    (check_target_of_one, ("fe80::2", "[fe80::2]:80"), "is a link-local address"),
    (check_target_of_one, ("192.168.15.2:0", "192.168.15.2:65536"), "is not a port"),
    (
        check_target_of_one,
        ("192.168.15.2:http", "192.168.15.2:", "[fd00::2]:"),
        "is not a port number or a range",
    ),
    (
        check_target_of_one,
        ("192.168.15.2:80-81",),
        "has 2 ports for the 1 of destination_port; they are mapped one to one",
    ),
    (check_target_of_four, ("192.168.15.2:9000",), "has 1 ports for the 4 of destination_port"),
    (check_target_of_one, ("[192.168.15.2]:80",), "brackets are only for IPv6"),
    (
        check_target_of_one,
        ("example.org:80", "fd00::2]:80", "[fd00::2", "", ":80", "192.168.15.0/24"),
        NOT_AN_ADDRESS,
    ),
    (
        check_key,
        (
            "kernel.hostname",
            "net",
            "net.ipv4",
            "net..x",
            "net.ipv4.ip_forward\n",
            "net/ipv4/ip_forward",
            "net.ipv4.../x",
            "net.ipv4.conf.//.x",
        ),
        "not a network sysctl",
    ),
    (
        check_key,
        ("net.ipv4.conf", "net.ipv4.conf.lo", "net.ipv6.neigh.default", "net.ipv4.conf.a.b.c"),
        "is not complete",
    ),
    (check_ip_forward, (True, 1.5, None, [1]), "is neither an integer nor a string"),
    (check_ip_forward, ("", " ", "\t"), "is empty"),
    (
        check_ip_forward,
        ("1\n0", "$(id)", "1;2", "x" * 201, "é"),
        "has characters that are not valid in a sysctl",
    ),
    (check_ip_forward, ("01", "0x1", "0X1", "00001"), "; write 1$"),
    (check_ip_forward, ("-010", "4096 -0x8"), "; write -8$"),
    (
        check_ip_forward,
        ("08", "1 09"),
        "begins with 0, which means octal, and is not an octal number",
    ),
    (
        check_ports_of_its_own,
        ("8080 9090", "8080,", ",", "80-79", "65536", "-1", "1-2-3", "http", "80, 81", "1:2"),
        "is not a list of ports",
    ),
    (check_flush, (1, "1"), "is a write-only parameter"),
    (
        names.check_search_domain,
        ("", "a b", "example.org\n", "-x.org", "x" * 64, "a..b", ".org", "a;b"),
        "is not a domain name",
    ),
]


CASES = [(check, value, rule) for check, several, rule in REFUSED for value in several]


@pytest.mark.parametrize(
    ("check", "value", "rule"),
    CASES,
    ids=lambda value: value.__name__ if callable(value) else ascii(value)[:40],
)
def test_an_error_names_parameter_value_and_rule(
    check: Callable[[str, Any], Any], value: Any, rule: str
) -> None:
    with pytest.raises(Refused, match=rule) as refusal:
        check("option", value)
    assert refusal.value.parameter.startswith("option") and refusal.value.value == value
    beginning = f"{refusal.value.parameter}: {value!r}: "
    assert str(refusal.value)[:200] == beginning[:200] or str(refusal.value).startswith(beginning)
