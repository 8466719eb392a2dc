# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages about what a host lacks name the package of its own distribution, and the role."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.packages import (
    CNI_PLUGINS,
    OVS,
    Distribution,
    describe_package,
    describe_program_package,
    describe_pyroute2,
    parse_os_release,
)

ROLE = "the role redblue.netns.prerequisites"
FEDORA = parse_os_release('NAME="Fedora Linux"\nID=fedora\nVERSION_ID=43\n')
ROCKY = parse_os_release('NAME="Rocky Linux"\nID=rocky\nID_LIKE="rhel fedora"\nVERSION_ID="9.6"\n')
DEBIAN = parse_os_release('NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\n')
UNKNOWN = parse_os_release("")


@pytest.mark.parametrize(
    ("program", "distribution", "words"),
    [
        ("nft", DEBIAN, "the package nftables (Debian)"),
        ("ip6tables-restore", FEDORA, "the package iptables-nft (Fedora Linux)"),
        ("iptables-save", UNKNOWN, "the package iptables (as it is called in Debian)"),
        ("dnsmasq", UNKNOWN, "the package dnsmasq-base (as it is called in Debian)"),
    ],
)
def test_the_package_of_a_program(program: str, distribution: Distribution, words: str) -> None:
    text = describe_program_package(program, distribution)
    assert text == f"install {words}, or use {ROLE}"


@pytest.mark.parametrize(
    ("tool", "distribution", "words"),
    [
        (OVS, DEBIAN, "openvswitch-switch (Debian)"),
        (OVS, FEDORA, "openvswitch (Fedora Linux)"),
        (OVS, UNKNOWN, "openvswitch-switch (as it is called in Debian)"),
        (CNI_PLUGINS, DEBIAN, "containernetworking-plugins (Debian)"),
        (CNI_PLUGINS, UNKNOWN, "containernetworking-plugins (as it is called in Debian)"),
    ],
)
def test_the_package_of_a_tool(tool: str, distribution: Distribution, words: str) -> None:
    assert describe_package(tool, distribution) == f"install the package {words}"


def test_the_role_installs_tcpdump_if_it_is_asked_for() -> None:
    text = describe_program_package("tcpdump", DEBIAN)
    assert text == f"install the package tcpdump (Debian), or use {ROLE} with prerequisites_tcpdump"


@pytest.mark.parametrize(
    ("distribution", "words"),
    [
        (DEBIAN, "pyroute2 (Debian: python3-pyroute2)"),
        (FEDORA, "pyroute2 (Fedora Linux: python3-pyroute2)"),
        (ROCKY, "pyroute2 0.7.2 or newer (Rocky Linux 9 has 0.5.14: use pip)"),
        (UNKNOWN, "pyroute2 (Debian: python3-pyroute2)"),
    ],
)
def test_the_package_of_pyroute2(distribution: Distribution, words: str) -> None:
    assert describe_pyroute2(distribution) == words
