# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives a link that returned to the host what others had on it there."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from .._host.netns import inside_netns
from .._host.sysctl import read_sysctl, write_sysctl
from .._model.errors import describe_error
from .restore import restore_on_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._host.netns_handles import NetnsHandles
    from .._model.link_contents import LinkContents
    from .._model.netns import Sysctl

_REFUSALS = (
    *(errno.EACCES, errno.EINVAL, errno.ENODEV, errno.ENOENT, errno.EOPNOTSUPP),
    *(errno.EPERM, errno.ERANGE, errno.EROFS),
)
"""How the kernel refuses a value, or a parameter that there is no more."""


def give_back_contents(handles: NetnsHandles, name: str, contents: LinkContents) -> list[str]:
    """Restore the contents of a link of the host.

    The record of them ends with the run. So an error that is no answer to what was asked, such as a
    shortage, is raised: the run is undone, the record stays, and the next run restores them.

    :returns: what the kernel refuses, in words.
    """
    with inside_netns(handles.get(None).descriptor):
        failed = list(_restore_sysctls(contents.sysctls))
    return failed + restore_on_link(handles, name, contents.raw)


def _restore_sysctls(sysctls: tuple[Sysctl, ...]) -> Iterator[str]:
    for sysctl in sysctls:
        if sysctl.value is None or read_sysctl(sysctl.key_path) in (None, sysctl.value):
            continue
        try:
            write_sysctl(sysctl.key_path, sysctl.value)
        except OSError as error:
            if error.errno not in _REFUSALS:
                raise
            yield f"{sysctl.key_path.replace('/', '.')} ({describe_error(error)})"
