# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From NAT resources to our nftables table; parse.py goes back. Pure.

Port forwardings are looked up in hash maps, so that a connection costs the same with 5,000 of them
as with one. A forwarding's own elements and a masquerade's own rule carry a note (comments.py),
from which the resources are read back. Elements that follow from those have no comment: the whole
table has to fit into one message to the kernel. Everything in the table follows from the resources,
so that a change of any part makes it differ from what the resources render.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import family_of, join_port
from ..._model.errors import Refused
from ..._model.fast_typing import NamedTuple
from ..._model.nat import Dnat, Masquerade, SavedSysctl
from ..._model.ownership import MARK
from ..._model.ranges import format_range
from ..._model.rulesets import sort_rules
from ..comments import write_interface_note
from ..dnat import DnatMatch, list_matches
from ..resources import FAMILIES, NEVER_MASQUERADED, of_type, order_masquerades
from .builder import (
    IP,
    SYSCTL_SETS,
    TableBuilder,
    match_out_interface,
    match_source,
    shorten_network,
)
from .forward_chain import render_forward_chain
from .input_chains import render_input_chains
from .lookups import add_lookups, local_destination
from .mark_chains import render_mark_chains
from .table import PROTOCOL_NUMBERS, NftTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..._model.resources import NatResource


def _dnat_to(address: str, port: int | None = None) -> str:
    target = address if port is None else join_port(address, port)
    return f"dnat {IP[family_of(address)]} to {target}"


def _port_pairs(dnat: Dnat) -> Iterator[tuple[str, str]]:
    """Return each port with the target's port."""
    shift = dnat.to_ports[0] - dnat.ports[0]
    return ((str(port), str(port + shift)) for port in range(dnat.ports[0], dnat.ports[1] + 1))


def _add_source_rules(builder: TableBuilder, match: DnatMatch) -> None:
    """Add the rules of a port forwarding for one source network; the maps have no sources."""
    dnat = match.dnat
    ip = IP[dnat.family]
    limits: list[str] = []
    if match.in_interface:
        limits.append(f'iifname "{match.in_interface}"')
    elif match.not_in_interface:
        limits.append(f'iifname != "{match.not_in_interface}"')
    limits.append(f"{ip} saddr {shorten_network(match.source or '')}")
    if dnat.destination:
        limits.append(f"{ip} daddr {dnat.destination}")
    else:
        limits += local_destination(dnat.family)
    if dnat.ports == dnat.to_ports:
        targets = [(format_range(*dnat.ports), _dnat_to(dnat.to_address))]
    else:
        targets = [
            (port, _dnat_to(dnat.to_address, int(to_port))) for port, to_port in _port_pairs(dnat)
        ]
    for ports, action in targets:
        protocol = f"{dnat.protocol} dport {ports}"
        builder.add_rule("prerouting", *limits, protocol, "counter", action, comment=match.comment)


def _add_map_elements(builder: TableBuilder, match: DnatMatch) -> None:
    """Add the map elements of a port forwarding for all sources, one for each port."""
    dnat = match.dnat
    family, number = dnat.family, PROTOCOL_NUMBERS[dnat.protocol]
    in_key = (match.in_interface,) if match.in_interface else ()
    to_key = (dnat.destination,) if dnat.destination else ()
    suffix = ("_in" if in_key else "") + ("_to" if to_key else "")
    for port, to_port in _port_pairs(dnat):
        added = builder.add_element(
            f"forward{family}{suffix}",
            (*in_key, *to_key, number, port),
            (dnat.to_address, to_port),
            match.comment,
        )
        if not added and match.comment:
            raise Refused(
                "destination_port",
                port,
                f"is forwarded twice, the second time to {dnat.to_address}",
            )
        if match.not_in_interface:
            key = (match.not_in_interface, *to_key, number, port)
            builder.add_element(f"own{family}{suffix}", key)


