# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rule sets: their canonical order, and how changes alter them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .nat import NatBackend, Ruleset
from .resources import NatResource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .changes import Change


def sort_rules(resources: Iterable[NatResource]) -> tuple[NatResource, ...]:
    """Resources in canonical order.

    If two forwards apply to connections of the host itself to one port, the first receives them.
    """
    return tuple(sorted(resources, key=lambda resource: resource.sort_key))


def rewrite_ruleset(
    before: Ruleset | None,
    add: Iterable[NatResource],
    remove: Iterable[NatResource],
    backend: str,
) -> Ruleset | None:
    """A rule set after resources are removed and added; None if it is empty then."""
    resources = {resource.key: resource for resource in (before.resources if before else ())}
    for resource in remove:
        resources.pop(resource.key, None)
    resources.update((resource.key, resource) for resource in add)
    return Ruleset(backend, sort_rules(resources.values())) if resources else None


def alter_ruleset(
    before: Ruleset | None, changes: Sequence[Change], backend: str
) -> Ruleset | None:
    """A rule set after changes of its parts; None if it is empty then.

    :param backend: the backend of a rule set that has none yet.
    """
    add, remove = [], []
    if before is not None and (before.backend or before.damaged):
        # The rules were removed, so only their guard is left, and is changed.
        backend = before.backend
    for change in changes:
        if isinstance(change.after, NatBackend):
            backend = change.after.backend
        if isinstance(change.after, NatResource):
            add.append(change.after)
        if isinstance(change.before, NatResource):
            remove.append(change.before)
    return rewrite_ruleset(before, add, remove, backend)
