# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies as items of a topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._describe.policies import format_range
from .._model.network_policies import (
    ALLOW,
    ANY,
    HOST,
    REJECT,
    AddressSet,
    Entry,
    NetworkPolicy,
)
from .items import drop_none

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.nat import NatResource
    from .items import Item


def compose_address_sets(rules: Iterable[NatResource], owner: str) -> list[Item]:
    """The address sets of a topology as options."""
    return [
        {"name": rule.name, "addresses": list(rule.addresses)}
        for rule in rules
        if isinstance(rule, AddressSet) and rule.owner == owner
    ]


def compose_policies(rules: Iterable[NatResource], owner: str) -> list[Item]:
    """The policies of a topology as options."""
    return [
        drop_none(
            {
                "name": rule.name,
                "netns": None if rule.members is None else list(rule.members),
                "ingress": _compose_entries("from", rule.ingress),
                "egress": _compose_entries("to", rule.egress),
                "refuse": None if rule.refuse == REJECT else rule.refuse,
            }
        )
        for rule in rules
        if isinstance(rule, NetworkPolicy) and rule.owner == owner
    ]


def _compose_entries(side: str, entries: tuple[Entry, ...] | None) -> list[Item] | None:
    if entries is None:
        return None
    return [
        drop_none(
            {
                side: [_compose_peer(*peer) for peer in entry.peers] or None,
                "protocol": None if entry.protocol == ANY else entry.protocol,
                "ports": [format_range(*ports) for ports in entry.ports] or None,
                "action": None if entry.action == ALLOW else entry.action,
                "log": entry.log or None,
            }
        )
        for entry in entries
    ]


def _compose_peer(kind: str, value: str) -> dict[str, Any]:
    return {kind: True if kind == HOST else value}
