# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT resources as every backend needs them: by type, and masquerades in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .._model.fast_typing import NamedTuple
from .._model.host_access import HostAccess
from .._model.nat import Masquerade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.resources import NatResource

FAMILIES = (4, 6)
LOOPBACK = {4: "127.0.0.0/8", 6: "::1/128"}
NEVER_MASQUERADED = {4: ("224.0.0.0/4", "255.255.255.255/32"), 6: ("ff00::/8",)}
"""Multicast and broadcast: a reply to a masqueraded packet could not be assigned to its sender."""


class ParsedRules(NamedTuple):
    """The resources read from live rules, and whether the rules are exactly what these render."""

    resources: tuple[NatResource, ...]
    complete: bool


_Kind = TypeVar("_Kind")


def of_type(resources: Iterable[NatResource], kind: type[_Kind]) -> list[_Kind]:
    """Return the resources of one type, in their order."""
    return [resource for resource in resources if isinstance(resource, kind)]


def order_masquerades(resources: Iterable[NatResource]) -> list[Masquerade]:
    """Return the masquerades, the most specific first: by prefix, then by outgoing interface."""
    return sorted(
        of_type(resources, Masquerade),
        key=lambda masquerade: (
            -int(masquerade.source.partition("/")[2]),
            masquerade.out_interface is None,
        ),
    )


def group_host_accesses(
    resources: Iterable[NatResource],
) -> dict[tuple[str, ...], list[HostAccess]]:
    """Return the limited interfaces by what is allowed, in a canonical order."""
    accesses = sorted(of_type(resources, HostAccess), key=lambda access: access.interface)
    groups: dict[tuple[str, ...], list[HostAccess]] = {}
    for allowed in sorted({access.allowed for access in accesses}):
        groups[allowed] = [access for access in accesses if access.allowed == allowed]
    return groups
