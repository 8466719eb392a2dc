# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Named network namespaces: open them, identify them, enter them.

A name is opened once, without following symbolic links, and what is opened is used only if it is a
network namespace. To open a name never creates a namespace.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import Callable

from .._model.text import escape_name, unescape_name
from .files import raise_shortage
from .process_end import end_process

NETNS_DIRECTORY = "/run/netns"

T = TypeVar("T")

CLONE_NEWNET = 0x40000000
"""linux/sched.h: the flag of setns(2) and unshare(2) for network namespaces."""
_NS_GET_NSTYPE = 0xB703
"""linux/nsfs.h: an ioctl that returns such a flag."""

_RETURN_TRIES, _RETURN_PAUSE = 5, 0.01
"""The kernel may lack memory for a moment (ENOMEM)."""
NOT_UNDONE = (
    "The task ended there, and did not undo what it had changed; run it again to complete it"
)

_libc = ctypes.CDLL(None, use_errno=True)

NetnsIdentity = tuple[int, int]
"""Device and inode of a namespace on nsfs, which no other namespace has while it exists."""


def call_libc(name: str, *arguments: object) -> None:
    """Call a function of libc that returns 0 on success. Python has setns(2) since 3.12 only.

    :raises OSError: it failed.
    """
    if getattr(_libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def path_of(name: str) -> str:
    """The file of a namespace's name."""
    return f"{NETNS_DIRECTORY}/{unescape_name(name)}"


def list_netns_names() -> list[str]:
    """The names in the directory, whatever the files are, in the form of ``escape_name``."""
    try:
        return sorted(map(escape_name, os.listdir(NETNS_DIRECTORY)))
    except FileNotFoundError:
        return []


def open_own_netns() -> int:
    """A descriptor of the calling thread's network namespace."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _is_netns(descriptor: int) -> bool:
    try:
        return fcntl.ioctl(descriptor, _NS_GET_NSTYPE) == CLONE_NEWNET
    except OSError as error:
        raise_shortage(error)
        return False


def _close_if_no_netns(descriptor: int) -> int | None:
    if _is_netns(descriptor):
        return descriptor
    os.close(descriptor)
    return None


def open_netns(name: str) -> int | None:
    """A descriptor of the namespace of that name.

    None if there is none; ``netns_names.explain_unusable`` returns the reason.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path_of(name), flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            return None
        raise
    try:
        return _close_if_no_netns(descriptor)
    except BaseException:
        os.close(descriptor)
        raise


def leads_to(name: str, identity: NetnsIdentity) -> bool:
    """Whether a name is that of a namespace that is open: no other has its inode meanwhile."""
    try:
        return file_identity(os.lstat(path_of(name))) == identity
    except OSError:
        return False


def open_netns_file(path: str) -> int | None:
    """A descriptor of the namespace of a file such as /proc/PID/ns/net; None if it is no such file.

    A file that is not on nsfs is not opened.
    """
    try:
        if os.stat(path).st_dev != os.stat("/proc/thread-self/ns/net").st_dev:
            return None
        return _close_if_no_netns(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError):
        return None


def inside_netns(descriptor: int | None) -> AbstractContextManager[None]:
    """Run the calling thread, and what it starts, in a namespace; None for where it is."""
    if descriptor is None:
        return contextlib.nullcontext()
    return _inside("setns", descriptor, CLONE_NEWNET)


def inside_new_netns() -> AbstractContextManager[None]:
    """Run the calling thread in a namespace without a name, which ends with the block."""
    return _inside("unshare", CLONE_NEWNET)


@contextlib.contextmanager
def _inside(function: str, *arguments: int) -> Iterator[None]:
    """Run the calling thread in the namespace to which a function of libc moves it."""
    own = open_own_netns()
    try:
        call_libc(function, *arguments)
        try:
            yield
        finally:
            # The first call is within try: even to call a function can fail.
            try:
                call_libc("setns", own, CLONE_NEWNET)
            except BaseException:
                return_to_netns(own)
    finally:
        os.close(own)


def call_inside(descriptor: int, own: int, function: Callable[[], T]) -> T:
    """Call a function in a namespace. It takes half the time of :func:`inside_netns`.

    :param own: a descriptor of the calling thread's namespace.
    """
    try:
        call_libc("setns", descriptor, CLONE_NEWNET)
        return function()
    finally:
        # As above: no call outside of try.
        try:
            call_libc("setns", own, CLONE_NEWNET)
        except BaseException:
            return_to_netns(own)


def return_to_netns(own: int) -> None:
    """Move the calling thread back to its namespace, or end the process.

    In another namespace, a rollback would change what is not the host's. An exception would start
    one, so there is none, whatever happens here.

    :param own: a descriptor of that namespace.
    """
    reason = ""
    for _try in range(_RETURN_TRIES):
        try:
            call_libc("setns", own, CLONE_NEWNET)
            return
        except BaseException as error:
            reason = str(error) or type(error).__name__
            time.sleep(_RETURN_PAUSE)
    end_process(f"cannot return to the network namespace of the host: {reason}. {NOT_UNDONE}")


def identify_netns(descriptor: int | None) -> NetnsIdentity:
    """The identity of a namespace; None for the calling thread's."""
    if descriptor is None:
        return file_identity(os.stat("/proc/thread-self/ns/net"))
    return file_identity(os.fstat(descriptor))


def file_identity(status: os.stat_result) -> tuple[int, int]:
    """(device, inode)."""
    return status.st_dev, status.st_ino
