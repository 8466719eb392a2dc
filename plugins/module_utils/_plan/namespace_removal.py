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
from .namespaces import FALLBACK_LINKS, check_name, check_netns_dir, remove_netns_files
from .phases import Phase
from .physical_links import plan_return_to_host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.current_state import CurrentState, Process
    from .._model.links import Link
    from .projection import Projection

_MAX_PROCESSES = 10
"""Processes that a message names."""


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
    if current.attached is not None or unwanted.attached is not None:
        from .attached_netns import plan_no_attached

        plan_no_attached(projection, unwanted, current)
        return
    check_netns_dir(projection, name)
    if not projection.request.permits("force", unwanted):
        _check_removable(projection, current)
    _remove_links_of(projection, name)
    remove_netns_files(projection, name)
    _drop_contents(projection, name)
    projection.remove(current, Phase.REMOVE_NETNS)


def _check_removable(projection: Projection, current: Netns) -> None:
    reasons, remedy = [], ""
    processes = _find_foreign_processes(projection, current.name)
    if processes:
        listed, remedy = _describe_processes(projection.current, processes)
        reasons.append(f"processes run in it: {listed}")
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


def _describe_processes(current: CurrentState, processes: Sequence[Process]) -> tuple[str, str]:
    """What runs in a namespace, and what ends it."""
    listed, remedies, others = [], [], []
    for process in processes[:_MAX_PROCESSES]:
        owner = current.lab_processes.get(current.own_pids.get(process.pid, ()))
        if owner is None:
            listed.append(f"{process.pid} ({process.command})")
            others.append(str(process.pid))
            continue
        what = f"process {owner.name} of topology {owner.owner}"
        listed.append(f"{process.pid} ({process.command}, of {what})")
        remedy = f"end {what} by module topology"
        remedies += [] if remedy in remedies else [remedy]
    if others:
        remedies.insert(0, f"end them (kill {' '.join(others)})")
    return ", ".join(listed), "; " + ", ".join(remedies)


def _find_foreign_processes(projection: Projection, netns: str) -> list[Process]:
    """The processes in a namespace that no plan for this topology ends."""
    current, lab = projection.current, projection.request.lab
    return [
        process
        for process in current.processes.get(netns, ())
        if lab is None or _find_lab(current, process) != lab
    ]


def _find_lab(current: CurrentState, process: Process) -> str | None:
    """The topology that a process belongs to, which has started it."""
    owner = current.lab_processes.get(current.own_pids.get(process.pid, ()))
    return None if owner is None else owner.owner


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
    is_implied = projection.request.lab is not None and not _find_foreign_processes(
        projection, netns
    )
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
