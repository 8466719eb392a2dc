# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verbs and values in actions and diffs."""

from __future__ import annotations

from typing import Any

from .._describe.places import describe_location


def choose_verb(
    before: object,
    after: object,
    create: str = "add",
    remove: str = "remove",
    alter: str = "change",
) -> str:
    """The verb for a change, by which of its two states exist."""
    if before is None:
        return create
    return remove if after is None else alter


def format_value(value: object) -> str:
    """A value, with booleans as ``on`` and ``off``."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def format_attribute(name: str, value: Any) -> str:
    """The value of an attribute of a resource in one line."""
    if name in ("peer", "parent"):
        netns, link = value
        return f"{link or 'no link'} {describe_location(netns)}"
    if hasattr(value, "__dict__"):
        return ", ".join(
            f"{name} {format_attribute(name, item)}"
            for name, item in vars(value).items()
            if item is not None
        )
    if isinstance(value, tuple):
        return ", ".join(format_attribute("", item) for item in value)
    return format_value(value)


def list_attributes(resource: object, *described: str) -> list[str]:
    """A line for each attribute that has a value, except those that are ``described`` already."""
    lines = []
    for name, value in vars(resource).items():
        if name in described or value is None or value in ((), ""):
            continue
        text = format_attribute(name, value)
        lines += [f"  {name}: {text}"] if text else []
    return lines
