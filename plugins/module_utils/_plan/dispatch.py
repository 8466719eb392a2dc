# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a wanted and an unwanted resource are planned: two functions, with a file for each kind."""

from __future__ import annotations

from functools import singledispatch

from .._model.changes import Resource
from .projection import Projection


@singledispatch
def plan_present(wanted: Resource, projection: Projection) -> None:
    """Plan the steps after which the host has a wanted resource.

    :raises Refused: if it breaks a rule on this host.
    :raises TypeError: if a task cannot ask for resources of this kind.
    """
    raise TypeError(f"{type(wanted).__name__}: no task asks for a resource of this kind")


@singledispatch
def plan_absent(unwanted: Resource, projection: Projection) -> None:
    """Plan the steps after which the host does not have an unwanted resource.

    :raises Refused: if it must not be removed.
    :raises TypeError: if a task cannot ask for resources of this kind.
    """
    raise TypeError(f"{type(unwanted).__name__}: no task removes a resource of this kind")
