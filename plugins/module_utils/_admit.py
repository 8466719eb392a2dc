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
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Tuple

from ._errors import Failed
from ._model import replace as altered
from ._netfilter import BINDINGS, FIREWALLD, has_iptables, list_tables
from ._rules import Admitted, NatThing, Obstacle

Tables = Optional[FrozenSet[Tuple[str, str]]]


class Survey(NamedTuple):
    """Where each firewall that is here can be told, and which chains of others drop what is forwarded."""

    posts: Dict[str, Tuple[str, ...]] = {}
    obstacles: Tuple[Obstacle, ...] = ()


def _tables() -> Tables:
    try:
        return list_tables()
    except OSError as error:
        raise Failed(f"the tables of nftables cannot be listed: {error.strerror or error}") from error


def _iptables(tables: Tables) -> Optional[ModuleType]:
    if not has_iptables(tables):
        return None
    from . import _admit_iptables

    return _admit_iptables


def _nftables(tables: Tables) -> Optional[ModuleType]:
    if not tables:
        return None
    from . import _admit_nftables

    return _admit_nftables


def _firewalld(tables: Tables) -> Optional[ModuleType]:
    if FIREWALLD not in (tables or ()) and not os.path.exists(BINDINGS):
        return None
    from . import _admit_firewalld

    return _admit_firewalld


def _read(tables: Tables) -> List[ModuleType]:
    """What knows those who are here. Read only when it is needed: on most hosts there is nobody."""
    return [part for part in (_iptables(tables), _nftables(tables), _firewalld(tables)) if part is not None]


def survey() -> Survey:
    """Whom one would have to ask here."""
    tables = _tables()
    posts: Dict[str, List[str]] = {}
    obstacles: List[Obstacle] = []
    for part in _read(tables):
        found, others = part.survey(tables)
        for firewall, places in found.items():
            posts.setdefault(firewall, []).extend(places)
        obstacles += others
    return Survey({firewall: tuple(places) for firewall, places in posts.items()}, tuple(obstacles))


def observe(netns: Optional[str], things: Sequence[NatThing]) -> List[Admitted]:
    """Who of ours is let through where, given our rules here."""
    tables = _tables()
    joined: Dict[Tuple[object, ...], Admitted] = {}
    for part in _read(tables):
        for one in part.observe(netns, things, tables):
            known = joined.get(one.key)
            joined[one.key] = one if known is None else altered(known, posts=known.posts + one.posts)
    return list(joined.values())


def replace(before: Sequence[NatThing], after: Sequence[NatThing]) -> None:
    """Tell them what shall be let through now, and no more."""
    if not any(isinstance(thing, Admitted) for thing in (*before, *after)):
        return
    tables = _tables()
    for part in _read(tables):
        part.replace(before, after, tables)


def commands(before: Sequence[NatThing], after: Sequence[NatThing], prefix: str) -> List[str]:
    """The same, as a person would type it into bash."""
    if not any(isinstance(thing, Admitted) for thing in (*before, *after)):
        return []
    from . import _admit_firewalld, _admit_iptables, _admit_nftables

    return [line for part in (_admit_iptables, _admit_nftables, _admit_firewalld) for line in part.commands(before, after, prefix)]
