# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the removal of namespaces, and of what is removed with them."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from .._describe.places import describe_owner
from .._model.errors import Conflict
from .._model.netns import Netns, StaleName
from .._model.routes import KERNEL_ROUTE
from .link_effects import remove_link
from .namespaces import FALLBACK_LINKS, check_name, check_netns_dir
from .phases import Phase
from .physical_links import plan_return_to_host

if TYPE_CHECKING:
    from .._model.links import Link
    from .projection import Projection


def plan_no_netns(projection: Projection, unwanted: Netns) -> None:
    """Plan to delete a namespace, with its resources; physical links are given back to the host.

    :raises Conflict: if it is in use or belongs to someone else, unless ``force`` is set.
    """
    name = unwanted.name
    unusable = projection.current.unusable_names.get(name)
    check_name(name, unusable)
    if unusable is not None:
        check_netns_dir(projection, name)
        projection.remove(StaleName(name), Phase.REMOVE_NETNS)
        return
    current = projection.namespaces.get(name)
    if current is None:
        return
    check_netns_dir(projection, name)
    if not projection.request.permits("force", unwanted):
        _check_removable(projection, current)
    _remove_links_of(projection, name)
    resolver = projection.current.resolvers.get(name)
    if resolver is not None and resolver.owner is not None:
        projection.remove(resolver, Phase.REMOVE_RESOLVER)
    _drop_contents(projection, name)
    projection.remove(current, Phase.REMOVE_NETNS)


def _check_removable(projection: Projection, current: Netns) -> None:
    reasons, remedy = [], ""
    processes = projection.current.processes.get(current.name, ())
    if processes:
        listed = ", ".join(f"{process.pid} ({process.command})" for process in processes[:10])
        reasons.append(f"processes run in it: {listed}")
        remedy = f"; end them (kill {' '.join(str(process.pid) for process in processes[:10])})"
    foreign = _foreign_links(projection, current.name)
    if foreign:
        listed = ", ".join(f"{link.name} ({describe_owner(link)})" for link in foreign)
        reasons.append(f"it has interfaces that were not created for it: {listed}")
    # A task that names an empty namespace means it.
    if current.owner is None and (reasons or projection.request.lab is not None):
        reasons.insert(0, "it was not created by this collection")
    if reasons:
        option = " (bridge_lab_force in the role)" if projection.request.lab is not None else ""
        remedy += ", or" if remedy else ";"
        rule = f"{'; '.join(reasons)}{remedy} set force: true to remove it anyway{option}"
        raise Conflict("name", current.name, rule)


def _foreign_links(projection: Projection, netns: str) -> list[Link]:
    return [
        link
        for link in projection.links.in_netns(netns)
        if projection.is_foreign(link) and link.name not in ("lo", *FALLBACK_LINKS)
    ]


def _remove_links_of(projection: Projection, netns: str) -> None:
    """Plan that the links of a namespace are deleted, or given back to the host.

    To delete a link takes the kernel 20 ms. A namespace that ends takes all of its links with it,
    later. A topology leaves its links to that: with its next task it finds by their marks those
    that stayed because a process held the namespace open. A single module would not find them.
    """
    is_implied = projection.request.lab is not None and not projection.current.processes.get(netns)
    for link in sorted(projection.links.in_netns(netns), key=attrgetter("name")):
        if link.ref not in projection.links or link.name in ("lo", *FALLBACK_LINKS):
            continue
        if link.kind == "" or link.saved is not None:
            plan_return_to_host(projection, link)
            continue
        is_own = link.owner == projection.request.lab
        remove_link(
            projection, link, implied=is_implied and is_own and not _must_be_free_at_once(link)
        )


def _must_be_free_at_once(link: Link) -> bool:
    """Whether a link occupies an id, a port or a parent in another namespace."""
    if getattr(link.options, "mode", None) == "passthru":
        occupies = link.kind == "macvlan"
    else:
        occupies = link.kind in ("vlan", "vxlan", "wireguard")
    return occupies and (link.parent is None or link.parent[0] != link.netns)


def _drop_contents(projection: Projection, netns: str) -> None:
    """Plan that the rules, the routes and the loopback of a namespace go with it."""
    ruleset = projection.current.rulesets.get(netns)
    for resource in ruleset.resources if ruleset else ():
        projection.remove(resource, Phase.REMOVE_NETNS, implied=True)
    for route in tuple(projection.routes.get(netns, ())):
        if route.protocol != KERNEL_ROUTE:
            projection.remove(route, Phase.REMOVE_NETNS, implied=True)
    loopback = projection.links.get((netns, "lo"))
    if loopback is not None and loopback.up:
        projection.change(loopback, Phase.REMOVE_NETNS, implied=True, up=False)
