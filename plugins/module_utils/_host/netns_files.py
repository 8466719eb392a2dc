# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of namespaces in /etc/netns, resolv.conf and hosts."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Callable, Optional, TypeVar

from .._model.fast_replace import replace
from .._model.netns import HostsFile, NetnsFile, Resolver
from .._model.netns_files import (
    ETC_NETNS,
    compose_text,
    parse_hosts,
    parse_resolver,
    path_in_netns,
    path_of,
)
from .._model.ownership import MARK, read_mark
from .._model.text import escape_name, unescape_name
from .files import make_directory

_File = TypeVar("_File", Resolver, HostsFile)
_Parse = Callable[[str, str, Optional[str]], _File]

_MAX_BYTES = 1 << 20
_NEW = ".redblue-netns"
"""The suffix of a new file until it is complete."""


def read_resolver(netns: str) -> Resolver | None:
    """The resolv.conf of a namespace; None if there is none."""
    return _read_file(Resolver, netns, parse_resolver)


def read_hosts(netns: str) -> HostsFile | None:
    """The hosts file of a namespace; None if there is none."""
    return _read_file(HostsFile, netns, parse_hosts)


def _read_file(kind: type[_File], netns: str, parse: _Parse[_File]) -> _File | None:
    path = unescape_name(path_in_netns(kind, netns))
    try:
        status = os.lstat(path)
        content = _read_content(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if content is None:
        return kind(netns)
    text = content.decode("utf-8", "replace")
    first = "".join(text.partition("\n")[0].splitlines()[:1])
    owner = read_mark(first[2:]) if first.startswith(f"# {MARK}") else None
    file = parse(netns, text, owner)
    if owner is None and not _is_ordinary(status):
        return file
    if owner is not None and content == compose_text(file).encode():
        return file
    return replace(file, text=content.decode("utf-8", "surrogateescape"))


def list_with_files() -> list[str]:
    """The names below /etc/netns: namespaces that have or had files there."""
    try:
        return [escape_name(name) for name in os.listdir(ETC_NETNS)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _read_content(path: str) -> bytes | None:
    """What a file has; None if it is none that a resolver can read: a pipe would never end."""
    try:
        # A device is opened only if it is put here in this moment.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except FileNotFoundError:
        if os.path.lexists(path):
            return None  # a symbolic link that leads nowhere
        raise
    with open(descriptor, "rb") as file:
        is_regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        content = file.read(_MAX_BYTES + 1) if is_regular else b""
    return content if is_regular and len(content) <= _MAX_BYTES else None


def _is_ordinary(status: os.stat_result) -> bool:
    """Whether a new file has the attributes of the old one. The content may differ."""
    return status.st_mode == stat.S_IFREG | 0o644 and status.st_uid == status.st_gid == 0


def write_file(file: NetnsFile) -> None:
    """Write a file of a namespace in one step, and never through a symbolic link."""
    path = unescape_name(path_of(file))
    try:
        make_directory(ETC_NETNS, 0o755)
        make_directory(os.path.dirname(path), 0o755)
        _replace_file(path, file)
    except BaseException:
        with contextlib.suppress(OSError):
            _remove_files(path + _NEW)
        raise


def _replace_file(path: str, file: NetnsFile) -> None:
    new = path + _NEW
    if os.path.lexists(new):
        # A task was killed while it wrote the file.
        os.unlink(new)
    descriptor = os.open(
        new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644
    )
    text = compose_text(file) if file.text is None else file.text
    with open(descriptor, "wb") as stream:
        os.fchmod(descriptor, 0o644)
        stream.write(text.encode("utf-8", "surrogateescape"))
    os.rename(new, path)


def remove_file(file: NetnsFile) -> None:
    """Remove a file of a namespace, and its directories if they are empty then."""
    path = unescape_name(path_of(file))
    _remove_files(path + _NEW, path)


def _remove_files(*paths: str) -> None:
    for path in paths:
        if os.path.lexists(path):
            os.unlink(path)
    for directory in (os.path.dirname(paths[0]), ETC_NETNS):
        try:
            os.rmdir(directory)
        except OSError:
            return
