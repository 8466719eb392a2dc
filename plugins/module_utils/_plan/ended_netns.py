# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a task while a container to which it gave a name does not run.

The name would keep its namespace in existence, so it goes. What the task wants there is left out
until the container runs again. After a boot the containers of a persistent topology need not run
yet. They have no names then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_attachment
from .._model.changes import links_in
from .._model.fast_replace import replace
from .._model.netns import Netns
from .._model.ovs import OvsPort

if TYPE_CHECKING:
    from collections.abc import Collection

    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.links import LinkRef
    from .._model.netns import Attachment
    from .._model.probes import Probe
    from .._model.resources import Resource

_LINK_FIELDS = ("link", "device", "interface", "in_interface", "out_interface")
"""The fields of resources that name a link in their namespace."""


def leave_out_ended(
    desired: DesiredState, current: CurrentState
) -> tuple[DesiredState, list[Resource], list[str]]:
    """The desired state without what depends on ended containers and processes.

    :returns: it, the names to remove, and warnings.
    """
    ended = {name for name, target in current.attach_targets.items() if target.is_left_out}
    if not ended:
        return desired, [], []
    warnings = []
    names: list[Resource] = []
    for resource in desired.present:
        if isinstance(resource, Netns) and resource.name in ended and resource.attached:
            known = current.namespaces.get(resource.name)
            removed = [known] if known is not None and known.attached is not None else []
            names += removed
            warnings.append(_describe(resource.name, resource.attached, current, bool(removed)))
    missing = {
        link.ref
        for resource in desired.present
        if not _places_of(resource).isdisjoint(ended)
        for link in links_in([resource])
    }
    present: list[Resource] = []
    left_out: list[Resource] = []
    for resource in desired.present:
        is_possible = _places_of(resource).isdisjoint(ended) and not _is_on(resource, missing)
        (present if is_possible else left_out).append(resource)
    probes = tuple(probe for probe in desired.probes if _places_of_probe(probe).isdisjoint(ended))
    without = replace(desired, present=tuple(present), left_out=tuple(left_out), probes=probes)
    return without, names, warnings


def _describe(name: str, attachment: Attachment, current: CurrentState, is_named: bool) -> str:
    what, target = describe_attachment(attachment), current.attach_targets[name]
    if target.is_awaited:
        return (
            f"{what} {target.fault}. What is wanted in namespace {name} is left out until it runs"
        )
    verb = "is removed" if is_named else "was removed"
    return (
        f"{what} has ended: the name {name} of its namespace {verb}, and what the task wants there "
        "is left out until it runs again"
    )


def _places_of(resource: Resource) -> set[str | None]:
    """The namespaces without which a resource cannot be."""
    if isinstance(resource, Netns):
        return {resource.name}
    links = links_in([resource])
    if links:
        parents = {link.parent[0] for link in links if link.parent is not None}
        return {link.netns for link in links} | parents
    return {getattr(resource, "netns", None)}


def _is_on(resource: Resource, links: Collection[LinkRef]) -> bool:
    """Whether a resource is a setting of some of these links, or a rule about it."""
    if isinstance(resource, OvsPort):
        return (None, resource.name) in links
    netns = getattr(resource, "netns", None)
    return any((netns, getattr(resource, field, None)) in links for field in _LINK_FIELDS)


def _places_of_probe(probe: Probe) -> set[str | None]:
    return {netns for _parameter, netns in probe.namespaces}
