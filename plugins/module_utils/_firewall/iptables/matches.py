# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Matches of iptables that several chains use. Pure."""

from __future__ import annotations

import ipaddress

from ..._model.ranges import format_range


def address_range(network: str) -> str:
    """Return the addresses of a network as FIRST-LAST."""
    addresses = ipaddress.ip_network(network)
    return f"{addresses[0]}-{addresses[-1]}"


def match_source(network: str | None) -> str | None:
    """Match a source network; None is any."""
    if network is None:
        return None
    # iptables does not list a source that is every address; as a range it does.
    return f"--src-range {address_range(network)}" if network.endswith("/0") else f"-s {network}"


def match_ports(first: int, last: int) -> str:
    """Match destination ports."""
    return f"--dport {format_range(first, last, ':')}"
