# Copyright (c) 2026, redblue.netns contributors
# SPDX-License-Identifier: GPL-3.0-or-later

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_NEWNS, _NEWUTS, _NEWNET = 0x00020000, 0x04000000, 0x40000000
_PRIVATE, _DETACH = 0x4000 | 0x40000, 2
IS_REAL_ROOT = (
    os.stat("/proc/self/ns/user").st_ino == 0xEFFFFFFD
)  # PROC_USER_INIT_INO, linux/proc_ns.h
_DIRECTORIES = {
    b"/run/netns": b"mode=755",
    b"/etc/netns": b"mode=755",  # ip netns exec reads it
    b"/run/redblue-netns": b"mode=700",
    b"/var/lib/cni": b"mode=755",
}
"""What each host has of its own, with the options of its mount."""


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments):
        raise OSError(ctypes.get_errno(), f"{name}{arguments}: {os.strerror(ctypes.get_errno())}")


def unshare_host() -> None:
    """Detach this process from the host of pytest: once for each process, also with xdist."""
    _call("unshare", _NEWNS | _NEWUTS | _NEWNET)
    _call("mount", None, b"/", None, _PRIVATE, None)
    # All private hosts of this command share the directory. If one removed it when empty, the
    # mounts of the others below it would be lost.
    os.makedirs("/etc/netns", exist_ok=True)
    Path("/etc/netns/.not-empty").touch()
    os.makedirs("/run/redblue-netns", 0o700, exist_ok=True)
    with contextlib.suppress(OSError):  # Only tests of CNI need it.
        os.makedirs("/var/lib/cni", exist_ok=True)


@contextlib.contextmanager
def private_host() -> Iterator[None]:
    """A new network with its loopback up, without named namespaces and without their files."""
    _call("unshare", _NEWNET)
    mounted = [directory for directory in _DIRECTORIES if os.path.isdir(directory)]
    for directory in mounted:
        options = _DIRECTORIES[directory]
        _call("mount", b"tmpfs", directory, b"tmpfs", 0, options)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sh", b"lo", 0x41))  # SIOCSIFFLAGS: up, running
    try:
        yield
    finally:
        for directory in mounted:
            _call("umount2", directory, _DETACH)
