# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network namespaces, entered and set up by this process."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)


def add_namespace(name: str) -> None:
    """Add a namespace without duplicate address detection, so that IPv6 addresses work at once."""
    subprocess.run(["ip", "netns", "add", name], check=True)
    with in_netns(name):
        write_sysctl("net/ipv6/conf/default/accept_dad", 0)


def write_sysctl(key: str, value: int) -> None:
    """Write a sysctl of the namespace in which this process is."""
    Path("/proc/sys", key).write_text(str(value), encoding="ascii")


@contextlib.contextmanager
def in_netns(name: str | None) -> Iterator[None]:
    """Enter a namespace: a socket made inside belongs to it. None is the host."""
    if name is None:
        yield
        return
    own, current = (
        os.open("/proc/thread-self/ns/net", os.O_RDONLY),
        os.open(f"/run/netns/{name}", os.O_RDONLY),
    )
    try:
        assert _libc.setns(current, 0) == 0
        try:
            yield
        finally:
            assert _libc.setns(own, 0) == 0
    finally:
        os.close(own)
        os.close(current)
