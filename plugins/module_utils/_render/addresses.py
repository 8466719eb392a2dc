# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of addresses."""

from __future__ import annotations

from .._describe.resources import describe_resource
from .._model.addresses import Address
from .dispatch import compose_commands, describe_action, describe_details
from .iproute2 import ip, sysctl_command
from .text import choose_verb


@describe_action.register(Address)
def _describe_action(address: Address, before: Address | None, after: Address | None) -> str:
    return f"{choose_verb(before, after)} {describe_resource(address)}"


@compose_commands.register(Address)
def _compose_commands(address: Address, before: Address | None, after: Address | None) -> list[str]:
    verb = "del" if after is None else "add"
    nodad = " nodad" if ":" in address.address and after is not None else ""
    command = f"{ip(address.netns)} addr {verb} {address.address} dev {address.link}{nodad}"
    if after is not None or not address.promotes:
        return [command]
    setting = f"net/ipv4/conf/{address.link}/promote_secondaries"
    return [
        sysctl_command(address.netns, {setting: "1"}),
        command,
        sysctl_command(address.netns, {setting: "0"}),
    ]


@describe_details.register(Address)
def _describe_details(address: Address) -> list[str]:
    return []
