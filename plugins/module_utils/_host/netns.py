# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Named network namespaces: the files under /run/netns, the mounts on them, and stepping inside.

A name is opened once, without following links, and is believed only if what is opened is a network namespace.
Nothing here ever makes a namespace because it was asked to open one.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import stat
from typing import Callable, Dict, Iterator, List, Optional, Set, Tuple

from .._model.current_state import Process
from .._model.errors import Failed
from .._model.fast_replace import T

NETNS_DIRECTORY = "/run/netns"

_mounted: Set[Tuple[int, int]] = set()
"""The directory (device, inode), once this process has made it a mount."""

_libc = ctypes.CDLL(None, use_errno=True)
_NEWNET = 0x40000000
_NS_GET_NSTYPE = 0xB703
_MS_BIND, _MS_REC, _MS_SHARED, _MNT_DETACH = 0x1000, 0x4000, 1 << 20, 2
_UNFINISHED = stat.S_ISVTX | 0o444
"""The mode of the file below a namespace of ours. It shows where we did not come to make one: under the lock of this host that is debris."""


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def path_of(name: str) -> str:
    """The file of a name."""
    return os.path.join(NETNS_DIRECTORY, name)


def list_netns_names() -> List[str]:
    """The names that are there, whatever they are."""
    try:
        return sorted(os.listdir(NETNS_DIRECTORY))
    except FileNotFoundError:
        return []


def open_own_netns() -> int:
    """A descriptor of the calling thread's own network namespace."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _is_netns(descriptor: int) -> bool:
    try:
        return fcntl.ioctl(descriptor, _NS_GET_NSTYPE) == _NEWNET
    except OSError:
        return False


def _keep_netns(descriptor: int) -> Optional[int]:
    """The descriptor, if it is one of a network namespace; else it is closed."""
    if _is_netns(descriptor):
        return descriptor
    os.close(descriptor)
    return None


def open_netns(name: str) -> Optional[int]:
    """A descriptor of the namespace of that name; None if there is none (see :func:`explain` for why)."""
    try:
        descriptor = os.open(
            path_of(name), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            return None
        raise
    return _keep_netns(descriptor)


def open_netns_file(path: str) -> Optional[int]:
    """A descriptor of the namespace that a file shows, wherever it is, as /proc/PID/ns/net; None if it shows none. No other file is opened."""
    try:
        if os.stat(path).st_dev != os.stat("/proc/thread-self/ns/net").st_dev:
            return None
        return _keep_netns(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError):
        return None


def explain_unusable(name: str) -> Optional[str]:
    """What a name is that is no namespace: ``stale`` (an empty file that nobody uses) or words; None if nothing is there."""
    try:
        status = os.lstat(path_of(name))
    except FileNotFoundError:
        return None
    kinds = {
        stat.S_IFDIR: "a directory",
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFIFO: "a fifo",
        stat.S_IFSOCK: "a socket",
    }
    if not stat.S_ISREG(status.st_mode):
        return kinds.get(stat.S_IFMT(status.st_mode), "a device")
    if status.st_size:
        return "a file with content"
    user = _find_foreign_mount(name)
    return (
        f"a namespace only for process {user}, which mounted it in a mount namespace of its own"
        if user
        else "stale"
    )


def _find_foreign_mount(name: str) -> Optional[int]:
    """A process in whose mount namespace something is mounted on that name."""
    seen = set()
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            mounts = os.stat(f"/proc/{entry}/ns/mnt").st_ino
            if mounts in seen:
                continue
            seen.add(mounts)
            with open(f"/proc/{entry}/mountinfo", encoding="utf-8", errors="replace") as lines:
                if any(
                    line.split(" ")[4] in (path_of(name), "/var" + path_of(name)) for line in lines
                ):
                    return int(entry)
        except OSError:
            continue
    return None


def is_private_mount_ns() -> bool:
    """Whether nobody else would find what is made here: a process with mounts of its own, that follow the host's, as ``ip netns exec`` gives them."""
    try:
        if os.stat("/proc/1/ns/mnt").st_ino == os.stat("/proc/self/ns/mnt").st_ino:
            return False
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as lines:
            found = [
                line.split(" - ")[0].split(" ")
                for line in lines
                if line.split(" ", 5)[4] == NETNS_DIRECTORY
            ]
    except OSError:
        return False
    return bool(found) and any(word.startswith("master:") for word in found[-1][6:])


def is_netns_dir_readonly() -> bool:
    """Whether no name can come or go here, as where the directory is mounted read-only."""
    return os.path.isdir(NETNS_DIRECTORY) and not os.access(NETNS_DIRECTORY, os.W_OK)


