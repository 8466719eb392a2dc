# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forwarding sysctls and their values."""

from __future__ import annotations

FORWARDING_ON, FORWARDING_ON_BY_US, FORWARDING_OFF = "1", "2", "0"
"""Values of a forwarding sysctl. The kernel treats 2 like 1. It shows that this collection enabled
forwarding, even after its rules were flushed."""


def forwarding_key(family: int, interface: str) -> str:
    """The sysctl that enables forwarding of packets that an interface receives.

    IPv6 has only one for all interfaces: ``interface`` is then ``all``.
    """
    return f"net/ipv{family}/conf/{interface}/forwarding"
