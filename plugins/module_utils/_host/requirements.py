# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is missing on this host, and which package of its distribution has it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .._model.errors import Missing
from .._netlink.pyroute2_library import is_installed

if TYPE_CHECKING:
    from .._model.packages import Distribution

_OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
FOR_IMPAIRMENTS = "for impairments of links"
FOR_UDP_FORWARDS = "for port forwarding of UDP"
"""The conntrack entries of those flows are deleted when the rules change."""


@cache
def read_distribution() -> Distribution:
    """The distribution of this host; without names if it does not say."""
    from .._model.packages import Distribution, parse_os_release

    for path in _OS_RELEASE:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return parse_os_release(file.read())
        except OSError:
            continue
    return Distribution()


def describe_missing_program(name: str) -> str:
    """That a program is missing, and what installs it."""
    from .._model.packages import describe_program_package

    return f"the program {name} is missing; {describe_program_package(name, read_distribution())}"


def require_pyroute2(purpose: str) -> None:
    """Check that pyroute2 can be found.

    :param purpose: what needs it, such as ``for links of type vlan``.
    :raises Missing: it is not installed.
    """
    if not is_installed():
        from .._model.packages import describe_pyroute2

        raise Missing(describe_pyroute2(read_distribution()), purpose)
