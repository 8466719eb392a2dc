# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forward path of our nftables table: what may pass, and that nothing else does by what we opened. Pure."""

from __future__ import annotations

from typing import Dict, Iterable, List, Sequence

from ..._model.addresses import family_of
from ..._model.nat import Dnat, Isolated, Masquerade, NatThing, Opened
from ..._model.ownership import MARK
from ..comments import mark_of, write_device
from ..forwards import FAMILIES
from .builder import INSIDE, IP, TableDraft, plain, ways_out


def _members_of(things: Iterable[Isolated]) -> Dict[str, List[str]]:
    """The isolated interfaces by their lab, in the order of its name."""
    found: Dict[str, List[str]] = {}
    for thing in things:
        found.setdefault(thing.owner or "", []).append(thing.interface)
    return dict(sorted(found.items()))


def _render_isolation(draft: TableDraft, isolated: Sequence[Isolated]) -> None:
    """Who belongs to which lab. What has a lab's address as its source and does not come by its interface is dropped at once."""
    for thing in isolated:
        draft.put(INSIDE, (thing.interface,), (), mark_of(thing))
        for network in thing.networks:
            draft.put(f"networks{family_of(network)}", (plain(network),), (), write_device(thing))
    for family in FAMILIES:
        if draft.sets[f"networks{family}"].elements:
            draft.rule(
                "spoofed",
                f"{IP[family]} saddr @networks{family}",
                "fib saddr . iif oif missing",
                "drop",
            )
    for owner, names in _members_of(isolated).items():
        for name in names:
            draft.put(f"lab-{owner}", (name,))
        # Among its own interfaces, which is also how br_netfilter shows what a bridge carries among its ports.
        draft.rule("forward", f"iifname @lab-{owner}", f"oifname @lab-{owner}", "accept")
    if isolated:
        draft.rule("forward", f"oifname @{INSIDE}", "drop")


def render_guard(draft: TableDraft, things: Sequence[NatThing]) -> None:
    """Forwarding that we turned on is for our traffic only: the rest is dropped as if it were still off (an accept ends only this chain).

    So is, whoever turned it on, what goes into an isolated lab or comes from one.
    """
    opened = [thing for thing in things if isinstance(thing, Opened)]
    isolated = [thing for thing in things if isinstance(thing, Isolated)]
    if not opened and not isolated:
        return
    if any(isinstance(thing, (Masquerade, Dnat)) for thing in things):
        draft.rule("forward", "ct state established,related", "accept")
        # Translated means published, by us or by another on purpose, and the target is no longer what the sender wrote.
        draft.rule("forward", "ct status dnat", "accept")
    _render_isolation(draft, isolated)
    for thing in specific_first(things):
        came_by = f'iifname "{thing.device}"' if thing.device else None
        draft.rule(
            "forward",
            came_by,
            f"{IP[thing.family]} saddr {plain(thing.source)}",
            ways_out(thing),
            "accept",
            comment=mark_of(thing),
        )
    if isolated:
        draft.rule("forward", f"iifname @{INSIDE}", "drop")
    for family in FAMILIES:
        _render_drops(
            draft, family, [thing.interface for thing in opened if thing.family == family]
        )


def _render_drops(draft: TableDraft, family: int, interfaces: Sequence[str]) -> None:
    version = f"meta nfproto ipv{family}"
    names = [name for name in interfaces if name != "all"]
    for name in names:
        draft.put(f"opened{family}", (name,), (), MARK)
        draft.put(f"bridged{family}", (name, name))
    if names:
        # br_netfilter shows us what a bridge carries among its own ports: as coming and going by the bridge. That is no forwarding.
        draft.rule(
            "forward",
            version,
            'meta iifkind "bridge"',
            f"iifname . oifname @bridged{family}",
            "accept",
        )
        draft.rule("forward", version, f"iifname @opened{family}", "drop")
    if len(names) < len(interfaces):
        # The same for every bridge there is, for IPv6 opens all interfaces at once: what has its route by the bridge it came from
        # stays there, and what has no route by the bridge it leaves by was not routed to it.
        both = ('meta iifkind "bridge"', 'meta oifkind "bridge"')
        draft.rule("forward", version, *both, "fib daddr . iif oif exists", "accept")
        draft.rule("forward", version, *both, "fib daddr . oif type unreachable", "accept")
        draft.rule("forward", version, "drop")


def specific_first(things: Iterable[NatThing]) -> List[Masquerade]:
    """The masquerades, the smaller networks first, and those that name a way out before those that do not."""
    rules = [thing for thing in things if isinstance(thing, Masquerade)]
    return sorted(
        rules, key=lambda thing: (-int(thing.source.partition("/")[2]), thing.out_interface is None)
    )
