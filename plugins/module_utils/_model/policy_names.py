# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS names in rules of policies: how long their addresses count, and which are which. Pure.

dnsmasq adds the addresses of its answers to sets of nftables, without their time to live. So a
set has one lifetime for all, and answers are given to the members with a shorter one.
"""

from __future__ import annotations

import ipaddress

from .digests import sha256

WILDCARD = "*."
"""Before the domain whose subdomains a pattern stands for."""
LIFETIME = 3600
"""Seconds for which an address counts after an answer, and after a connection to it was in use."""
MAX_TTL = 300
"""The most seconds for which a member may keep an answer."""
MOST_ADDRESSES = 65535
"""How many addresses the kernel knows of a name; and pairs of a member and an address."""
LOOKUP_PORTS = (53, 853)
"""The ports of DNS, and of DNS over TLS and QUIC."""
LOOKUP_PROTOCOLS = ("udp", "tcp")
TABLE_FAMILY, TABLE = "inet", "redblue_netns_policy"
"""The table on the host that has the sets of names, as the other rules of policies."""
_STAND_INS = {4: "240.0.0.0/4", 6: "100::/64"}
"""Networks of which no packet comes from or goes to an address (RFC 1112, RFC 6666)."""


def is_pattern(name: str) -> bool:
    """Whether a name stands for all names below a domain."""
    return name.startswith(WILDCARD)


def domain_of(name: str) -> str:
    """The name, or the domain of a pattern."""
    return name[len(WILDCARD) :] if is_pattern(name) else name


def is_within(name: str, domain: str) -> bool:
    """Whether a name is a domain or below it."""
    return name == domain or name.endswith(f".{domain}")


def covers(written: str, name: str) -> bool:
    """Whether what is written in a rule is this name, or a pattern that this name fits."""
    return written == name or (is_pattern(written) and name.endswith(written[1:]))


def name_answers(owner: str | None, name: str, family: int) -> str:
    """The name of the set that the DNS server of a topology fills with addresses of a name."""
    return f"dns-{_digest(owner, name)}-{family}"


def name_used(owner: str | None, name: str, family: int) -> str:
    """The name of the set of who uses which of them."""
    return f"used-{_digest(owner, name)}-{family}"


def _digest(*words: object) -> str:
    return sha256(repr(words).encode()).hexdigest()[:16]


def stand_in(name: str, family: int) -> str:
    """An address that stands for a name where addresses are compared without packets."""
    network = ipaddress.ip_network(_STAND_INS[family])
    number = int.from_bytes(sha256(name.encode()).digest()[:8], "big")
    return str(network[number % network.num_addresses])
