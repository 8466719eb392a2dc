# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rule sets: their canonical order, and how changes alter them."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, cast

from .changes import Change
from .nat import (
    RULES,
    Admitted,
    Dnat,
    Guarded,
    Isolated,
    Kept,
    Masquerade,
    NatBackend,
    NatThing,
    Opened,
    Ruleset,
)


def order(thing: NatThing) -> Tuple[Any, ...]:
    """The canonical order; of two forwards that want the host's own connections to one port, the first gets them."""
    if isinstance(thing, Masquerade):
        return (0, thing.family, thing.source, thing.out_interface or "")
    if isinstance(thing, Dnat):
        return (
            1,
            thing.family,
            thing.protocol,
            thing.ports,
            thing.in_interface or "",
            thing.destination or "",
            thing.source,
        )
    if isinstance(thing, Isolated):
        return (2, thing.interface)
    if isinstance(thing, Guarded):
        return (6, thing.interface)
    if isinstance(thing, Admitted):
        return (5, thing.firewall, thing.interface)
    return (
        (4, thing.interface, thing.setting)
        if isinstance(thing, Kept)
        else (3, thing.family, thing.interface)
    )


def canonical(things: Iterable[NatThing]) -> Tuple[NatThing, ...]:
    """Things in their one order."""
    return tuple(sorted(things, key=order))


def rewrite(
    before: Optional[Ruleset], add: Iterable[NatThing], remove: Iterable[NatThing], backend: str
) -> Optional[Ruleset]:
    """What is there after some things went and others came; ``None`` when nothing is left."""
    things = {thing.key: thing for thing in (before.things if before else ())}
    for thing in remove:
        things.pop(thing.key, None)
    things.update((thing.key, thing) for thing in add)
    return Ruleset(backend, canonical(things.values())) if things else None


def group_by_netns(changes: Sequence[Change]) -> List[Tuple[Optional[str], List[Change]]]:
    """Changes of rules, together for each namespace: what is replaced in one transaction."""
    groups: Dict[Optional[str], List[Change]] = {}
    for change in changes:
        groups.setdefault(cast(Opened, change.thing).netns, []).append(change)
    return list(groups.items())


def alter_ruleset(
    before: Optional[Ruleset], changes: Sequence[Change], backend: str
) -> Optional[Ruleset]:
    """The rules of a namespace after these changes of them."""
    moved = [change.after.backend for change in changes if isinstance(change.after, NatBackend)]
    rules = [change for change in changes if not isinstance(change.thing, NatBackend)]
    kinds = (*RULES, Opened, Kept)
    add = [change.after for change in rules if isinstance(change.after, kinds)]
    remove = [change.before for change in rules if isinstance(change.before, kinds)]
    return rewrite(
        before,
        add,
        remove,
        moved[-1] if moved else before.backend if before and before.backend else backend,
    )
