# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of which the kernel sends no notification: kernel parameters, and files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .files import FileState, read_file_state
from .netns import inside_netns, open_netns
from .sysctl import open_sysctl

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_AT_ONCE = 256
"""The kernel parameters that are read at once. If there are more, each has its turn."""
_MAX_BYTES = 4096


class WatchedValues:
    """Kernel parameters and files. To look at them takes a system call for each.

    A parameter is open in the namespace in which it was opened, and does not keep it in existence.
    """

    def __init__(self) -> None:
        self._sysctls: dict[int, bytes | None] = {}
        self._files: dict[str, FileState] = {}
        self._next = 0

    def close(self) -> None:
        for descriptor in self._sysctls:
            os.close(descriptor)
        self._sysctls.clear()

    def begin(self, sysctls: Iterable[tuple[str | None, str]], files: Iterable[str]) -> None:
        """Read all values, with which the next ones are compared."""
        self.close()
        by_netns: dict[str | None, list[str]] = {}
        for netns, key_path in sysctls:
            by_netns.setdefault(netns, []).append(key_path)
        for netns, key_paths in by_netns.items():
            self._open(netns, key_paths)
        self._files = {path: read_file_state(path) for path in files}

    def _open(self, netns: str | None, key_paths: Iterable[str]) -> None:
        namespace = None if netns is None else open_netns(netns)
        if netns is not None and namespace is None:
            return
        try:
            with inside_netns(namespace):
                for key_path in key_paths:
                    descriptor = open_sysctl(key_path)
                    if descriptor is not None:
                        self._sysctls[descriptor] = _read_value(descriptor)
        finally:
            if namespace is not None:
                os.close(namespace)

    def look(self) -> bool:
        """Whether a value is not as it was at the beginning."""
        descriptors = list(self._sysctls)
        if len(descriptors) > MAX_AT_ONCE:
            begin = self._next % len(descriptors)
            self._next = begin + MAX_AT_ONCE
            descriptors = descriptors[begin : begin + MAX_AT_ONCE]
        return any(_read_value(one) != self._sysctls[one] for one in descriptors) or any(
            read_file_state(path) != state for path, state in self._files.items()
        )


def _read_value(descriptor: int) -> bytes | None:
    """None if the link or the namespace of the parameter has ended."""
    try:
        return os.pread(descriptor, _MAX_BYTES, 0)
    except OSError:
        return None
