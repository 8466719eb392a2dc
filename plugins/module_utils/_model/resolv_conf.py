# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content and the path of a namespace's resolv.conf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ownership import write_mark

if TYPE_CHECKING:
    from .netns import Resolver

ETC_NETNS = "/etc/netns"


def resolver_path(netns: str) -> str:
    """The file that ``ip netns exec`` bind-mounts over /etc/resolv.conf."""
    return f"{ETC_NETNS}/{netns}/resolv.conf"


def compose_resolver(resolver: Resolver) -> str:
    """The text of the file. Its first line is the mark."""
    lines = [f"# {write_mark(resolver.owner or '')}"]
    lines += [f"search {' '.join(resolver.search)}"] if resolver.search else []
    lines += [f"nameserver {address}" for address in resolver.nameservers]
    return "\n".join(lines) + "\n"
