# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether pyroute2 is installed, which only some tasks need; see ``pyroute2_messages``."""

from __future__ import annotations

import importlib.util
from functools import cache

from .._model.errors import Missing

PYROUTE2 = "pyroute2 (Debian: python3-pyroute2)"

FOR_IMPAIRMENTS = "for impairments of links"
FOR_UDP_FORWARDS = "for port forwarding of UDP"
"""The conntrack entries of those flows are deleted when the rules change."""


@cache
def is_installed() -> bool:
    """Whether pyroute2 can be found; it is not imported."""
    return importlib.util.find_spec("pyroute2") is not None


def require_pyroute2(purpose: str) -> None:
    """Check that pyroute2 can be found.

    :param purpose: what needs it, such as ``for links of type vlan``.
    :raises Missing: it is not installed.
    """
    if not is_installed():
        raise Missing(PYROUTE2, purpose)
