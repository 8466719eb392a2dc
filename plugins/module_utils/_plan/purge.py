# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a lab is not wanted any more, found by its mark."""

from __future__ import annotations

from typing import Any, List, Set, Tuple

from .._model.changes import Thing
from .._model.current_state import There
from .._model.desired_state import Wish
from .._model.links import Place, Veth
from .._model.netns import Netns
from .._model.routes import Route, route_protocol


def wanted_keys(present: Tuple[Thing, ...]) -> Set[Tuple[Any, ...]]:
    """What is wanted, each end of a pair by itself."""
    keys = set()
    for thing in present:
        keys |= {thing.end.key, thing.peer.key} if isinstance(thing, Veth) else {thing.key}
    return keys


def find_swept(wish: Wish, there: There) -> List[Thing]:
    """What bears the lab's mark and is not wanted. A pair counts once, a namespace covers what lies in it."""
    wanted = wanted_keys(wish.present)
    things: List[Thing] = [
        netns
        for netns in there.namespaces.values()
        if netns.owner == wish.lab and netns.key not in wanted
    ]
    going = {thing.name for thing in things if isinstance(thing, Netns)}
    seen: Set[Place] = set()
    for link in there.links.values():
        if (
            link.owner != wish.lab
            or link.name == "lo"
            or link.key in wanted
            or link.netns in going
            or link.place in seen
        ):
            continue
        if link.peer is not None and (("link", *link.peer) in wanted or link.peer[0] in going):
            continue
        seen |= {link.place, link.peer} if link.peer else {link.place}
        things.append(link)
    things += [
        route
        for route in routes_of_lab(wish.lab or "", there)[0]
        if route.netns not in going and route.key not in wanted
    ]
    for netns, ruleset in there.nat.items():
        if netns not in going:
            things += [
                rule
                for rule in ruleset.things
                if getattr(rule, "owner", None) == wish.lab and rule.key not in wanted
            ]
    return things


def routes_of_lab(lab: str, there: There) -> Tuple[List[Route], List[Route]]:
    """Routes with a lab's number; where another lab here has the same, only those at its own places. And of the rest those that may be of either."""
    others = there.share_number(lab)
    marked = [
        route
        for routes in there.routes.values()
        for route in routes
        if route.protocol == route_protocol(lab)
    ]
    own = [route for route in marked if not others or there.is_place_of(lab, route)]
    unclear = (
        [
            route
            for route in marked
            if route not in own and not any(there.is_place_of(other, route) for other in others)
        ]
        if others
        else []
    )
    return own, unclear
