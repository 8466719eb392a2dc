# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_attachment
from .._describe.resources import describe_resource
from .._model.links import Link
from .._model.netns import Netns, StaleName
from .dispatch import compose_commands, describe_action, describe_details
from .iproute2 import mark_commands
from .text import choose_verb, list_attributes

if TYPE_CHECKING:
    from .._model.netns import Attachment


@describe_action.register(Netns)
def _describe_action(netns: Netns, before: Netns | StaleName | None, after: Netns | None) -> str:
    if netns.attached is not None:
        return _describe_attachment(netns, netns.attached, before, after)
    if isinstance(before, StaleName):
        return f"{_describe_removal(before)} and create {describe_resource(netns)}"
    return f"{choose_verb(before, after, 'create', 'delete')} {describe_resource(netns)}"


def _describe_attachment(
    netns: Netns, attached: Attachment, before: Netns | StaleName | None, after: Netns | None
) -> str:
    whose = describe_attachment(attached)
    if after is None:
        return f"remove the name {netns.name} of the namespace of {whose}"
    text = f"give the namespace of {whose} the name {netns.name}"
    if isinstance(before, StaleName):
        return f"{_describe_removal(before)} and {text}"
    return text if before is None else f"{text}, instead of its former one"


@describe_action.register(StaleName)
def _describe_stale_action(
    stale: StaleName, before: StaleName | None, after: StaleName | None
) -> str:
    return _describe_removal(stale) if after is None else f"create {describe_resource(stale)}"


def _describe_removal(stale: StaleName) -> str:
    return f"remove the stale file /run/netns/{stale.name}"


@compose_commands.register(Netns)
@compose_commands.register(StaleName)
def _compose_commands(
    resource: Netns | StaleName,
    before: Netns | StaleName | None,
    after: Netns | StaleName | None,
) -> list[str]:
    lines = [] if before is None else [f"ip netns delete {before.name}"]
    if isinstance(after, Netns):
        if after.attached is not None:
            return [*lines, f"ip netns attach {after.name} {after.attached.pid}"]
        loopback = Link(after.name, "lo", owner=after.owner)
        lines += [f"ip netns add {after.name}", *mark_commands(loopback)]
    return lines


@describe_details.register(Netns)
@describe_details.register(StaleName)
def _describe_details(resource: Netns | StaleName) -> list[str]:
    attached = resource.attached if isinstance(resource, Netns) else None
    lines = [] if attached is None else [f"  attached: {describe_attachment(attached)}"]
    return [*lines, *list_attributes(resource, "name", "attached")]
