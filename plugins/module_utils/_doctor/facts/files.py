# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts from files: how full the kernel's tables are, what manages links and resolves names."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from .host_facts import TableLimit

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_text(path: str) -> str:
    """The text of a file; empty if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _read_neighbour_limit(proc: str, table: str, cache: str, key_path: str) -> Iterator[TableLimit]:
    """From /proc/net/stat: the first column of the first CPU's line is the number of entries."""
    statistics = read_text(f"{proc}/net/stat/{cache}").splitlines()[1:]
    limit = read_text(f"{proc}/sys/{key_path}").strip()
    if statistics and limit:
        entries = int(statistics[0].split()[0], 16)
        yield TableLimit("neighbour_limit", table, entries, int(limit), key_path)


def read_limits(proc: str = "/proc") -> Iterator[TableLimit]:
    """The ARP and NDP tables, which all namespaces share, and the connection tracking table.

    A table that the kernel does not show is left out.
    """
    for family, cache, table in (
        ("ipv4", "arp_cache", "the ARP table"),
        ("ipv6", "ndisc_cache", "the NDP table"),
    ):
        key_path = f"net/{family}/neigh/default/gc_thresh3"
        yield from _read_neighbour_limit(proc, table, cache, key_path)
    limit = read_text(f"{proc}/sys/net/netfilter/nf_conntrack_max").strip()
    entries = read_text(f"{proc}/sys/net/netfilter/nf_conntrack_count").strip()
    if entries and limit:
        yield TableLimit(
            "conntrack_limit",
            "the connection tracking table",
            int(entries),
            int(limit),
            "net/netfilter/nf_conntrack_max",
        )


def read_link_managers(indexes: dict[str, int], run: str = "/run") -> dict[str, str]:
    """The links that a program manages or renames, each with the program and its file in brackets.

    :param indexes: the links of the host by name.
    """
    found = {}
    for name, index in indexes.items():
        networkd_file = f"{run}/systemd/netif/links/{index}"
        network_manager_file = f"{run}/NetworkManager/devices/{index}"
        udev_file = f"{run}/udev/data/n{index}"
        networkd = read_text(networkd_file)
        udev_name = re.search(r"^E:ID_NET_NAME=(.+)$", read_text(udev_file), re.MULTILINE)
        if (
            re.search(r"^NETWORK_FILE=.+$", networkd, re.MULTILINE)
            and "ADMIN_STATE=unmanaged" not in networkd
        ):
            found[name] = f"systemd-networkd ({networkd_file})"
        elif re.search(r"^managed=(true|1|full)$", read_text(network_manager_file), re.MULTILINE):
            found[name] = f"NetworkManager ({network_manager_file})"
        elif udev_name and udev_name[1] != name:
            found[name] = f"udev, which would rename it to {udev_name[1]} ({udev_file})"
    return found


def is_nscd_running(run: str = "/run") -> bool:
    """Whether nscd resolves names. Its socket is a file, and so is the same in all namespaces."""
    return os.path.exists(f"{run}/nscd/socket")


def find_loopback_nameserver(etc: str = "/etc") -> str | None:
    """The first nameserver of the host that is a loopback address; each namespace has its own."""
    servers = re.findall(r"^\s*nameserver\s+(\S+)", read_text(f"{etc}/resolv.conf"), re.MULTILINE)
    return next((text for text in servers if text.startswith("127.") or text == "::1"), None)


def uses_resolved(etc: str = "/etc", run: str = "/run") -> bool:
    """Whether names are resolved through the socket of systemd-resolved.

    The socket is a file: in all namespaces it is the one of the host.
    """
    hosts = re.search(r"^hosts:(.*)$", read_text(f"{etc}/nsswitch.conf"), re.MULTILINE)
    if hosts is None:
        return False
    # Actions in brackets such as [!UNAVAIL=return] are not services.
    services = re.sub(r"\[[^]]*\]", "", hosts[1]).split()
    socket_exists = os.path.exists(f"{run}/systemd/resolve/io.systemd.Resolve")
    return "resolve" in services and socket_exists
