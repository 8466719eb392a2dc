# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a lab is not wanted any more, found by its mark."""

from __future__ import annotations

from typing import Any, List, Set, Tuple

from .._model.changes import Resource
from .._model.current_state import CurrentState
from .._model.desired_state import DesiredState
from .._model.links import LinkRef, Veth
from .._model.netns import Netns
from .._model.routes import Route, route_protocol


def wanted_keys(present: Tuple[Resource, ...]) -> Set[Tuple[Any, ...]]:
    """What is wanted, each end of a pair by itself."""
    keys = set()
    for resource in present:
        keys |= (
            {resource.end.key, resource.peer.key} if isinstance(resource, Veth) else {resource.key}
        )
    return keys


def find_orphans(desired: DesiredState, current: CurrentState) -> List[Resource]:
    """What bears the lab's mark and is not wanted. A pair counts once, a namespace covers what lies in it."""
    wanted = wanted_keys(desired.present)
    resources: List[Resource] = [
        netns
        for netns in current.namespaces.values()
        if netns.owner == desired.lab and netns.key not in wanted
    ]
    going = {resource.name for resource in resources if isinstance(resource, Netns)}
    seen: Set[LinkRef] = set()
    for link in current.links.values():
        if (
            link.owner != desired.lab
            or link.name == "lo"
            or link.key in wanted
            or link.netns in going
            or link.ref in seen
        ):
            continue
        if link.peer is not None and (("link", *link.peer) in wanted or link.peer[0] in going):
            continue
        seen |= {link.ref, link.peer} if link.peer else {link.ref}
        resources.append(link)
    resources += [
        route
        for route in routes_of_lab(desired.lab or "", current)[0]
        if route.netns not in going and route.key not in wanted
    ]
    for netns, ruleset in current.rulesets.items():
        if netns not in going:
            resources += [
                rule
                for rule in ruleset.resources
                if getattr(rule, "owner", None) == desired.lab and rule.key not in wanted
            ]
    return resources


def routes_of_lab(lab: str, current: CurrentState) -> Tuple[List[Route], List[Route]]:
    """Routes with a lab's number; where another lab here has the same, only those at its own places. And of the rest those that may be of either."""
    others = current.labs_with_same_route_protocol(lab)
    marked = [
        route
        for routes in current.routes.values()
        for route in routes
        if route.protocol == route_protocol(lab)
    ]
    own = [route for route in marked if not others or current.holds_route_of(lab, route)]
    unclear = (
        [
            route
            for route in marked
            if route not in own
            and not any(current.holds_route_of(other, route) for other in others)
        ]
        if others
        else []
    )
    return own, unclear
