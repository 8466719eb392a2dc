# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forwarding sysctls and their values."""

from __future__ import annotations

FORWARDING_ON, FORWARDING_ON_BY_US, FORWARDING_OFF = "1", "2", "0"
"""Values of forwarding. To the kernel 2 is as good as 1, and it tells that we turned it on even where somebody has flushed our rules."""


def forwarding_key(family: int, interface: str) -> str:
    """The sysctl that lets packets which come in by an interface be forwarded; IPv6 knows only ``all``."""
    return f"net/ipv{family}/conf/{interface}/forwarding"
