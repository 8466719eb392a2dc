# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of VLAN interfaces on bridges that filter VLANs."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._model.link_options import BridgeOptions, VlanOptions
from ..commands import iproute2_command
from ..findings import ERROR, Finding, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts


def check_bridge_vlans(facts: HostFacts) -> Iterator[Finding]:
    """VLAN interfaces that receive nothing, on a bridge that is not in their VLAN itself."""
    for link in facts.current.links.values():
        parent = facts.current.links.get(link.parent) if link.parent is not None else None
        options = parent.options if parent is not None else None
        if (
            parent is None
            or not isinstance(link.options, VlanOptions)
            or not isinstance(options, BridgeOptions)
            or not options.vlan_filtering
        ):
            continue
        number, vlans = link.options.id, facts.current.vlans.get(parent.ref)
        if vlans is not None and number in (vlans.tagged or frozenset()) | vlans.mixed:
            continue
        bridge = iproute2_command("bridge", parent.netns)
        yield Finding(
            "vlan_missing",
            ERROR,
            subject_of(link),
            f"{link.name} {describe_location(link.netns)} receives nothing: {parent.name} filters "
            f"VLANs, and is not in VLAN {number} itself",
            f"{bridge} vlan show dev {quote(parent.name)}: no tagged {number}",
            f"{bridge} vlan add dev {quote(parent.name)} vid {number} self"
            f"  # option vlans of {parent.name}",
            affects=frozenset({link.ref}),
        )
