# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT and filter rules in messages."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from .._model.addresses import join_port
from .._model.host_access import HostAccess
from .._model.nat import (
    Dnat,
    ForwardingEnabled,
    IntegratedFirewall,
    Isolation,
    Masquerade,
    SavedSysctl,
    SpoofCheck,
)
from .._model.network_policies import AddressSet, NetworkPolicy, PortGuard, SourceCheck
from .._model.ranges import format_range

if TYPE_CHECKING:
    from .._model.resources import NatResource


@singledispatch
def describe_nat(resource: NatResource) -> str:
    """A rule, without its namespace, as in ``masquerade of 10.0.0.0/24 out of eth0``."""
    raise TypeError(f"no description of {type(resource).__name__}")


@describe_nat.register(Masquerade)
def _describe_masquerade(rule: Masquerade) -> str:
    out_interface = f" out of {rule.out_interface}" if rule.out_interface else ""
    if not rule.translated:
        return f"routing without NAT of {rule.source}{out_interface}"
    return f"masquerade of {rule.source}{out_interface}"


@describe_nat.register(Dnat)
def _describe_dnat(rule: Dnat) -> str:
    in_interface = f" from {rule.in_interface}" if rule.in_interface else ""
    return f"forward of {rule.protocol} port {describe_ports(rule.ports)}{in_interface}"


@describe_nat.register(Isolation)
def _describe_isolation(rule: Isolation) -> str:
    return f"isolation of {rule.interface}"


@describe_nat.register(IntegratedFirewall)
def _describe_integration(rule: IntegratedFirewall) -> str:
    return f"passage of {rule.interface} through {rule.firewall}"


@describe_nat.register(SpoofCheck)
def _describe_spoof_check(rule: SpoofCheck) -> str:
    return f"spoof check of {rule.interface}"


@describe_nat.register(HostAccess)
def _describe_host_access(rule: HostAccess) -> str:
    return f"host access of {rule.interface}"


@describe_nat.register(NetworkPolicy)
def _describe_policy(rule: NetworkPolicy) -> str:
    return f"policy {rule.name}"


@describe_nat.register(AddressSet)
def _describe_address_set(rule: AddressSet) -> str:
    return f"address set {rule.name}"


@describe_nat.register(SourceCheck)
def _describe_source_check(rule: SourceCheck) -> str:
    return f"source check of {rule.interface}"


@describe_nat.register(PortGuard)
def _describe_port_guard(rule: PortGuard) -> str:
    return f"guard of port {rule.interface}"


@describe_nat.register(ForwardingEnabled)
def _describe_forwarding(record: ForwardingEnabled) -> str:
    return f"forwarding of IPv{record.family} from {record.interface}"


@describe_nat.register(SavedSysctl)
def _describe_saved_sysctl(record: SavedSysctl) -> str:
    return f"{record.setting} of {record.interface}"


def describe_ports(ports: tuple[int, int]) -> str:
    """A port, or a range as in ``8000:8009``."""
    return format_range(*ports, separator=":")


def describe_target(rule: Dnat) -> str:
    """The address and the ports to which a forward leads, as in ``10.0.0.2:80``."""
    return join_port(rule.to_address, format_range(*rule.to_ports))
