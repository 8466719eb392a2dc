# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A resource in the words of a message."""

from __future__ import annotations

from typing import cast

from .._model.changes import Resource
from .._model.links import Link
from .._model.nat import NatRule
from .._model.netns import Netns
from .._model.routes import Route
from .links import describe_link
from .nat import describe_nat
from .places import describe_location
from .routes import describe_route


def describe_resource(resource: Resource) -> str:
    """A thing that may be swept, in words."""
    if isinstance(resource, Netns):
        return f"namespace {resource.name}"
    if isinstance(resource, Link):
        return describe_link(resource)
    if isinstance(resource, Route):
        return f"route {describe_route(resource)} {describe_location(resource.netns)}"
    rule = cast(NatRule, resource)
    return f"{describe_nat(rule)} {describe_location(rule.netns)}"
