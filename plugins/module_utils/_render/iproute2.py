# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words of commands that several kinds share."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from .._model.ownership import write_mark

if TYPE_CHECKING:
    from .._model.links import Link


def netns_option(netns: str | None) -> str:
    """``-n NETNS`` of ip, bridge and tc; empty for the host."""
    return "" if netns is None else f" -n {netns}"


def ip(netns: str | None) -> str:
    """``ip``, in that namespace."""
    return f"ip{netns_option(netns)}"


def execute_in(netns: str | None) -> str:
    """What runs a command in a namespace; empty for the host."""
    return "" if netns is None else f"ip netns exec {netns} "


def on_off(value: object) -> str:
    """``on`` or ``off``."""
    return "on" if value else "off"


def move_words(netns: str | None, target: str | None) -> str:
    """What moves a link to another namespace. The host's is that of the shell."""
    if netns == target:
        return ""
    return " netns $$" if target is None else f" netns {target}"


def mark_commands(link: Link) -> list[str]:
    """What marks a new link. Its alias has nothing but the mark, as it was never moved."""
    if link.owner is None:
        return []
    return [f"{ip(link.netns)} link set dev {link.name} alias {write_mark(link.owner)}"]


def creation_words(link: Link) -> str:
    """The name of a new link, and what all types can have from their creation."""
    values = {
        "address": link.mac,
        "mtu": link.mtu,
        "txqueuelen": link.txqueuelen,
        "numtxqueues": link.queues,
        "numrxqueues": link.queues,
    }
    words = [f"{option} {value}" for option, value in values.items() if value is not None]
    return " ".join([f"name {link.name}", *words])


def sysctl_command(netns: str | None, values: dict[str, str]) -> str:
    """The command that sets sysctls, given by their paths below /proc/sys."""
    # sysctl accepts slashes for interface names that have dots.
    names = {path: path if "." in path else path.replace("/", ".") for path in values}
    words = [shlex.quote(f"{names[path]}={value}") for path, value in values.items()]
    return f"{execute_in(netns)}sysctl -qw {' '.join(words)}"
