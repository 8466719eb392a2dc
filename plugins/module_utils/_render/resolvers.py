# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of resolver configurations."""

from __future__ import annotations

import shlex

from .._model.netns import Resolver
from .._model.resolv_conf import compose_resolver, resolver_path
from .dispatch import compose_commands, describe_action, describe_details
from .text import choose_verb, list_attributes


@describe_action.register(Resolver)
def _describe_action(resolver: Resolver, before: Resolver | None, after: Resolver | None) -> str:
    return f"{choose_verb(before, after)} {resolver_path(resolver.netns)}"


@compose_commands.register(Resolver)
def _compose_commands(
    resolver: Resolver, before: Resolver | None, after: Resolver | None
) -> list[str]:
    path, netns = resolver_path(resolver.netns), resolver.netns
    if after is None:
        return [f"rm {path}", f"rmdir --ignore-fail-on-non-empty /etc/netns/{netns} /etc/netns"]
    text = " ".join(shlex.quote(line) for line in compose_resolver(after).splitlines())
    return [f"mkdir -p /etc/netns/{netns}", f"printf '%s\\n' {text} > {path}"]


@describe_details.register(Resolver)
def _describe_details(resolver: Resolver) -> list[str]:
    details = list_attributes(resolver, "netns", "text")
    if resolver.text is not None:
        origin = "written by others" if resolver.owner is None else "changed by hand"
        own = set(compose_resolver(resolver).splitlines())
        others = [_printable(line) for line in resolver.text.splitlines() if line not in own]
        details.append(f"  {origin}: {'; '.join(others) or 'order of lines'}")
    return details


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in line)
