# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chains of our nftables table that limit forwarding. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import family_of, merge_networks, network_of
from ..._model.nat import Dnat, ForwardingEnabled, Isolation, Masquerade
from ..._model.ownership import MARK
from ..comments import write_interface_note, write_owner_mark
from ..resources import FAMILIES, of_type, order_masquerades
from .builder import (
    IP,
    ISOLATED_SET,
    TableBuilder,
    match_out_interface,
    match_source,
    shorten_network,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..._model.resources import NatResource


def render_forward_chain(builder: TableBuilder, resources: Sequence[NatResource]) -> None:
    """Add the rules that limit forwarding.

    Where we enabled forwarding, only our traffic is forwarded: the rest is dropped as if forwarding
    were still disabled. An accept here ends only this chain; chains of others still decide. Traffic
    into and out of an isolated lab is dropped, however forwarding was enabled.
    """
    forwarding = of_type(resources, ForwardingEnabled)
    isolations = of_type(resources, Isolation)
    if not forwarding and not isolations:
        return
    if any(isinstance(resource, (Masquerade, Dnat)) for resource in resources):
        builder.add_rule("forward", "ct state established,related", "accept")
        # Translated connections were published on purpose, by us or by others; their destination is
        # no longer the one that the sender used.
        builder.add_rule("forward", "ct status dnat", "accept")
    _add_antispoofing(builder, isolations)
    _add_lab_members(builder, isolations)
    for masquerade in order_masquerades(resources):
        builder.add_rule(
            "forward",
            f'iifname "{masquerade.device}"' if masquerade.device else None,
            match_source(masquerade),
            match_out_interface(masquerade),
            "accept",
            comment=write_owner_mark(masquerade),
        )
    if isolations:
        builder.add_rule("forward", f"iifname @{ISOLATED_SET}", "drop")
    for family in FAMILIES:
        interfaces = [entry.interface for entry in forwarding if entry.family == family]
        _add_drops(builder, family, interfaces, _list_below(isolations))


def _add_antispoofing(builder: TableBuilder, isolations: Sequence[Isolation]) -> None:
    """Drop packets with a lab's source address that do not arrive by the lab's interface."""
    for isolation in isolations:
        comment = write_owner_mark(isolation)
        builder.add_element(ISOLATED_SET, (isolation.interface,), (), comment)
        for network in isolation.networks:
            address, _slash, length = network.partition("/")
            key = (isolation.interface, address, length)
            builder.add_element(f"lab_networks{family_of(network)}", key)
    networks = {network for isolation in isolations for network in isolation.networks}
    for merged in merge_networks(map(network_of, networks)):
        builder.add_element(f"networks{merged.version}", (shorten_network(str(merged)),))
    for isolation in isolations:
        _accept_joined(builder, isolation)
    for family in FAMILIES:
        if builder.sets[f"networks{family}"].elements:
            sources = f"{IP[family]} saddr @networks{family}"
            builder.add_rule("spoofed", sources, "fib saddr . iif oif missing", "drop")


def _accept_joined(builder: TableBuilder, isolation: Isolation) -> None:
    """Accept a lab's packets that enter by any interface on its Ethernet segment.

    With br_netfilter these are also packets that a bridge passes between its ports. The route to
    the lab may lead out by another of these interfaces.
    """
    for name in isolation.untracked:
        note = write_interface_note(isolation, isolation.interface)
        builder.add_rule("untracked", f'iifname "{name}"', "notrack", comment=note)
    names = (isolation.interface, *isolation.joined) if isolation.joined else ()
    for name in names:
        for network in isolation.networks:
            builder.add_rule(
                "spoofed",
                f'iifname "{name}"',
                f"{IP[family_of(network)]} saddr {shorten_network(network)}",
                "accept",
                comment=write_interface_note(isolation, isolation.interface),
            )


def _interfaces_by_lab(isolations: Iterable[Isolation]) -> dict[str, list[str]]:
    """Return the isolated interfaces by lab, ordered by the lab's name."""
    found: dict[str, list[str]] = {}
    for isolation in isolations:
        found.setdefault(isolation.owner or "", []).append(isolation.interface)
    return dict(sorted(found.items()))


def _add_lab_members(builder: TableBuilder, isolations: Sequence[Isolation]) -> None:
    """Accept traffic within a lab, and drop what enters a lab from elsewhere."""
    for owner, names in _interfaces_by_lab(isolations).items():
        for name in names:
            builder.add_element(f"lab-{owner}", (name,))
        # br_netfilter shows what a bridge passes between its ports as entering and leaving by the
        # bridge, so this rule accepts that too.
        builder.add_rule("forward", f"iifname @lab-{owner}", f"oifname @lab-{owner}", "accept")
    if isolations:
        builder.add_rule("forward", f"oifname @{ISOLATED_SET}", "drop")


def _list_below(isolations: Iterable[Isolation]) -> list[str]:
    """List the bridges below a VLAN that has a lab's address."""
    return sorted({name for found in isolations for name in {*found.joined} - {*found.untracked}})


def _add_drops(
    builder: TableBuilder, family: int, interfaces: Sequence[str], below: Sequence[str]
) -> None:
    """Drop what enters by interfaces on which we enabled forwarding; ``all`` is any interface.

    :param below: the bridges whose packets have a mark, and a route by another interface.
    """
    protocol = f"meta nfproto ipv{family}"
    names = [name for name in interfaces if name != "all"]
    for name in names:
        builder.add_element(f"opened{family}", (name,), (), MARK)
        builder.add_element(f"bridged{family}", (name, name))
    if names:
        # br_netfilter shows what a bridge passes between its ports as entering and leaving by the
        # bridge. That is not forwarding.
        builder.add_rule(
            "forward",
            protocol,
            'meta iifkind "bridge"',
            f"iifname . oifname @bridged{family}",
            "accept",
        )
        builder.add_rule("forward", protocol, f"iifname @opened{family}", "drop")
    if len(names) < len(interfaces):
        # The same for all bridges, because IPv6 forwarding is enabled on all interfaces at once. A
        # packet whose route leads out by the bridge by which it entered stays within that bridge. A
        # packet without a mark was not routed: the guard would have dropped it.
        bridges = ('meta iifkind "bridge"', 'meta oifkind "bridge"')
        builder.add_rule("forward", protocol, *bridges, "fib daddr . iif oif exists", "accept")
        builder.add_rule("forward", protocol, *bridges, "meta mark 0", "accept")
        for name in below:
            same = (f'iifname "{name}"', f'oifname "{name}"')
            builder.add_rule("forward", protocol, *bridges[:1], *same, "accept")
        builder.add_rule("forward", protocol, "drop")
