# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of the files of namespaces in /etc/netns."""

from __future__ import annotations

import shlex

from .._model.netns import HostsFile, NetnsFile, Resolver
from .._model.netns_files import compose_text, path_of
from .dispatch import compose_commands, describe_action, describe_details
from .text import choose_verb, list_attributes


@describe_action.register(Resolver)
@describe_action.register(HostsFile)
def _describe_action(file: NetnsFile, before: NetnsFile | None, after: NetnsFile | None) -> str:
    return f"{choose_verb(before, after)} {path_of(file)}"


@compose_commands.register(Resolver)
@compose_commands.register(HostsFile)
def _compose_commands(
    file: NetnsFile, before: NetnsFile | None, after: NetnsFile | None
) -> list[str]:
    path, netns = path_of(file), file.netns
    if after is None:
        return [f"rm {path}", f"rmdir --ignore-fail-on-non-empty /etc/netns/{netns} /etc/netns"]
    text = " ".join(shlex.quote(line) for line in compose_text(after).splitlines())
    return [f"mkdir -p /etc/netns/{netns}", f"printf '%s\\n' {text} > {path}"]


@describe_details.register(Resolver)
def _describe_resolver(resolver: Resolver) -> list[str]:
    return list_attributes(resolver, "netns", "text") + _describe_origin(resolver)


@describe_details.register(HostsFile)
def _describe_hosts(file: HostsFile) -> list[str]:
    entries = [f"  {_printable(entry)}" for entry in file.entries]
    owner = list_attributes(file, "netns", "text", "entries")
    return entries + owner + _describe_origin(file)


def _describe_origin(file: NetnsFile) -> list[str]:
    """What a file has that this collection did not write."""
    if file.text is None:
        return []
    origin = "written by others" if file.owner is None else "changed by hand"
    own = set(compose_text(file).splitlines())
    others = [_printable(line) for line in file.text.splitlines() if line not in own]
    return [f"  {origin}: {'; '.join(others) or 'order of lines'}"]


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in line)
