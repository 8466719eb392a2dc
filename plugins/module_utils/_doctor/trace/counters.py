# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The counters of a namespace that say why its IP stack dropped a packet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._host.netns import inside_netns

if TYPE_CHECKING:
    from ..._host.netns_handles import NetnsHandle

Counters = dict[str, int]

MEANINGS = {
    "IpExt.IPReversePathFilter": "the reverse path filter dropped them",
    "TcpExt.IPReversePathFilter": "the reverse path filter dropped them",
    "Ip.InAddrErrors": "they were for an address that is not its own, and it does not forward them",
    "Ip.InHdrErrors": "their header was refused, as of a TTL that has expired",
    "Ip.InNoRoutes": "it has no route for them",
    "IpExt.InNoRoutes": "it has no route for them",
    "Ip.OutNoRoutes": "it has no route for its own packets",
    "Ip.InDiscards": "it had no memory for them",
    "Ip6InAddrErrors": "they were for an address that is not its own",
    "Ip6InHdrErrors": "their header was refused, as of a hop limit that has expired",
    "Ip6InNoRoutes": "it has no route for them",
    "Ip6OutNoRoutes": "it has no route for its own packets",
    "XfrmInPolBlock": "an IPsec policy blocks them",
    "XfrmInNoPols": "no IPsec policy allows them",
    "XfrmInTmplMismatch": "an IPsec policy requires them to be encrypted",
    "XfrmOutPolBlock": "an IPsec policy blocks them",
    "XfrmOutNoStates": "an IPsec policy has no key to encrypt them",
    "XfrmFwdHdrError": "an IPsec policy blocks them",
}
"""What each counter counts (net/ipv4/proc.c, net/ipv6/proc.c, net/xfrm/xfrm_proc.c)."""
DELIVERED = ("Icmp.InEchos", "Icmp6InEchos")
"""Counters of echo requests that reached the ICMP of a namespace."""


def read_counters(handle: NetnsHandle) -> Counters:
    """All counters of a namespace, by name."""
    found: Counters = {}
    with inside_netns(handle.descriptor):
        for name in ("snmp", "netstat"):
            lines = _read(name).splitlines()
            for names, values in zip(lines[::2], lines[1::2]):
                prefix, *columns = names.split()
                numbers = values.split()[1:]
                for column, number in zip(columns, numbers):
                    found[f"{prefix[:-1]}.{column}"] = int(number)
        for name in ("snmp6", "xfrm_stat"):
            for line in _read(name).splitlines():
                words = line.split()
                if len(words) == 2:
                    found[words[0]] = int(words[1])
    return found


def _read(name: str) -> str:
    try:
        with open(f"/proc/thread-self/net/{name}", encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def subtract(after: Counters, before: Counters) -> Counters:
    """What was counted in between."""
    return {name: value - before.get(name, 0) for name, value in after.items()}
