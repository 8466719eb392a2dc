# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules, in words."""

from __future__ import annotations

from typing import Tuple

from .._model.nat import (
    Dnat,
    ForwardingEnabled,
    IntegratedFirewall,
    Masquerade,
    NatResource,
    SpoofCheck,
)
from .places import describe_netns


def describe_nat(resource: NatResource) -> str:
    """A rule, in words."""
    if isinstance(resource, Masquerade):
        return f"masquerade of {resource.source}" + (
            f" out of {resource.out_interface}" if resource.out_interface else ""
        )
    if isinstance(resource, Dnat):
        return f"forward of {resource.protocol} port {describe_ports(resource.ports)}" + (
            f" from {resource.in_interface}" if resource.in_interface else ""
        )
    if isinstance(resource, ForwardingEnabled):
        return f"forwarding of IPv{resource.family} from {resource.interface}"
    if isinstance(resource, IntegratedFirewall):
        return f"passage of {resource.interface} through {resource.firewall}"
    if isinstance(resource, SpoofCheck):
        return f"guard against spoofed frames from {resource.interface}"
    return f"isolation of {resource.interface}"


def describe_ports(ports: Tuple[int, int]) -> str:
    """A port or a range, as it is typed."""
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}:{ports[1]}"


def describe_target(resource: Dnat) -> str:
    """Where a forward leads, as it is typed."""
    address = f"[{resource.to_address}]" if ":" in resource.to_address else resource.to_address
    return f"{address}:{describe_ports(resource.to_ports).replace(':', '-')}"


def describe_forwarding_interface(resource: ForwardingEnabled) -> str:
    """Where forwarding is opened, in words."""
    where = "all interfaces" if resource.interface == "all" else resource.interface
    return f"{where} of {describe_netns(resource.netns)}"
