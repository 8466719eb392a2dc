# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel parameters of a namespace, below /proc/sys."""

from __future__ import annotations

import os
import re
import stat

from .._model.errors import Failed
from .._model.lazy_pattern import compile_lazily
from .._model.text import unescape_name
from .files import raise_shortage

_MAX_BYTES = 65536
_CONGESTION_CONTROL = "net/ipv4/tcp_congestion_control"
_UNRESTRICTED = ("bbr",)
"""Congestion controls in modules with TCP_CONG_NON_RESTRICTED (net/ipv4/tcp_bbr.c)."""
_INTEGERS = compile_lazily(r"-?[0-9]+( -?[0-9]+)*", re.ASCII)


def _path_of(key_path: str) -> str:
    """The file of a parameter. The names of links in it are in the form of ``escape_name``."""
    return unescape_name(f"/proc/sys/{key_path}")


def read_sysctl(key_path: str) -> str | None:
    """The value in the calling thread's namespace, with single spaces.

    None if there is no such parameter, or if it cannot be read.

    :raises OSError: this process lacks something to read it. Then it is not taken for absent.
    """
    return _read_file(_path_of(key_path))


def _read_file(path: str, directory: int | None = None) -> str | None:
    try:
        # File objects of Python would take longer, and 1,000 links have 1,000 parameters.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=directory)
        try:
            return " ".join(os.read(descriptor, _MAX_BYTES).decode(errors="replace").split())
        finally:
            os.close(descriptor)
    except OSError as error:
        raise_shortage(error)
        return None


def read_directory(directory: str) -> dict[str, str | None]:
    """The parameters in a directory, as :func:`read_sysctl` returns each; none if there is none.

    The kernel searches the names of all namespaces for a path, which takes 0.1 ms if there are
    1,000. Here it does so once.
    """
    try:
        descriptor = os.open(_path_of(directory), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return {}
    try:
        return {name: _read_file(name, descriptor) for name in os.listdir(descriptor)}
    finally:
        os.close(descriptor)


def open_sysctl(key_path: str) -> int | None:
    """A descriptor of a parameter in the calling thread's namespace; None if it cannot be read."""
    try:
        return os.open(_path_of(key_path), os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise_shortage(error)
        return None


def is_writable(key_path: str) -> bool:
    """Whether a parameter can be set."""
    try:
        return bool(os.stat(_path_of(key_path)).st_mode & 0o200)
    except FileNotFoundError:
        return False


def is_of_missing_link(key_path: str) -> bool:
    """Whether it is a parameter of a link that does not exist in the calling thread's namespace."""
    parts = key_path.split("/")
    # The kernel has net/ipv4/neigh/default for the whole host only.
    if parts[2:3] not in (["conf"], ["neigh"]) or parts[3] in ("all", "default"):
        return False
    return not os.path.exists(_path_of("/".join(parts[:4])))


def explain_unwritable(key_path: str) -> str | None:
    """Why a parameter cannot be set in the calling thread's namespace, as the end of a sentence.

    None if it can be set. That of a link that does not exist is looked up at the loopback.
    """
    try:
        mode = os.stat(_path_of(_of_existing_link(key_path))).st_mode
    except FileNotFoundError:
        return "there is no such parameter; it may be one of the whole host"
    except OSError as error:
        raise_shortage(error)
        return f"the parameter cannot be read: {error.strerror}"
    if stat.S_ISDIR(mode):
        return "this is a directory of parameters"
    if mode & 0o200:
        return None
    return "it cannot be set: the kernel has it for the whole host, so set it there"


def explain_refused(key_path: str, value: str) -> str | None:
    """Why the kernel does not take a value, as the end of a sentence; None if it does.

    The value is written in the calling thread's namespace, which should be none that is used. Only
    integers are tried: with a name, the kernel may load a module.
    """
    path = _of_existing_link(key_path)
    if path == _CONGESTION_CONTROL:
        return _explain_congestion_control(value)
    if not _INTEGERS.fullmatch(read_sysctl(path) or ""):
        return None
    try:
        write_sysctl(path, value)
    except OSError as error:
        raise_shortage(error)
        return f"the kernel does not take this value: {error.strerror}"
    found = read_sysctl(path)
    return None if found == value else f"the kernel makes {found!r} of it; write that"


def _explain_congestion_control(name: str) -> str | None:
    """Why a namespace does not take a congestion control; None if it does.

    The kernel loads one by its name. A namespace may still not use it, but for those which say of
    themselves that each may.
    """
    loaded = (read_sysctl("net/ipv4/tcp_available_congestion_control") or "").split()
    allowed = (read_sysctl("net/ipv4/tcp_allowed_congestion_control") or name).split()
    if name in allowed:
        return None
    if name in loaded:
        return (
            f"only {', '.join(allowed)} can be set; to allow more, add it to "
            "net.ipv4.tcp_allowed_congestion_control on the host"
        )
    from .kernel_modules import list_modules  # only such a name needs it

    modules = list_modules()
    if modules is not None and f"tcp_{name}" not in modules:
        return f"the kernel has no such congestion control; it has {', '.join(loaded)}"
    if name in _UNRESTRICTED:
        return None
    return (
        f"the kernel has not loaded it; on the host, load it (modprobe tcp_{name}) and add it to "
        "net.ipv4.tcp_allowed_congestion_control"
    )


def _of_existing_link(key_path: str) -> str:
    if not is_of_missing_link(key_path):
        return key_path
    parts = key_path.split("/")
    return "/".join((*parts[:3], "lo", *parts[4:]))


def filtered_families() -> frozenset[int]:
    """The families (4, 6) whose bridged packets br_netfilter passes to the packet filters."""
    switches = {4: "net/bridge/bridge-nf-call-iptables", 6: "net/bridge/bridge-nf-call-ip6tables"}
    return frozenset(family for family, key in switches.items() if read_sysctl(key) == "1")


def has_inet6() -> bool:
    """Whether links have IPv6; not if the kernel was started with ipv6.disable=1."""
    return os.path.isdir("/proc/sys/net/ipv6/conf/all")


def write_sysctl(key_path: str, value: str) -> None:
    """Set a parameter in the calling thread's namespace.

    The value ends with a newline, because writing an empty value would change nothing.
    """
    descriptor = os.open(_path_of(key_path), os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, value.encode() + b"\n")
    finally:
        os.close(descriptor)


def confirm_sysctl(key_path: str, value: str) -> None:
    """Check that a parameter has the value that was written.

    :raises Failed: it has not, so that every run would write it again.
    """
    found = read_sysctl(key_path)
    if found != value:
        raise Failed(
            "it cannot be read afterwards"
            if found is None
            else f"the kernel made {found!r} of it; write that"
        )


class BooleanSysctls:
    """Boolean view of kernel parameters with several values for on.

    One that is switched on again gets the value that it had before it was switched off.
    """

    def __init__(self) -> None:
        self._values: dict[tuple[str | None, str], str] = {}

    def write(self, netns: str | None, key_path: str, value: str, was_on: bool) -> None:
        """Set a parameter in the calling thread's namespace, which is ``netns``."""
        if was_on:
            self._values[netns, key_path] = read_sysctl(key_path) or "1"
        write_sysctl(
            key_path, self._values.get((netns, key_path), value) if value == "1" else value
        )
