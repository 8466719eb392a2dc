# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the flags of bridge ports, which are easily forgotten."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..commands import iproute2_command
from ..findings import WARNING, Finding, format_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts

_EFFECTS = {
    "bcast_flood": "gets no broadcast frames: nobody finds what is behind it by ARP",
    "mcast_flood": "gets no multicast frames: nobody finds what is behind it by IPv6",
    "locked": "accepts frames of known MAC addresses only",
}
"""The flags that no option of this collection sets, and that lose packets only at times."""


def check_port_flags(facts: HostFacts) -> Iterator[Finding]:
    """Ports to namespaces that get no broadcasts or multicasts, or are locked."""
    for ref, flags in sorted(facts.port_flags.items(), key=str):
        port = facts.current.links.get(ref)
        peer = facts.find_peer(port) if port is not None else None
        found = [flag for flag in flags if flag in _EFFECTS]
        if peer is None or peer.netns == ref[0] or not found:
            continue
        bridge = iproute2_command("bridge", ref[0])
        values = {flag: "on" if flags[flag] else "off" for flag in found}
        opposite = " ".join(f"{flag} {'off' if flags[flag] else 'on'}" for flag in found)
        yield Finding(
            "port_restricted",
            WARNING,
            format_ref(ref),
            f"the bridge port {ref[1]} {describe_location(ref[0])} "
            f"{' and '.join(_EFFECTS[flag] for flag in found)}",
            f"{bridge} -d link show dev {quote(ref[1])}: "
            + ", ".join(f"{flag} {value}" for flag, value in values.items()),
            f"{bridge} link set dev {quote(ref[1])} {opposite}",
        )
