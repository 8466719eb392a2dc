# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forwarding sysctls and their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FORWARDING_ON, FORWARDING_ON_BY_US, FORWARDING_OFF = "1", "2", "0"
"""Values of a forwarding sysctl. The kernel treats 2 like 1. It shows that this collection enabled
forwarding, even after its rules were flushed."""


REVERSE_PATH = {"rp_filter": "2", "src_valid_mark": "1"}
"""The sysctls of IPv4 by which the kernel checks, with the mark of a packet, whether there is a way
back to its sender, and the values that switch that on. 2: by any interface."""


MARK_VALID_BY_US = "2"
"""A value of src_valid_mark. The kernel treats it like 1. It shows that this collection enabled it
on an interface of others."""


VALID_MARK = "src_valid_mark"
"""The one of these that follows the interfaces that are opened."""


def reverse_path_key(interface: str, setting: str) -> str:
    """The path of a sysctl of ``REVERSE_PATH``."""
    return f"net/ipv4/conf/{interface}/{setting}"


def reverse_path_keys(interface: str) -> list[str]:
    """The paths of these sysctls for an interface, and of the values that a new one has."""
    return [
        reverse_path_key(name, setting)
        for name in ("default", interface)
        for setting in REVERSE_PATH
    ]


def forwarding_key(family: int, interface: str) -> str:
    """The sysctl that enables forwarding of packets that an interface receives.

    IPv6 has only one for all interfaces: ``interface`` is then ``all``.
    """
    return f"net/ipv{family}/conf/{interface}/forwarding"


ARP_IGNORE_OTHERS = "1"
"""A value of arp_ignore: the kernel answers ARP requests only for addresses of the interface."""


def arp_ignore_key(interface: str) -> str:
    """The path of the sysctl for which ARP requests the kernel answers by an interface."""
    return f"net/ipv4/conf/{interface}/arp_ignore"


ANSWERING_SYSCTLS = {4: "net/ipv4/conf/{}/proxy_arp_pvlan", 6: "net/ipv6/conf/{}/proxy_ndp"}
"""By IP version: has the kernel answer, by an interface, for others behind it."""
_PROXY_SYSCTLS = {
    4: {ANSWERING_SYSCTLS[4]: "1", "net/ipv4/neigh/{}/proxy_delay": "0"},
    6: {ANSWERING_SYSCTLS[6]: "1", "net/ipv6/neigh/{}/proxy_delay": "0"},
}


def list_proxy_sysctls(interface: str, families: Iterable[int]) -> list[tuple[str, str, str]]:
    """The sysctls by which the kernel answers, by an interface, for others behind it, at once.

    :returns: the path, the value, and the path of what a new interface has.
    """
    return [
        # Entries of neighbours have their default in the first network namespace only.
        (
            template.format(interface),
            value,
            template.format("lo" if "/neigh/" in template else "default"),
        )
        for family in families
        for template, value in _PROXY_SYSCTLS[family].items()
    ]
