# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes other firewalls accept our traffic where the user asks for it (``integrate``).

In a base chain an accept ends only the processing of that chain: another chain still drops the
packet. So our accepting rules must be in the chain that drops.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..._model.fast_replace import replace
from ..._model.nat import IntegratedFirewall
from ..interfaces import FirewallIntegration, Survey
from ..listing import FIREWALLD_TABLE, TRUSTED_ZONE_FILE, Listing
from ..resources import of_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._model.nat import BlockingChain
    from ..._model.resources import NatResource


def _load_iptables() -> FirewallIntegration:
    from .iptables import IptablesIntegration

    return IptablesIntegration()


def _load_nftables() -> FirewallIntegration:
    from .nftables import NftablesIntegration

    return NftablesIntegration()


def _load_firewalld() -> FirewallIntegration:
    from .firewalld import FirewalldIntegration

    return FirewalldIntegration()


def _find_integrations(listing: Listing) -> list[FirewallIntegration]:
    """Load the integrations that can apply in this namespace; on most hosts there are none."""
    found: list[FirewallIntegration] = []
    if listing.iptables_programs:
        found.append(_load_iptables())
    if listing.nft_tables:
        found.append(_load_nftables())
    if FIREWALLD_TABLE in (listing.nft_tables or ()) or os.path.exists(TRUSTED_ZONE_FILE):
        found.append(_load_firewalld())
    return found


def survey_integrations(listing: Listing) -> Survey:
    """Find the hook points and the blocking chains of all other firewalls."""
    hook_points: dict[str, tuple[str, ...]] = {}
    blocking_chains: list[BlockingChain] = []
    for integration in _find_integrations(listing):
        found = integration.survey(listing)
        for firewall, points in found.hook_points.items():
            hook_points[firewall] = (*hook_points.get(firewall, ()), *points)
        blocking_chains += found.blocking_chains
    return Survey(hook_points, tuple(blocking_chains))


def observe_integrations(
    netns: str | None, resources: Sequence[NatResource], listing: Listing
) -> list[IntegratedFirewall]:
    """Find the interfaces whose traffic other firewalls accept for us, with all hook points.

    :param resources: our rule set, from which the rules in other firewalls follow.
    """
    found: dict[tuple[object, ...], IntegratedFirewall] = {}
    for integration in _find_integrations(listing):
        for entry in integration.observe_integrations(netns, resources, listing):
            known = found.get(entry.key)
            if known is not None:
                entry = replace(known, hook_points=known.hook_points + entry.hook_points)
            found[entry.key] = entry
    return list(found.values())


def list_owners(wanted: Sequence[NatResource]) -> dict[str, str]:
    """The owners of the interfaces whose traffic other firewalls are to accept."""
    entries = of_type(wanted, IntegratedFirewall)
    return {entry.interface: entry.owner for entry in entries if entry.owner is not None}


def replace_integrations(before: Sequence[NatResource], after: Sequence[NatResource]) -> None:
    """Make other firewalls accept the traffic of ``after``, and no longer that of ``before``."""
    listing = Listing()
    for integration in _find_integrations(listing):
        integration.replace_integrations(before, after, listing)


def render_integration_commands(
    before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
) -> list[str]:
    """Return the commands for bash that do what ``replace_integrations`` does."""
    commands: list[str] = []
    for load in (_load_iptables, _load_nftables, _load_firewalld):
        commands += load().render_commands(before, after, prefix)
    return commands
