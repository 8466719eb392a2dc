# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The functions that each kind of resource implements to be rendered.

``before`` and ``after`` are the states of a change, of the same kind as ``resource``: ``after``, or
``before`` of a removal.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._model.resources import LocalResource, NetlinkResource, OvsResource, Resource


@singledispatch
def describe_action(resource: Resource, before: Resource | None, after: Resource | None) -> str:
    """The change as an imperative sentence, without a full stop."""
    raise TypeError(f"no action for {type(resource).__name__}")


@singledispatch
def compose_commands(
    resource: LocalResource | NetlinkResource | OvsResource,
    before: Resource | None,
    after: Resource | None,
) -> list[str]:
    """The commands that make the change."""
    raise TypeError(f"no commands for {type(resource).__name__}")


@singledispatch
def describe_details(resource: Resource) -> list[str]:
    """The lines of a diff below the description of a resource."""
    raise TypeError(f"no details of {type(resource).__name__}")
