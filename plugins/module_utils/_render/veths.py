# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of veth pairs."""

from __future__ import annotations

from .._describe.resources import describe_resource
from .._model.links import Veth
from .dispatch import compose_commands, describe_action, describe_details
from .iproute2 import creation_words, ip, mark_commands, move_words
from .text import choose_verb


@describe_action.register(Veth)
def _describe_action(pair: Veth, before: Veth | None, after: Veth | None) -> str:
    return f"{choose_verb(before, after, 'create', 'delete')} {describe_resource(pair)}"


@compose_commands.register(Veth)
def _compose_commands(pair: Veth, before: Veth | None, after: Veth | None) -> list[str]:
    if after is None:
        return [f"{ip(pair.end.netns)} link delete dev {pair.end.name}"]
    end, peer = after.host_end_first
    first = f"{ip(end.netns)} link add {creation_words(end)} type veth"
    second = f"peer {creation_words(peer)}{move_words(end.netns, peer.netns)}"
    return [f"{first} {second}", *mark_commands(end), *mark_commands(peer)]


@describe_details.register(Veth)
def _describe_details(pair: Veth) -> list[str]:
    return []
