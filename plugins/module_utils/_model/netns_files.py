# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contents and the paths of the files of a namespace, resolv.conf and hosts."""

from __future__ import annotations

from functools import lru_cache

from .netns import HostsFile, NetnsFile, Resolver
from .ownership import write_mark

ETC_NETNS = "/etc/netns"
LOCALHOST = (
    "127.0.0.1 localhost",
    "::1 localhost ip6-localhost ip6-loopback",
)
"""Lines of each hosts file."""


def path_in_netns(kind: type[NetnsFile], netns: str) -> str:
    """The file of a namespace that ``ip netns exec`` bind mounts over the one in /etc."""
    name = "hosts" if kind is HostsFile else "resolv.conf"
    return f"{ETC_NETNS}/{netns}/{name}"


def path_of(file: NetnsFile) -> str:
    """The path of a file."""
    return path_in_netns(type(file), file.netns)


def compose_text(file: NetnsFile) -> str:
    """The text of a file as this collection writes it. Its first line is the mark."""
    lines = _list_resolver(file) if isinstance(file, Resolver) else [*LOCALHOST, *file.entries]
    return "\n".join([f"# {write_mark(file.owner or '')}", *lines]) + "\n"


def _list_resolver(resolver: Resolver) -> list[str]:
    lines = [f"search {' '.join(resolver.search)}"] if resolver.search else []
    return lines + [f"nameserver {address}" for address in resolver.nameservers]


def parse_resolver(netns: str, text: str, owner: str | None) -> Resolver:
    """What a resolv.conf says."""
    words = [line.split() for line in text.splitlines()]
    servers = tuple(parts[1] for parts in words if len(parts) > 1 and parts[0] == "nameserver")
    search = next((tuple(parts[1:]) for parts in words if parts[:1] == ["search"]), ())
    return Resolver(netns, servers, search, owner)


def parse_hosts(netns: str, text: str, owner: str | None) -> HostsFile:
    """What a hosts file says, without the lines of localhost."""
    return HostsFile(netns, _list_entries(text), owner)


@lru_cache(maxsize=8)
def _list_entries(text: str) -> tuple[str, ...]:
    """The entries of a hosts file. Cached: all members of a topology have the same."""
    entries = (" ".join(line.partition("#")[0].split()) for line in text.splitlines())
    return tuple(entry for entry in entries if entry and entry not in LOCALHOST)
