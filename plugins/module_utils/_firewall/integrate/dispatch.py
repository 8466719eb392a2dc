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

from . import _model, _rules
from ._listing import Listing
from ._netfilter import BINDINGS, FIREWALLD


class Survey(NamedTuple):
    """Where each firewall that is here can be told, and which chains of others drop what is forwarded."""

    posts: Dict[str, Tuple[str, ...]] = {}
    obstacles: Tuple[_rules.Obstacle, ...] = ()


def _open(listing: Listing) -> List[ModuleType]:
    """What knows those who are here. Read only when it is needed: on most hosts there is nobody."""
    found: List[ModuleType] = []
    if listing.iptables:
        from . import _admit_iptables

        found.append(_admit_iptables)
    if listing.tables:
        from . import _admit_nftables

        found.append(_admit_nftables)
    if FIREWALLD in (listing.tables or ()) or os.path.exists(BINDINGS):
        from . import _admit_firewalld

        found.append(_admit_firewalld)
    return found


def survey(listing: Listing) -> Survey:
    """Whom one would have to ask here."""
    posts: Dict[str, List[str]] = {}
    obstacles: List[_rules.Obstacle] = []
    for part in _open(listing):
        found, others = part.survey(listing)
        for firewall, places in found.items():
            posts.setdefault(firewall, []).extend(places)
        obstacles += others
    return Survey({firewall: tuple(places) for firewall, places in posts.items()}, tuple(obstacles))


def observe(netns: Optional[str], things: Sequence[_rules.NatThing], listing: Listing) -> List[_rules.Admitted]:
    """Who of ours is let through where, given our rules here."""
    joined: Dict[Tuple[object, ...], _rules.Admitted] = {}
    for part in _open(listing):
        for one in part.observe(netns, things, listing):
            known = joined.get(one.key)
            joined[one.key] = one if known is None else _model.replace(known, posts=known.posts + one.posts)
    return list(joined.values())


def replace(before: Sequence[_rules.NatThing], after: Sequence[_rules.NatThing]) -> None:
    """Tell them what shall be let through now, and no more."""
    if not any(isinstance(thing, _rules.Admitted) for thing in (*before, *after)):
        return
    listing = Listing()
    for part in _open(listing):
        part.replace(before, after, listing)


def commands(before: Sequence[_rules.NatThing], after: Sequence[_rules.NatThing], prefix: str) -> List[str]:
    """The same, as a person would type it into bash."""
    if not any(isinstance(thing, _rules.Admitted) for thing in (*before, *after)):
        return []
    from . import _admit_firewalld, _admit_iptables, _admit_nftables

    return [line for part in (_admit_iptables, _admit_nftables, _admit_firewalld) for line in part.commands(before, after, prefix)]