def prepare_netns_directory() -> None:
    """As ``ip netns add`` does: names made here shall be seen in other mount namespaces, and stay when those end."""
    os.makedirs(NETNS_DIRECTORY, 0o755, exist_ok=True)
    try:
        _call("mount", b"", NETNS_DIRECTORY.encode(), b"none", _MS_SHARED | _MS_REC, None)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        _call(
            "mount",
            NETNS_DIRECTORY.encode(),
            NETNS_DIRECTORY.encode(),
            b"none",
            _MS_BIND | _MS_REC,
            None,
        )
        _mounted.add(_identify(os.stat(NETNS_DIRECTORY)))
        _call("mount", b"", NETNS_DIRECTORY.encode(), b"none", _MS_SHARED | _MS_REC, None)


def create_netns(name: str, furnish: Callable[[], T]) -> Tuple[int, T]:
    """Make a namespace and its name; returns a descriptor of it, and what ``furnish`` returns.

    That is called inside, before the name leads there: whoever is killed leaves a namespace that bears a mark, or none.
    """
    prepare_netns_directory()
    path = path_of(name)
    own = open_own_netns()
    try:
        os.close(
            os.open(
                path,
                os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW,
                _UNFINISHED,
            )
        )
    except BaseException:
        os.close(own)
        raise
    try:
        _call("unshare", _NEWNET)
        try:
            furnished = furnish()
            _call("mount", b"/proc/thread-self/ns/net", path.encode(), b"none", _MS_BIND, None)
            return open_own_netns(), furnished
        finally:
            _call("setns", own, _NEWNET)
    except BaseException:
        remove_netns(name)
        raise
    finally:
        os.close(own)


def is_unfinished(name: str) -> bool:
    """Whether a stale name was made by us: it has a bit that nobody else gives it."""
    try:
        return bool(os.lstat(path_of(name)).st_mode & stat.S_ISVTX)
    except FileNotFoundError:
        return False


def remove_netns(name: str) -> None:
    """Take a name away; the namespace ends with its last process and descriptor. If the name cannot go, it stays the namespace's."""
    if not os.access(NETNS_DIRECTORY, os.W_OK):
        raise Failed(f"no write access to {NETNS_DIRECTORY}; namespace {name} was left alone")
    kept = None
    with contextlib.suppress(OSError):
        kept = open_netns(name)  # without which it would end here
    try:
        _take_name(name, kept)
    finally:
        if kept is not None:
            os.close(kept)
    with contextlib.suppress(OSError):  # the name has gone all the same
        if (
            _mounted
            and _identify(os.stat(NETNS_DIRECTORY)) in _mounted
            and not os.listdir(NETNS_DIRECTORY)
        ):
            # It was no mount before this run, which leaves nothing in it.
            _call("umount2", NETNS_DIRECTORY.encode(), _MNT_DETACH)
            _mounted.clear()


def _take_name(name: str, descriptor: Optional[int]) -> None:
    path = path_of(name)
    try:
        _call("umount2", path.encode(), _MNT_DETACH)
    except OSError as error:
        if error.errno != errno.EINVAL:  # not mounted: a stale file
            raise
    try:
        os.unlink(path)
    except OSError:
        if descriptor is not None:
            _call(
                "mount",
                f"/proc/thread-self/fd/{descriptor}".encode(),
                path.encode(),
                b"none",
                _MS_BIND,
                None,
            )
        raise


@contextlib.contextmanager
def inside_netns(descriptor: Optional[int]) -> Iterator[None]:
    """Let the calling thread (and what it starts) be in that namespace; None is where it is already."""
    if descriptor is None:
        yield
        return
    own = open_own_netns()
    try:
        _call("setns", descriptor, _NEWNET)
        try:
            yield
        finally:
            _call("setns", own, _NEWNET)
    finally:
        os.close(own)


def identify_netns(descriptor: Optional[int]) -> Tuple[int, int]:
    """What tells one namespace from others."""
    return _identify(
        os.fstat(descriptor) if descriptor is not None else os.stat("/proc/thread-self/ns/net")
    )


def _identify(status: os.stat_result) -> Tuple[int, int]:
    return status.st_dev, status.st_ino


def find_processes(of: Dict[Tuple[int, int], str]) -> Dict[str, List[Process]]:
    """The processes that live in these namespaces (by identity), but for the calling one."""
    found: Dict[str, List[Process]] = {name: [] for name in of.values()}
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            name = of.get(_identify(os.stat(f"/proc/{entry}/ns/net")))
            if name is None:
                continue
            with open(f"/proc/{entry}/status", encoding="utf-8", errors="replace") as lines:
                fields = dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)
        except (OSError, ValueError):
            continue
        inner = int(fields.get("NSpid", entry).split("\t")[-1])
        found[name].append(Process(int(entry), inner, fields.get("Name", "?")))
    return {
        name: sorted(processes, key=lambda process: process.pid)
        for name, processes in found.items()
    }
