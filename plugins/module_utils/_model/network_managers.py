# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files by which network managers leave the links of a persistent topology alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .persistence import MARK, HostFile

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

NETWORKD, NETWORK_MANAGER = "systemd-networkd", "NetworkManager"
DIRECTORIES = {
    NETWORKD: "/etc/systemd/network",
    NETWORK_MANAGER: "/etc/NetworkManager/conf.d",
}
"""Where each of them has its files."""


def path_of(manager: str, lab: str) -> str:
    """The file of a topology for a network manager."""
    # networkd takes the first file that matches a link. Files of users begin with 00 at the least.
    name = f"0-redblue-netns-{lab}.network" if manager == NETWORKD else f"redblue-netns-{lab}.conf"
    return f"{DIRECTORIES[manager]}/{name}"


def find_manager(path: str) -> str | None:
    """The network manager that reads a file."""
    for manager, directory in DIRECTORIES.items():
        if path.startswith(directory + "/"):
            return manager
    return None


def compose_manager_files(
    lab: str, links: Sequence[str], managers: Collection[str]
) -> list[HostFile]:
    """The files for these links of the host.

    :param managers: those that are installed.
    """
    if not links:
        return []
    files = {
        NETWORKD: f"[Match]\nName={' '.join(links)}\n\n[Link]\nUnmanaged=yes\n",
        NETWORK_MANAGER: "[keyfile]\nunmanaged-devices+="
        + ";".join(f"interface-name:{link}" for link in links)
        + "\n",
    }
    return [
        HostFile(path_of(manager, lab), f"{MARK}\n{content}".encode())
        for manager, content in files.items()
        if manager in managers
    ]
