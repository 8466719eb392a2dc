# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Letting our traffic through somebody else's packet filter, where the user asks for it (``integrate``), and nowhere else.

An accept ends only the chain in which it stands: what another chain drops stays dropped. So the accept must stand there. The
chains of the calling thread's network namespace are meant.
"""

from __future__ import annotations

import os
from types import ModuleType
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._model.fast_replace import replace
from ..._model.nat import BlockingChain, IntegratedFirewall, NatResource
from ..listing import BINDINGS, FIREWALLD, Listing


class Survey(NamedTuple):
    """Where each firewall that is here can be told, and which chains of others drop what is forwarded."""

    hook_points: Dict[str, Tuple[str, ...]] = {}
    blocking_chains: Tuple[BlockingChain, ...] = ()


def _open(listing: Listing) -> List[ModuleType]:
    """What knows those who are here. Read only when it is needed: on most hosts there is nobody."""
    found: List[ModuleType] = []
    if listing.iptables:
        from . import iptables as _admit_iptables

        found.append(_admit_iptables)
    if listing.tables:
        from . import nftables as _admit_nftables

        found.append(_admit_nftables)
    if FIREWALLD in (listing.tables or ()) or os.path.exists(BINDINGS):
        from . import firewalld as _admit_firewalld

        found.append(_admit_firewalld)
    return found


def survey(listing: Listing) -> Survey:
    """Whom one would have to ask here."""
    posts: Dict[str, List[str]] = {}
    obstacles: List[BlockingChain] = []
    for part in _open(listing):
        found, others = part.survey(listing)
        for firewall, places in found.items():
            posts.setdefault(firewall, []).extend(places)
        obstacles += others
    return Survey({firewall: tuple(places) for firewall, places in posts.items()}, tuple(obstacles))


def observe(
    netns: Optional[str], resources: Sequence[NatResource], listing: Listing
) -> List[IntegratedFirewall]:
    """Who of ours is let through where, given our rules here."""
    joined: Dict[Tuple[object, ...], IntegratedFirewall] = {}
    for part in _open(listing):
        for one in part.observe(netns, resources, listing):
            known = joined.get(one.key)
            joined[one.key] = (
                one
                if known is None
                else replace(known, hook_points=known.hook_points + one.hook_points)
            )
    return list(joined.values())


def replace_rules(before: Sequence[NatResource], after: Sequence[NatResource]) -> None:
    """Tell them what shall be let through now, and no more."""
    if not any(isinstance(resource, IntegratedFirewall) for resource in (*before, *after)):
        return
    listing = Listing()
    for part in _open(listing):
        part.replace_rules(before, after, listing)


def commands(before: Sequence[NatResource], after: Sequence[NatResource], prefix: str) -> List[str]:
    """The same, as a person would type it into bash."""
    if not any(isinstance(resource, IntegratedFirewall) for resource in (*before, *after)):
        return []
    from . import firewalld as _admit_firewalld
    from . import iptables as _admit_iptables
    from . import nftables as _admit_nftables

    return [
        line
        for part in (_admit_iptables, _admit_nftables, _admit_firewalld)
        for line in part.commands(before, after, prefix)
    ]
