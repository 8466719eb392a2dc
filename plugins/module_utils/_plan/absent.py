# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for what is removed, kind by kind."""

from __future__ import annotations

from typing import List, Sequence, Type, TypeVar

from .._model.changes import Resource
from .._model.links import Link, Veth
from .._model.netns import Netns, StaleName
from .._model.routes import Route
from . import kinds  # noqa: F401  # It registers the functions for each kind.
from .dispatch import plan_absent
from .link_effects import removal_phase, remove_link
from .link_ids import find_ids_in_use
from .phases import Phase
from .projection import Projection

_Kind = TypeVar("_Kind")


def remove_leftovers(projection: Projection) -> None:
    """Plan to remove what killed runs left behind: stale names, and links without a mark."""
    desired = projection.request.desired
    named = {
        resource.name
        for resource in (*desired.present, *desired.absent)
        if isinstance(resource, Netns)
    }
    for name in sorted(projection.current.own_stale_names - named):
        projection.remove(StaleName(name), Phase.CLEAR)
    for link in list(projection.links.values()):
        if link.half_made and link.ref in projection.links:
            remove_link(projection, link, Phase.CLEAR)


def plan_unwanted(projection: Projection, unwanted: Sequence[Resource]) -> None:
    """Plan to remove resources, those first that depend on others.

    Settings of links, sysctls and resolver configurations go with their link or namespace. The
    rules of a namespace are planned with the wanted ones.
    """
    if not unwanted:
        return
    # Routes go before the links that would take them along.
    for route in _of_kind(unwanted, Route):
        plan_absent(route, projection)
    _clear_ids(projection, unwanted)
    _remove_links(projection, unwanted)
    # Namespaces come last: whatever is left in them is removed with them, or given back to the
    # host.
    for netns in _of_kind(unwanted, Netns):
        plan_absent(netns, projection)


def _of_kind(resources: Sequence[Resource], kind: Type[_Kind]) -> List[_Kind]:
    return [resource for resource in resources if isinstance(resource, kind)]


def _clear_ids(projection: Projection, unwanted: Sequence[Resource]) -> None:
    """Plan to remove early the links whose id, port or parent a wanted link needs.

    With their namespace they would be removed late.
    """
    keys = {resource.key for resource in unwanted}
    for link in find_ids_in_use(projection.current, projection.request.links):
        is_removed = link.key in keys or Netns(link.netns or "").key in keys
        if is_removed and link.ref in projection.links:
            remove_link(projection, link, Phase.CLEAR)


def _remove_links(projection: Projection, unwanted: Sequence[Resource]) -> None:
    removed_namespaces = {netns.name for netns in _of_kind(unwanted, Netns)}
    links = [link for link in _of_kind(unwanted, Link) if link.name != "lo"]
    # A link that is removed early takes the links on it along, so it is planned before these.
    for link in sorted(links, key=lambda link: removal_phase(projection, link)):
        plan_absent(link, projection)
    for resource in unwanted:
        if isinstance(resource, Veth):
            plan_absent(resource, projection)
        elif (
            isinstance(resource, Link)
            and resource.name == "lo"
            and resource.addresses is not None
            and resource.netns not in removed_namespaces
        ):
            plan_absent(resource, projection)