def _add_host_and_hairpin_elements(builder: TableBuilder, dnat: Dnat) -> None:
    """Add the elements for the host's own connections, and for the replies of a hairpin."""
    family, number = dnat.family, PROTOCOL_NUMBERS[dnat.protocol]
    to_key = (dnat.destination,) if dnat.destination else ()
    suffix = "_to" if to_key else ""
    for port, to_port in _port_pairs(dnat):
        key = (*to_key, number, port)
        if dnat.source or dnat.in_interface:
            if dnat.from_host:
                builder.add_element(f"host{family}{suffix}", key, (dnat.to_address, to_port))
        elif not dnat.from_host:
            builder.add_element(f"outside{family}{suffix}", key)
        if dnat.hairpin and dnat.device:
            target = (dnat.to_address, number, to_port)
            builder.add_element(f"hairpin{family}", (dnat.device, dnat.device, *target))
            # With br_netfilter a connection back to its own sender has no incoming interface in
            # postrouting, so this set matches it by its source.
            builder.add_element(f"self{family}", (dnat.to_address, *target))


def _add_masquerade(builder: TableBuilder, masquerade: Masquerade) -> None:
    comment = write_interface_note(masquerade, masquerade.device)
    out_interface = match_out_interface(masquerade)
    if not masquerade.translated:
        # Less specific rules come later, and do not translate it either.
        source = match_source(masquerade)
        builder.add_rule("postrouting", source, out_interface, "accept", comment=comment)
        return
    family, ip = masquerade.family, IP[masquerade.family]
    excluded = (
        masquerade.source,
        *NEVER_MASQUERADED[family],
        *masquerade.destination_except,
    )
    action = f"snat {ip} to {masquerade.to_source}" if masquerade.to_source else "masquerade"
    builder.add_rule(
        "postrouting",
        match_source(masquerade),
        *(f"{ip} daddr != {shorten_network(network)}" for network in excluded),
        out_interface,
        action,
        comment=comment,
    )


def _render(ordered: Sequence[NatResource]) -> NftTable:
    builder = TableBuilder()
    for match in list_matches(ordered):
        if match.source:
            _add_source_rules(builder, match)
        else:
            _add_map_elements(builder, match)
    for dnat in of_type(ordered, Dnat):
        _add_host_and_hairpin_elements(builder, dnat)
    for family in FAMILIES:
        add_lookups(builder, family)
    for masquerade in order_masquerades(ordered):
        _add_masquerade(builder, masquerade)
    render_forward_chain(builder, ordered)
    render_input_chains(builder, ordered)
    render_mark_chains(builder, ordered)
    for saved in of_type(ordered, SavedSysctl):
        builder.add_element(SYSCTL_SETS[saved.setting], (saved.interface,), (), MARK)
    return builder.build()


class _Rendering(NamedTuple):
    resources: tuple[NatResource, ...]
    table: NftTable


class TableRenderer:
    """Renders tables and keeps the last few.

    One run of a task needs the tables before and after a change several times: for the changes, for
    the verification, for ``commands``. With thousands of resources each rendering takes a while.
    """

    MAX_RENDERINGS = 4

    def __init__(self) -> None:
        self._renderings: list[_Rendering] = []

    def render(self, resources: Iterable[NatResource]) -> NftTable:
        """Return the table for these resources; it does not depend on their order.

        The table must not be altered.

        :raises Refused: a port is forwarded twice.
        """
        ordered = self._order(resources)
        for rendering in self._renderings:
            if rendering.resources == ordered:
                return rendering.table
        rendering = _Rendering(ordered, _render(ordered))
        self._renderings = [*self._renderings, rendering][-self.MAX_RENDERINGS :]
        return rendering.table

    def _order(self, resources: Iterable[NatResource]) -> tuple[NatResource, ...]:
        # Usually it is the same tuple again: looking it up is faster than sorting 5,000 resources.
        for rendering in self._renderings:
            if rendering.resources is resources:
                return rendering.resources
        return sort_rules(resources)

    def find_resources(self, table: NftTable, netns: str | None) -> tuple[NatResource, ...] | None:
        """Return the resources of this namespace that were rendered to an equal table."""
        for resources, known in self._renderings:
            if resources and resources[0].netns == netns and known == table:
                return resources
        return None
