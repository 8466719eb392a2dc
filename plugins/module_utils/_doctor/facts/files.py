# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What files say of a host: how full the kernel's tables are, who manages its links, who answers for names."""

from __future__ import annotations

import os
import re
from typing import Dict, Iterator, Optional

from .host_facts import Limit


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def read_limits(proc: str = "/proc") -> Iterator[Limit]:
    """The tables of neighbours, which all namespaces share, and that of connections, as far as the kernel shows them here."""
    for what, table, key in (
        ("ARP", "arp_cache", "net/ipv4/neigh/default/gc_thresh3"),
        ("NDP", "ndisc_cache", "net/ipv6/neigh/default/gc_thresh3"),
    ):
        lines, most = (
            _read(f"{proc}/net/stat/{table}").splitlines()[1:],
            _read(f"{proc}/sys/{key}").strip(),
        )
        if lines and most:
            yield Limit(
                "neighbour_limit", f"the {what} table", int(lines[0].split()[0], 16), int(most), key
            )
    most, used = (
        _read(f"{proc}/sys/net/netfilter/nf_conntrack_{name}").strip() for name in ("max", "count")
    )
    if used and most:
        yield Limit(
            "conntrack_limit",
            "the table of connections",
            int(used),
            int(most),
            "net/netfilter/nf_conntrack_max",
        )


def read_managers(indexes: Dict[str, int], run: str = "/run") -> Dict[str, str]:
    """Of these links the ones that somebody manages, or renames: who, and by which file."""
    found = {}
    for name, index in indexes.items():
        networkd = _read(f"{run}/systemd/netif/links/{index}")
        manager = _read(f"{run}/NetworkManager/devices/{index}")
        udev = re.search(r"^E:ID_NET_NAME=(.+)$", _read(f"{run}/udev/data/n{index}"), re.MULTILINE)
        if (
            re.search(r"^NETWORK_FILE=.+$", networkd, re.MULTILINE)
            and "ADMIN_STATE=unmanaged" not in networkd
        ):
            found[name] = f"systemd-networkd ({run}/systemd/netif/links/{index})"
        elif re.search(r"^managed=(true|1|full)$", manager, re.MULTILINE):
            found[name] = f"NetworkManager ({run}/NetworkManager/devices/{index})"
        elif udev and udev[1] != name:
            found[name] = f"udev, which would call it {udev[1]} ({run}/udev/data/n{index})"
    return found


def has_nscd(run: str = "/run") -> bool:
    """Whether nscd answers for names: its socket is a file, and so is the same in every namespace."""
    return os.path.exists(f"{run}/nscd/socket")


def find_stub(etc: str = "/etc") -> Optional[str]:
    """The host's nameserver where it is on the host's loopback, which in a namespace is another."""
    servers = re.findall(r"^\s*nameserver\s+(\S+)", _read(f"{etc}/resolv.conf"), re.MULTILINE)
    return (
        next((server for server in servers if server.startswith("127.") or server == "::1"), None)
        if servers
        else None
    )


def asks_resolved(etc: str = "/etc", run: str = "/run") -> bool:
    """Whether names are asked of systemd-resolved by its socket, which is the host's in every namespace."""
    hosts = re.search(r"^hosts:(.*)$", _read(f"{etc}/nsswitch.conf"), re.MULTILINE)
    return bool(
        hosts
        and "resolve" in re.sub(r"\[[^]]*\]", "", hosts[1]).split()
        and os.path.exists(f"{run}/systemd/resolve/io.systemd.Resolve")
    )
