# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and writes the files of persistent topologies."""

from __future__ import annotations

import contextlib
import os
import stat

from .._model.errors import Failed
from .._model.host_units import UNIT_DIRECTORY
from .._model.network_managers import find_manager
from .._model.persistence import (
    COMMAND,
    LAB_DIRECTORY,
    MARK,
    PYTHON,
    RUNNER,
    RUNNER_DIRECTORY,
    VERSION_FILE,
    HostFile,
)
from .files import make_directory

_DIRECTORY_MODES = {LAB_DIRECTORY: 0o700}
_MADE_DIRECTORIES = (LAB_DIRECTORY, RUNNER_DIRECTORY)
"""Directories that go with the last file in them."""
_BOOTED = "/run/systemd/system"
"""Exists if systemd manages this host, see sd_booted(3)."""


def explain_no_persistence() -> str | None:
    """Why nothing can bring topologies back on this host; None if it can."""
    if not os.path.isdir(_BOOTED):
        return "this host was not booted by systemd, which starts topologies at boot"
    version = os.path.basename(os.path.realpath(PYTHON))
    if not os.path.exists(PYTHON):
        return f"this host has no {PYTHON}, which runs at boot"
    minor = version.rpartition("python3.")[2]
    if minor.isdecimal() and int(minor) < 9:
        return f"{PYTHON} of this host is {version}, and Python 3.9 is needed at boot"
    return None


def list_labs() -> list[str]:
    """The names of the topologies that have a file.

    :raises Failed: users other than root could write them.
    """
    try:
        names = os.listdir(LAB_DIRECTORY)
    except FileNotFoundError:
        return []
    except PermissionError as error:
        raise Failed(f"{LAB_DIRECTORY} can be read by root only") from error
    _check_directory(LAB_DIRECTORY)
    return sorted(
        name[: -len(".json")]
        for name in names
        if name.endswith(".json") and not name.startswith(".")
    )


def read_file(path: str) -> HostFile | None:
    """A file; None if it does not exist.

    :raises Failed: it cannot be read.
    """
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return HostFile(path, target=os.readlink(path), is_ours=_is_own_link(path))
        if not stat.S_ISREG(status.st_mode):
            return HostFile(path, is_ours=False)
        with open(path, "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}") from error
    mode = stat.S_IMODE(status.st_mode)
    version = _read_version(path) if path == RUNNER else None
    if path.startswith(UNIT_DIRECTORY) or find_manager(path):
        is_ours = content.startswith(MARK.encode())
    else:
        is_ours = os.path.dirname(path) in _MADE_DIRECTORIES
    is_ours = is_ours and status.st_uid == os.geteuid()
    return HostFile(path, content, mode, version=version, is_ours=is_ours)


def _is_own_link(path: str) -> bool:
    """Whether this collection made a link of that name: in a directory of units it did."""
    return path != COMMAND or os.readlink(path).startswith(RUNNER_DIRECTORY + "/")


def _read_version(path: str) -> str | None:
    import zipfile  # takes a tenth of what redblue-netns check takes

    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(VERSION_FILE).decode().strip()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def write_file(file: HostFile) -> None:
    """Write a file in one step, and never through a symbolic link. It outlives a power failure.

    :raises Failed: users other than root could replace it.
    """
    directory, name = os.path.split(file.path)
    _make_directories(directory)
    new = os.path.join(directory, f".{name}.new")
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)  # A run was killed while it wrote the file.
        if file.target is not None:
            os.symlink(file.target, new)
        else:
            _write_new(new, file)
        os.rename(new, file.path)
        _sync(directory)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise


def _write_new(path: str, file: HostFile) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(file.content)
        stream.flush()
        os.fchmod(descriptor, file.mode)
        os.fsync(descriptor)


def remove_file(path: str) -> None:
    """Remove a file, and its directory if this collection made it and it is empty then."""
    directory = os.path.dirname(path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    if path == RUNNER:
        _remove_cached_code(directory)
    with contextlib.suppress(FileNotFoundError):
        _sync(directory)
    if directory in _MADE_DIRECTORIES or directory.endswith(".service.wants"):
        with contextlib.suppress(OSError):
            os.rmdir(directory)


def _remove_cached_code(directory: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(directory):
            if name.startswith("code-"):
                os.unlink(os.path.join(directory, name))


def _make_directories(path: str) -> None:
    if not os.path.isdir(path):
        _make_directories(os.path.dirname(path))
        make_directory(path, _DIRECTORY_MODES.get(path, 0o755))
    if path in _MADE_DIRECTORIES:
        _check_directory(path)


def _check_directory(path: str) -> None:
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode):
        raise Failed(f"{path} is not a directory; remove it")
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise Failed(
            f"{path} can be written by others than root (owner {status.st_uid}, mode "
            f"{stat.S_IMODE(status.st_mode):04o}), and what is in it is run as root at boot; "
            "check its files, then chown it to root and chmod it to 0700 or 0755"
        )


def _sync(directory: str) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
