# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders a plan as two texts, before and after, of all that it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .._describe.resources import describe_resource
from .._model.links import Veth
from .._model.netns import Netns
from .._model.ovs import OvsBridge
from .._model.resources import Resource
from .kinds import describe_details

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Change

States = dict[tuple[Any, ...], Optional[Resource]]
"""Resources by their keys; None if they do not exist."""


def compose_diff(changes: Sequence[Change]) -> dict[str, str]:
    """All resources that the plan changes: ``before`` and ``after``."""
    first: States = {}
    last: States = {}
    created = {change.after.name for change in changes if isinstance(change.after, Netns)}
    with_switch = {
        change.after.link.key
        for change in changes
        if change.before is None and isinstance(change.after, OvsBridge)
    }
    deleted = {
        change.before.name
        for change in changes
        if change.after is None and isinstance(change.before, Netns)
    }
    # Resources that a namespace or a bridge of Open vSwitch has from its creation appear and
    # disappear with it.
    for change in changes:
        for resource in _split_veth(change.before):
            is_new = getattr(resource, "netns", None) in created or resource.key in with_switch
            first.setdefault(resource.key, None if is_new else resource)
            last[resource.key] = None
        for resource in _split_veth(change.after):
            first.setdefault(resource.key, None)
            is_deleted = getattr(resource, "netns", None) in deleted
            last[resource.key] = None if is_deleted else resource
    return {"before": _compose_text(first), "after": _compose_text(last)}


def _split_veth(resource: Resource | None) -> list[Resource]:
    if isinstance(resource, Veth):
        return [resource.end, resource.peer]
    return [] if resource is None else [resource]


def _compose_text(states: States) -> str:
    lines: list[str] = []
    for resource in states.values():
        if resource is not None:
            lines += [describe_resource(resource), *describe_details(resource)]
    return "".join(line + "\n" for line in lines)
