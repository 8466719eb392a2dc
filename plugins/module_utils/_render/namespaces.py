# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of namespaces."""

from __future__ import annotations

from .._describe.resources import describe_resource
from .._model.links import Link
from .._model.netns import Netns, StaleName
from .dispatch import compose_commands, describe_action, describe_details
from .iproute2 import mark_commands
from .text import choose_verb, list_attributes


@describe_action.register(Netns)
def _describe_action(netns: Netns, before: Netns | StaleName | None, after: Netns | None) -> str:
    if isinstance(before, StaleName):
        return f"{_describe_removal(before)} and create {describe_resource(netns)}"
    return f"{choose_verb(before, after, 'create', 'delete')} {describe_resource(netns)}"


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
        loopback = Link(after.name, "lo", owner=after.owner)
        lines += [f"ip netns add {after.name}", *mark_commands(loopback)]
    return lines


@describe_details.register(Netns)
@describe_details.register(StaleName)
def _describe_details(resource: Netns | StaleName) -> list[str]:
    return list_attributes(resource, "name")
