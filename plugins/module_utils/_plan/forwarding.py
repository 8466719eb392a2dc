# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the forwarding sysctls that the NAT rules of a namespace need."""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterable, List, Optional, Set, Tuple, Union

from .._model.forwarding import CLOSED, OPEN, OPENED, forwarding_key
from .._model.nat import Dnat, Kept, Masquerade, NatThing, Opened
from .._model.netns import Sysctl
from .phases import Phase
from .projection import Draft

_LEARNS, _LEARNS_FORWARDING = "1", "2"
"""Values of accept_ra: from router advertisements an interface takes its default route, unless it forwards; even then."""


def _addressed(draft: Draft, netns: Optional[str]) -> FrozenSet[str]:
    """Interfaces with an IPv4 address: by these answers can come back when no way out is named."""
    return frozenset(
        link.name
        for link in draft.links_in(netns)
        if link.name != "lo" and any(":" not in text for text in link.addresses or ())
    )


def _forwarding_interfaces(
    thing: NatThing, addressed: FrozenSet[str]
) -> FrozenSet[Tuple[int, str]]:
    """(family, interface) by which the traffic of one thing comes in, both ways."""
    if not isinstance(thing, (Masquerade, Dnat)):
        return frozenset()
    if thing.family == 6:
        return frozenset({(6, "all")})
    named = thing.out_interface if isinstance(thing, Masquerade) else thing.in_interface
    names = addressed if named is None else {named}
    return frozenset((4, name) for name in (*names, *([thing.device] if thing.device else ())))


def _ipv6_key(interface: str, setting: str) -> str:
    return f"net/ipv6/conf/{interface}/{setting}"


def _keep(draft: Draft, netns: Optional[str]) -> List[Kept]:
    """Before IPv6 forwarding is opened: what it would take along, recorded; and an uplink goes on to learn its default route.

    Whenever one interface begins to forward, the kernel drops the default routes that were learned by those of which accept_ra
    is not 2. So that is the first to be set, and the last to be set back.
    """
    kept = []
    names = sorted(link.name for link in draft.links_in(netns))
    forwarding = {
        name: draft.there.sysctls.get((netns, _ipv6_key(name, "forwarding"))) == OPEN
        for name in (*names, "default")
    }
    for name in names:
        link, key = draft.links[netns, name], _ipv6_key(name, "accept_ra")
        learns = link.accept_ra and draft.there.sysctls.get((netns, key)) == _LEARNS
        if learns and not forwarding[name] and not link.bridge and name != "lo":
            kept.append(Kept(netns, name, "accept_ra"))
            draft.step(
                Phase.OPEN_FORWARDING,
                Sysctl(netns, key, _LEARNS),
                Sysctl(netns, key, _LEARNS_FORWARDING),
            )
    for name in [name for name, forwards in forwarding.items() if forwards]:
        kept.append(Kept(netns, name, "forwarding"))
        # The one switch for all takes it along when it is turned back: here, or when this is undone.
        own = Sysctl(netns, _ipv6_key(name, "forwarding"), OPEN)
        draft.step(Phase.OPEN_FORWARDING, own, own, implied=True)
    return kept


def _let_go(draft: Draft, netns: Optional[str], kept: Iterable[Kept], closing: bool) -> None:
    """When IPv6 forwarding is not ours to hold open any more: what was recorded is set back. ``closing``: it is closed with that."""
    for thing in sorted(kept, key=lambda thing: thing.setting, reverse=True):
        key = _ipv6_key(thing.interface, thing.setting)
        value = draft.there.sysctls.get((netns, key))
        if thing.setting == "accept_ra" and value == _LEARNS_FORWARDING:
            draft.step(
                Phase.CLOSE_FORWARDING, Sysctl(netns, key, value), Sysctl(netns, key, _LEARNS)
            )
        elif thing.setting == "forwarding" and value is not None and closing:
            draft.step(Phase.CLOSE_FORWARDING, Sysctl(netns, key, value), Sysctl(netns, key, OPEN))


def _opened(draft: Draft, netns: Optional[str]) -> Set[Tuple[int, str]]:
    """What bears our value: (family, interface)."""
    found = {
        (4, link.name)
        for link in draft.links_in(netns)
        if draft.there.sysctls.get((netns, forwarding_key(4, link.name))) == OPENED
    }
    return found | (
        {(6, "all")}
        if draft.there.sysctls.get((netns, forwarding_key(6, "all"))) == OPENED
        else set()
    )


def plan_forwarding(
    draft: Draft,
    netns: Optional[str],
    before: Dict[Tuple[object, ...], NatThing],
    rules: Iterable[NatThing],
) -> List[Union[Opened, Kept]]:
    """What must be recorded as opened by us, and as it was before; steps for the switches themselves."""
    needed: Set[Tuple[int, str]] = set()
    addressed = _addressed(draft, netns)
    for rule in rules:
        needed |= _forwarding_interfaces(rule, addressed)
    recorded = {
        (thing.family, thing.interface) for thing in before.values() if isinstance(thing, Opened)
    }
    # Of what is not noted any more, as much as this is about: all of it when nothing of ours is left.
    noted = {
        (family, interface)
        for family, interface in _opened(draft, netns)
        if (family, interface) in needed or not needed
    }
    recorded |= noted
    kept = {thing.key: thing for thing in before.values() if isinstance(thing, Kept)}
    opened: List[Union[Opened, Kept]] = []
    for family, interface in sorted(needed):
        key = forwarding_key(family, interface)
        inherited = forwarding_key(family, "default")
        value = draft.there.sysctls.get(
            (netns, key), draft.there.sysctls.get((netns, inherited), CLOSED)
        )
        closed = value in (CLOSED, None)
        if closed:
            if family == 6:
                kept.update((thing.key, thing) for thing in _keep(draft, netns))
            draft.step(Phase.OPEN_FORWARDING, Sysctl(netns, key, value), Sysctl(netns, key, OPENED))
        if closed or (family, interface) in recorded:
            opened.append(Opened(netns, family, interface))
    everybody = draft.there.sysctls.get((netns, forwarding_key(4, "all"))) == OPEN
    for family, interface in sorted(recorded - needed):
        key = forwarding_key(family, interface)
        gone = family == 4 and (netns, interface) not in draft.links
        value = draft.there.sysctls.get((netns, key))
        is_open = value in (OPEN, OPENED)
        if (gone or not (family == 4 and everybody)) and is_open:
            # The switch of a link that leaves goes with it, and comes back after it when this is undone.
            draft.step(
                Phase.LEAVE if gone else Phase.CLOSE_FORWARDING,
                Sysctl(netns, key, value),
                Sysctl(netns, key, CLOSED),
                implied=gone,
            )
        if family == 6:
            _let_go(draft, netns, kept.values(), closing=is_open)
            kept.clear()
    return [*opened, *kept.values()]
