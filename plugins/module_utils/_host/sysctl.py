# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the host that belong to a namespace: kernel parameters and the resolver's configuration."""

from __future__ import annotations

import os
from typing import Dict, FrozenSet, Optional, Tuple

from .._model.errors import Failed

_MOST = 65536


def read_sysctl(key_path: str) -> Optional[str]:
    """The value in the calling thread's namespace, white space folded; None if there is no such parameter or nobody may read it."""
    try:
        # Without Python's file objects: a host with a thousand links is asked a thousand times.
        descriptor = os.open(f"/proc/sys/{key_path}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return " ".join(os.read(descriptor, _MOST).decode(errors="replace").split())
        finally:
            os.close(descriptor)
    except OSError:
        return None


def filtered_families() -> FrozenSet[int]:
    """The families of which br_netfilter, where it is loaded, shows bridged packets to the packet filters (ip-sysctl.rst)."""
    switches = {4: "net/bridge/bridge-nf-call-iptables", 6: "net/bridge/bridge-nf-call-ip6tables"}
    return frozenset(family for family, key in switches.items() if read_sysctl(key) == "1")


def has_inet6() -> bool:
    """Whether links have IPv6 here; started with ipv6.disable=1 the kernel has none for them."""
    return os.path.isdir("/proc/sys/net/ipv6/conf/all")


def write_sysctl(key_path: str, value: str) -> None:
    """Set it in the calling thread's namespace. Ended as a line is, for to write nothing changes nothing."""
    descriptor = os.open(f"/proc/sys/{key_path}", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, value.encode() + b"\n")
    finally:
        os.close(descriptor)


def confirm_sysctl(key_path: str, value: str) -> None:
    """What reads otherwise than it was written would be written by every run.

    :raises Failed: it does.
    """
    found = read_sysctl(key_path)
    if found != value:
        raise Failed(
            "it cannot be read afterwards"
            if found is None
            else f"the kernel made {found!r} of it; write that"
        )


class BooleanSysctls:
    """Kernel parameters of links that are on or off to us, and to the kernel on in more than one way: on again, they are as they were."""

    def __init__(self) -> None:
        self._had: Dict[Tuple[Optional[str], str], str] = {}

    def write(self, netns: Optional[str], key_path: str, value: str, was_on: bool) -> None:
        """Set one in the calling thread's namespace, which is that."""
        if was_on:
            self._had[netns, key_path] = read_sysctl(key_path) or "1"
        write_sysctl(key_path, self._had.get((netns, key_path), value) if value == "1" else value)
