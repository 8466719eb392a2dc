# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the host that belong to a namespace: kernel parameters and the resolver's configuration."""

from __future__ import annotations

import os
from typing import Dict, FrozenSet, Optional, Tuple

from . import _errors, _model

_ETC_NETNS = "/etc/netns"
_MOST = 65536
_NEW = ".redblue-netns"
"""What a new file is called until it is whole."""


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
        raise _errors.Failed("it cannot be read afterwards" if found is None else f"the kernel made {found!r} of it; write that")


class Switches:
    """Kernel parameters of links that are on or off to us, and to the kernel on in more than one way: on again, they are as they were."""

    def __init__(self) -> None:
        self._had: Dict[Tuple[Optional[str], str], str] = {}

    def write(self, netns: Optional[str], key_path: str, value: str, was_on: bool) -> None:
        """Set one in the calling thread's namespace, which is that."""
        if was_on:
            self._had[netns, key_path] = read_sysctl(key_path) or "1"
        write_sysctl(key_path, self._had.get((netns, key_path), value) if value == "1" else value)


def resolver_path(netns: str) -> str:
    """What ``ip netns exec`` binds over /etc/resolv.conf."""
    return f"{_ETC_NETNS}/{netns}/resolv.conf"


def compose_resolver(resolver: _model.Resolver) -> str:
    """The file's text. Its first line says that it is ours."""
    lines = [f"# {_model.write_mark(resolver.owner or '')}"]
    lines += [f"search {' '.join(resolver.search)}"] if resolver.search else []
    lines += [f"nameserver {address}" for address in resolver.nameservers]
    return "\n".join(lines) + "\n"


def read_resolver(netns: str) -> Optional[_model.Resolver]:
    """The file, if there is one."""
    try:
        with open(resolver_path(netns), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    owner = _model.read_mark(lines[0][2:]) if lines and lines[0].startswith(f"# {_model.MARK}") else None
    words = [line.split() for line in lines]
    servers = tuple(parts[1] for parts in words if len(parts) > 1 and parts[0] == "nameserver")
    search = next((tuple(parts[1:]) for parts in words if parts[:1] == ["search"]), ())
    return _model.Resolver(netns, servers, search, owner)


def write_resolver(resolver: _model.Resolver) -> None:
    """Write it whole or not at all, never through a link that somebody left there."""
    path = resolver_path(resolver.netns)
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    new = path + _NEW
    if os.path.lexists(new):
        os.unlink(new)  # who was killed over it
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with open(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o644)
        file.write(compose_resolver(resolver))
    os.rename(new, path)


def remove_resolver(netns: str) -> None:
    """Remove the file, and its directories if nothing else is in them."""
    for path in (resolver_path(netns) + _NEW, resolver_path(netns)):
        if os.path.lexists(path):
            os.unlink(path)
    for directory in (os.path.dirname(resolver_path(netns)), _ETC_NETNS):
        try:
            os.rmdir(directory)
        except OSError:
            return
