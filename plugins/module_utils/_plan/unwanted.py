# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a topology removes: what it names, what it replaces, and with ``purge`` its orphans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.host_access import HostAccess
from .._model.links import Link, LinkRef, Veth
from .._model.nat import Isolation
from .._model.netns import Netns
from .._model.ovs import NO_OVS, OvsBridge, OvsPort
from .._model.resources import NatRule
from .._model.routes import Route
from .purge import describe_purged, find_left_alone, find_orphans
from .replacements import find_replacements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .kinds import Unwanted


def list_unwanted(desired: DesiredState, current: CurrentState) -> Unwanted:
    """The resources to remove, the removed orphans in words, and the orphans that stay."""
    orphans = find_orphans(desired, current)
    unwanted = [*desired.absent, *(orphans if desired.purge else ())]
    unwanted += find_replacements(desired, current)
    lifted: tuple[type, ...] = (Isolation,) if desired.not_isolated else ()
    lifted += (HostAccess,) if desired.host_is_open else ()
    unwanted += [rule for rule in orphans if isinstance(rule, lifted) and rule not in unwanted]
    return (
        _list_own(desired, current, unwanted),
        describe_purged(orphans) if desired.purge else (),
        tuple(find_left_alone(desired, current, orphans)),
    )


def _list_own(
    desired: DesiredState, current: CurrentState, unwanted: Sequence[Resource]
) -> list[Resource]:
    """The resources that belong to the topology: it removes nothing else."""
    if not unwanted:
        return []
    own_rules = {
        rule.key
        for ruleset in current.rulesets.values()
        for rule in ruleset.resources
        if getattr(rule, "owner", None) == desired.lab
    }
    own = [
        resource
        for resource in unwanted
        if (
            resource.key in own_rules
            if isinstance(resource, NatRule)
            else _is_of_lab(desired, current, resource)
        )
    ]
    # What is in a namespace is removed with it: the kernel takes 20 ms to delete a link by itself.
    names = {resource.name for resource in own if isinstance(resource, Netns)}
    attached = {netns.name for netns in current.namespaces.values() if netns.attached is not None}
    removed = names - attached
    return [resource for resource in own if not _goes_with_netns(resource, removed)]


def _goes_with_netns(resource: Resource, removed: set[str]) -> bool:
    if isinstance(resource, Veth):
        return resource.end.netns in removed or resource.peer.netns in removed
    return isinstance(resource, (Link, Route)) and resource.netns in removed


def _is_of_lab(desired: DesiredState, current: CurrentState, resource: Resource) -> bool:
    if isinstance(resource, Netns):
        netns = current.namespaces.get(resource.name)
        return resource.name in current.unusable_names or (
            netns is not None and netns.is_of(desired.lab)
        )
    if isinstance(resource, (OvsBridge, OvsPort)):
        ovs = current.ovs or NO_OVS
        known = ovs.bridges if isinstance(resource, OvsBridge) else ovs.ports
        found = known.get(resource.name)
        return current.ovs is None or (found is not None and found.owner == desired.lab)
    refs: list[LinkRef] = []
    if isinstance(resource, Link):
        refs = [resource.ref]
    elif isinstance(resource, Veth):
        refs = [resource.end.ref, resource.peer.ref]
    else:
        return True
    links = [current.links.get(ref) for ref in refs]
    return any(link is not None and link.owner == desired.lab for link in links)
