# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chains of our nftables table that mark what may be forwarded, for the guard. Pure.

Policy routing drops guarded packets without the mark (``guard/render.py``). What the forward chain
can accept is marked, last in prerouting; what it drops anyway is not. The forward chain, and what
others have in input and forward, finds the mark cleared. A packet that others have marked passes
the guard and keeps its mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import family_of
from ..._model.guard_rules import GUARD_MARK
from ..._model.nat import Dnat, ForwardingEnabled, Isolation, Masquerade
from ..comments import write_owner_mark
from ..resources import of_type, order_masquerades
from .builder import IP, ISOLATED_SET, TableBuilder, match_source, shorten_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._model.resources import NatResource

_UNMARKED = "meta mark 0"
_SET_MARK = f"meta mark set {GUARD_MARK}"


def render_mark_chains(builder: TableBuilder, resources: Sequence[NatResource]) -> None:
    """Add the rules that mark packets for the guard, and those that clear the mark."""
    isolated = {isolation.interface for isolation in of_type(resources, Isolation)}
    if not isolated and not of_type(resources, ForwardingEnabled):
        return
    if any(isinstance(resource, (Masquerade, Dnat)) for resource in resources):
        for known in ("ct state established,related", "ct status dnat"):
            builder.add_rule("marked", _UNMARKED, known, _SET_MARK)
    if isolated:
        builder.add_rule("marked", _UNMARKED, f"iifname @{ISOLATED_SET}", _SET_MARK)
    for isolation in of_type(resources, Isolation):
        _mark_joined(builder, isolation)
    for masquerade in order_masquerades(resources):
        if masquerade.device not in isolated:
            builder.add_rule(
                "marked",
                _UNMARKED,
                f'iifname "{masquerade.device}"' if masquerade.device else None,
                match_source(masquerade),
                _SET_MARK,
                comment=write_owner_mark(masquerade),
            )
    for chain in ("unmarked_input", "unmarked_forward"):
        builder.add_rule(chain, f"meta mark {GUARD_MARK}", "meta mark set 0")


def _mark_joined(builder: TableBuilder, isolation: Isolation) -> None:
    """Mark a lab's packets that prerouting sees at another interface on its Ethernet segment.

    With br_netfilter that is the bridge below a VLAN which has the address.
    """
    for name in sorted({*isolation.joined} - {*isolation.untracked}):
        for network in isolation.networks:
            builder.add_rule(
                "marked",
                _UNMARKED,
                f'iifname "{name}"',
                f"{IP[family_of(network)]} saddr {shorten_network(network)}",
                _SET_MARK,
                comment=write_owner_mark(isolation),
            )
