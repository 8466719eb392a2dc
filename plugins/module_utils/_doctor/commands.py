# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of iproute2 and sysctl that evidence and remedies show. Pure.

Names are quoted wherever they go into a command: users and other programs chose them, and they
may be anything.
"""

from __future__ import annotations

from shlex import quote


def iproute2_command(program: str, netns: str | None) -> str:
    """A program of iproute2 (``ip``, ``bridge`` or ``tc``) for a namespace."""
    return program if netns is None else f"{program} -n {quote(netns)}"


def ip_command(netns: str | None, family: int = 4) -> str:
    """The program ``ip`` for a namespace and an address family."""
    return iproute2_command("ip", netns) + (" -6" if family == 6 else "")


def netns_exec(netns: str | None) -> str:
    """The prefix that runs a command in a namespace; empty for the host."""
    return "" if netns is None else f"ip netns exec {quote(netns)} "


def sysctl_command(netns: str | None, key_path: str, value: str = "") -> str:
    """The command that reads a kernel parameter, or writes it if there is a value.

    :param key_path: with slashes, as under /proc/sys. If an interface name has dots, sysctl
        needs the slashes too.
    """
    key = key_path if "." in key_path else key_path.replace("/", ".")
    write, assignment = ("-w ", f"={value}") if value else ("", "")
    return f"{netns_exec(netns)}sysctl {write}{quote(key)}{assignment}"
