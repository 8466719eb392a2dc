# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files /etc/netns/NAME/resolv.conf."""

from __future__ import annotations

import contextlib
import os
import stat

from .._model.fast_replace import replace
from .._model.netns import Resolver
from .._model.ownership import MARK, read_mark
from .._model.resolv_conf import ETC_NETNS, compose_resolver, resolver_path
from .._model.text import unescape_name
from .files import make_directory

_NEW = ".redblue-netns"
"""The suffix of a new file until it is complete."""


def _path_of(netns: str) -> str:
    return unescape_name(resolver_path(netns))


def read_resolver(netns: str) -> Resolver | None:
    """The content of a namespace's file; None if there is none."""
    try:
        with open(_path_of(netns), "rb") as file:
            content = file.read()
        status = os.lstat(_path_of(netns))
    except (FileNotFoundError, NotADirectoryError):
        return None
    lines = content.decode("utf-8", "replace").splitlines()
    owner = read_mark(lines[0][2:]) if lines and lines[0].startswith(f"# {MARK}") else None
    words = [line.split() for line in lines]
    servers = tuple(parts[1] for parts in words if len(parts) > 1 and parts[0] == "nameserver")
    search = next((tuple(parts[1:]) for parts in words if parts[:1] == ["search"]), ())
    resolver = Resolver(netns, servers, search, owner)
    if owner is None and not _is_ordinary(status):
        return resolver
    if owner is not None and content == compose_resolver(resolver).encode():
        return resolver
    return replace(resolver, text=content.decode("utf-8", "surrogateescape"))


def _is_ordinary(status: os.stat_result) -> bool:
    """Whether a new file has the attributes of the old one. The content may differ."""
    return status.st_mode == stat.S_IFREG | 0o644 and status.st_uid == status.st_gid == 0


def write_resolver(resolver: Resolver) -> None:
    """Write a namespace's file in one step, and never through a symbolic link."""
    path = _path_of(resolver.netns)
    try:
        make_directory(ETC_NETNS, 0o755)
        make_directory(os.path.dirname(path), 0o755)
        _replace_file(path, resolver)
    except BaseException:
        with contextlib.suppress(OSError):
            _remove_files(resolver.netns, path + _NEW)
        raise


def _replace_file(path: str, resolver: Resolver) -> None:
    new = path + _NEW
    if os.path.lexists(new):
        # A task was killed while it wrote the file.
        os.unlink(new)
    descriptor = os.open(
        new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644
    )
    text = compose_resolver(resolver) if resolver.text is None else resolver.text
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o644)
        file.write(text.encode("utf-8", "surrogateescape"))
    os.rename(new, path)


def remove_resolver(netns: str) -> None:
    """Remove a namespace's file, and its directories if they are empty then."""
    _remove_files(netns, _path_of(netns) + _NEW, _path_of(netns))


def _remove_files(netns: str, *paths: str) -> None:
    for path in paths:
        if os.path.lexists(path):
            os.unlink(path)
    for directory in (os.path.dirname(_path_of(netns)), ETC_NETNS):
        try:
            os.rmdir(directory)
        except OSError:
            return
