# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and writes the files of persistent topologies."""

from __future__ import annotations

import contextlib
import os
import stat

from .._model.errors import Failed, InDoubt
from .._model.host_units import UNIT_DIRECTORY
from .._model.metrics_units import (
    has_metrics,
    is_metrics_file,
    is_metrics_service,
    read_metrics_service,
)
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
from .systemd import BOOTED
from .trusted_directory import open_trusted_directory

_DIRECTORY_MODES = {LAB_DIRECTORY: 0o700}
_UNIT_DIRECTORIES = (".service.wants", ".service.d", ".socket.d")
_MADE_DIRECTORIES = (LAB_DIRECTORY, RUNNER_DIRECTORY)
"""Directories that go with the last file in them."""


def explain_no_persistence() -> str | None:
    """Why nothing can bring topologies back on this host; None if it can."""
    if not os.path.isdir(BOOTED):
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


def list_units() -> list[str]:
    """The names in the directory of units, sorted."""
    try:
        return sorted(os.listdir(UNIT_DIRECTORY))
    except FileNotFoundError:
        return []


def find_metrics_files() -> dict[str, str]:
    """The file to which a timer writes the metrics of a topology, by topology."""
    paths = (f"{UNIT_DIRECTORY}/{name}" for name in list_units())
    services = (read_file(path) for path in paths if is_metrics_service(path))
    return dict(filter(None, (read_metrics_service(file) for file in services if file)))


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
    elif is_metrics_file(path):
        is_ours = has_metrics(content)
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
    """Write a file in one step, through no symbolic link of others. It outlives a power failure.

    :raises Failed: users other than root could replace it, or chose the directory.
    """
    path, name = os.path.split(file.path)
    _make_directories(path)
    directory = open_trusted_directory(path)
    new = f".{name}.new"
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new, dir_fd=directory)  # A run was killed while it wrote the file.
        if file.target is not None:
            os.symlink(file.target, new, dir_fd=directory)
        else:
            _write_new(new, directory, file)
        os.rename(new, name, src_dir_fd=directory, dst_dir_fd=directory)
        _sync(directory)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new, dir_fd=directory)
        raise
    finally:
        os.close(directory)


def _write_new(name: str, directory: int, file: HostFile) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o600, dir_fd=directory)
    with open(descriptor, "wb") as stream:
        stream.write(file.content)
        stream.flush()
        os.fchmod(descriptor, file.mode)
        os.fsync(descriptor)


def _sync(directory: int) -> None:
    """Have changes of a directory outlive a power failure.

    :raises InDoubt: the disk failed. The changes are made, and may be lost later.
    """
    try:
        os.fsync(directory)
    except OSError as error:
        raise InDoubt(os.strerror(error.errno or 0)) from error


def remove_file(path: str) -> None:
    """Remove a file, and its directory if this collection made it and it is empty then."""
    directory, name = os.path.split(path)
    with contextlib.suppress(FileNotFoundError):
        descriptor = open_trusted_directory(directory)
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=descriptor)
            _sync(descriptor)
        finally:
            os.close(descriptor)
    if path == RUNNER:
        _remove_cached_code(directory)
    if directory in _MADE_DIRECTORIES or directory.endswith(_UNIT_DIRECTORIES):
        with contextlib.suppress(OSError):
            os.rmdir(directory)


def _remove_cached_code(directory: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(directory):
            if name.startswith("code-"):
                os.unlink(os.path.join(directory, name))


def _make_directories(path: str) -> None:
    if not os.path.isdir(path):
        parent = os.path.dirname(path)
        _make_directories(parent)
        os.close(open_trusted_directory(parent))
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
