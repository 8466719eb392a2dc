# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of ours that are in no table or chain of a backend: spoof checks and policies.

Both need nftables, whichever backend holds the NAT rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.nat import SpoofCheck
from .._model.resources import NatResource, PolicyPart
from .integrate.dispatch import observe_integrations
from .nftables.table import POLICY_TABLE_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .listing import Listing


def observe_outside(
    netns: str | None, resources: Sequence[NatResource], listing: Listing
) -> list[NatResource]:
    """Read spoof checks, and integrations in firewalls of others.

    :param resources: the rules that a backend holds, from which those of integrations follow.
    """
    from .spoofchk import observe_spoof_checks

    found: list[NatResource] = [*observe_integrations(netns, resources, listing)]
    return found + observe_spoof_checks(netns, listing)


def observe_policy_parts(netns: str | None, listing: Listing) -> list[PolicyPart]:
    """Read policies with all that belongs to them."""
    if not any(name == POLICY_TABLE_NAME for _family, name in listing.nft_tables or ()):
        return []
    from .policy.tables import observe_policies

    return observe_policies(netns, listing)


def find_policy_fault(with_connections: bool) -> str:
    """Why this host takes no rules of policies; empty if it does. Nothing is changed."""
    from .policy.abilities import find_missing_abilities

    return find_missing_abilities(with_connections)


def _have(kinds: type | tuple[type, ...], *lists: Sequence[NatResource]) -> bool:
    return any(isinstance(resource, kinds) for resources in lists for resource in resources)


def replace_outside(before: Sequence[NatResource], after: Sequence[NatResource]) -> None:
    """Replace spoof checks and policies.

    :raises Failed: nft is missing or refused the rules.
    """
    if _have(SpoofCheck, before, after):
        from .spoofchk import replace_spoof_checks

        replace_spoof_checks(before, after)
    if _have(PolicyPart, before, after):
        from .policy.tables import replace_policies

        replace_policies(before, after)


def render_outside_commands(
    before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
) -> list[str]:
    """Return the commands for bash that do what ``replace_outside`` does."""
    commands: list[str] = []
    if _have(SpoofCheck, before, after):
        from .spoofchk import render_spoof_check_commands

        commands += render_spoof_check_commands(before, after, prefix)
    if _have(PolicyPart, before, after):
        from .policy.tables import render_policy_commands

        commands += render_policy_commands(before, after, prefix)
    return commands
