# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A resource in the words of a message."""

from __future__ import annotations

from typing import cast

from .._model.changes import Thing
from .._model.links import Link
from .._model.nat import Rule
from .._model.netns import Netns
from .._model.routes import Route
from .links import say_link
from .nat import say_nat
from .places import say_where
from .routes import say_route


def say_thing(thing: Thing) -> str:
    """A thing that may be swept, in words."""
    if isinstance(thing, Netns):
        return f"namespace {thing.name}"
    if isinstance(thing, Link):
        return say_link(thing)
    if isinstance(thing, Route):
        return f"route {say_route(thing)} {say_where(thing.netns)}"
    rule = cast(Rule, thing)
    return f"{say_nat(rule)} {say_where(rule.netns)}"
