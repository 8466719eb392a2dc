# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rule sets: their canonical order, and how changes alter them."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, cast

from .changes import Change
from .nat import (
    NAT_RULES,
    Dnat,
    ForwardingEnabled,
    IntegratedFirewall,
    Isolation,
    Masquerade,
    NatBackend,
    NatResource,
    Ruleset,
    SavedSysctl,
    SpoofCheck,
)


def sort_key(resource: NatResource) -> Tuple[Any, ...]:
    """The canonical order; of two forwards that want the host's own connections to one port, the first gets them."""
    if isinstance(resource, Masquerade):
        return (0, resource.family, resource.source, resource.out_interface or "")
    if isinstance(resource, Dnat):
        return (
            1,
            resource.family,
            resource.protocol,
            resource.ports,
            resource.in_interface or "",
            resource.destination or "",
            resource.source,
        )
    if isinstance(resource, Isolation):
        return (2, resource.interface)
    if isinstance(resource, SpoofCheck):
        return (6, resource.interface)
    if isinstance(resource, IntegratedFirewall):
        return (5, resource.firewall, resource.interface)
    return (
        (4, resource.interface, resource.setting)
        if isinstance(resource, SavedSysctl)
        else (3, resource.family, resource.interface)
    )


def sort_rules(resources: Iterable[NatResource]) -> Tuple[NatResource, ...]:
    """Things in their one order."""
    return tuple(sorted(resources, key=sort_key))


def rewrite_ruleset(
    before: Optional[Ruleset],
    add: Iterable[NatResource],
    remove: Iterable[NatResource],
    backend: str,
) -> Optional[Ruleset]:
    """What is there after some things went and others came; ``None`` when nothing is left."""
    resources = {resource.key: resource for resource in (before.resources if before else ())}
    for resource in remove:
        resources.pop(resource.key, None)
    resources.update((resource.key, resource) for resource in add)
    return Ruleset(backend, sort_rules(resources.values())) if resources else None


def group_by_netns(changes: Sequence[Change]) -> List[Tuple[Optional[str], List[Change]]]:
    """Changes of rules, together for each namespace: what is replaced in one transaction."""
    groups: Dict[Optional[str], List[Change]] = {}
    for change in changes:
        groups.setdefault(cast(ForwardingEnabled, change.resource).netns, []).append(change)
    return list(groups.items())


def alter_ruleset(
    before: Optional[Ruleset], changes: Sequence[Change], backend: str
) -> Optional[Ruleset]:
    """The rules of a namespace after these changes of them."""
    moved = [change.after.backend for change in changes if isinstance(change.after, NatBackend)]
    rules = [change for change in changes if not isinstance(change.resource, NatBackend)]
    kinds = (*NAT_RULES, ForwardingEnabled, SavedSysctl)
    add = [change.after for change in rules if isinstance(change.after, kinds)]
    remove = [change.before for change in rules if isinstance(change.before, kinds)]
    return rewrite_ruleset(
        before,
        add,
        remove,
        moved[-1] if moved else before.backend if before and before.backend else backend,
    )
