# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The address families whose program holds rules for a resource. Pure."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from ..._model.host_access import HostAccess
from ..._model.nat import (
    Dnat,
    ForwardingEnabled,
    IntegratedFirewall,
    Isolation,
    Masquerade,
    SavedSysctl,
    SpoofCheck,
)
from ..._model.network_policies import AddressSet, NetworkPolicy, PortGuard, SourceCheck
from ..resources import FAMILIES

if TYPE_CHECKING:
    from ..._model.resources import NatResource, PolicyPart


@singledispatch
def families_of(resource: NatResource) -> tuple[int, ...]:
    """Return the address families whose program holds rules for a resource."""
    raise TypeError(f"no address family for {type(resource).__name__}")


@families_of.register(Masquerade)
@families_of.register(Dnat)
@families_of.register(ForwardingEnabled)
def _own_family(resource: Masquerade | Dnat | ForwardingEnabled) -> tuple[int, ...]:
    return (resource.family,)


@families_of.register(Isolation)
@families_of.register(HostAccess)
def _both_families(resource: Isolation | HostAccess) -> tuple[int, ...]:
    return FAMILIES


@families_of.register(SavedSysctl)
def _ipv6_only(resource: SavedSysctl) -> tuple[int, ...]:
    return (6,)


@families_of.register(IntegratedFirewall)
@families_of.register(SpoofCheck)
@families_of.register(NetworkPolicy)
@families_of.register(AddressSet)
@families_of.register(SourceCheck)
@families_of.register(PortGuard)
def _no_family(resource: IntegratedFirewall | SpoofCheck | PolicyPart) -> tuple[int, ...]:
    return ()
