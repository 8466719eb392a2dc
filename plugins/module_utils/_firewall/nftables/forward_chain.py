# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forward path of our nftables table: what may pass, and that nothing else does by what we opened. Pure."""

from __future__ import annotations

from typing import Dict, Iterable, List, Sequence

from ..._model.addresses import family_of
from ..._model.nat import Dnat, ForwardingEnabled, Isolation, Masquerade, NatResource
from ..._model.ownership import MARK
from ..comments import mark_of, write_device
from ..dnat import FAMILIES
from .builder import INSIDE, IP, TableBuilder, plain, ways_out


def _members_of(resources: Iterable[Isolation]) -> Dict[str, List[str]]:
    """The isolated interfaces by their lab, in the order of its name."""
    found: Dict[str, List[str]] = {}
    for resource in resources:
        found.setdefault(resource.owner or "", []).append(resource.interface)
    return dict(sorted(found.items()))


def _render_isolation(builder: TableBuilder, isolated: Sequence[Isolation]) -> None:
    """Who belongs to which lab. What has a lab's address as its source and does not come by its interface is dropped at once."""
    for resource in isolated:
        builder.put(INSIDE, (resource.interface,), (), mark_of(resource))
        for network in resource.networks:
            builder.put(
                f"networks{family_of(network)}", (plain(network),), (), write_device(resource)
            )
    for family in FAMILIES:
        if builder.sets[f"networks{family}"].elements:
            builder.rule(
                "spoofed",
                f"{IP[family]} saddr @networks{family}",
                "fib saddr . iif oif missing",
                "drop",
            )
    for owner, names in _members_of(isolated).items():
        for name in names:
            builder.put(f"lab-{owner}", (name,))
        # Among its own interfaces, which is also how br_netfilter shows what a bridge carries among its ports.
        builder.rule("forward", f"iifname @lab-{owner}", f"oifname @lab-{owner}", "accept")
    if isolated:
        builder.rule("forward", f"oifname @{INSIDE}", "drop")


def render_forward_chain(builder: TableBuilder, resources: Sequence[NatResource]) -> None:
    """Forwarding that we turned on is for our traffic only: the rest is dropped as if it were still off (an accept ends only this chain).

    So is, whoever turned it on, what goes into an isolated lab or comes from one.
    """
    opened = [resource for resource in resources if isinstance(resource, ForwardingEnabled)]
    isolated = [resource for resource in resources if isinstance(resource, Isolation)]
    if not opened and not isolated:
        return
    if any(isinstance(resource, (Masquerade, Dnat)) for resource in resources):
        builder.rule("forward", "ct state established,related", "accept")
        # Translated means published, by us or by another on purpose, and the target is no longer what the sender wrote.
        builder.rule("forward", "ct status dnat", "accept")
    _render_isolation(builder, isolated)
    for resource in specific_first(resources):
        came_by = f'iifname "{resource.device}"' if resource.device else None
        builder.rule(
            "forward",
            came_by,
            f"{IP[resource.family]} saddr {plain(resource.source)}",
            ways_out(resource),
            "accept",
            comment=mark_of(resource),
        )
    if isolated:
        builder.rule("forward", f"iifname @{INSIDE}", "drop")
    for family in FAMILIES:
        _render_drops(
            builder,
            family,
            [resource.interface for resource in opened if resource.family == family],
        )


def _render_drops(builder: TableBuilder, family: int, interfaces: Sequence[str]) -> None:
    version = f"meta nfproto ipv{family}"
    names = [name for name in interfaces if name != "all"]
    for name in names:
        builder.put(f"opened{family}", (name,), (), MARK)
        builder.put(f"bridged{family}", (name, name))
    if names:
        # br_netfilter shows us what a bridge carries among its own ports: as coming and going by the bridge. That is no forwarding.
        builder.rule(
            "forward",
            version,
            'meta iifkind "bridge"',
            f"iifname . oifname @bridged{family}",
            "accept",
        )
        builder.rule("forward", version, f"iifname @opened{family}", "drop")
    if len(names) < len(interfaces):
        # The same for every bridge there is, for IPv6 opens all interfaces at once: what has its route by the bridge it came from
        # stays there, and what has no route by the bridge it leaves by was not routed to it.
        both = ('meta iifkind "bridge"', 'meta oifkind "bridge"')
        builder.rule("forward", version, *both, "fib daddr . iif oif exists", "accept")
        builder.rule("forward", version, *both, "fib daddr . oif type unreachable", "accept")
        builder.rule("forward", version, "drop")


def specific_first(resources: Iterable[NatResource]) -> List[Masquerade]:
    """The masquerades, the smaller networks first, and those that name a way out before those that do not."""
    rules = [resource for resource in resources if isinstance(resource, Masquerade)]
    return sorted(
        rules,
        key=lambda resource: (
            -int(resource.source.partition("/")[2]),
            resource.out_interface is None,
        ),
    )
