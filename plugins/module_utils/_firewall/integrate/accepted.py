# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which traffic of a lab another firewall is to accept, whichever tool holds its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.fast_replace import replace
from ..._model.nat import IntegratedFirewall, Isolation, Masquerade
from ..resources import of_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..._model.resources import NatResource


def lab_interfaces(entry: IntegratedFirewall, isolations: Iterable[Isolation]) -> list[str]:
    """Return this interface and the isolated interfaces of the same lab: they reach each other."""
    others = [
        isolation.interface
        for isolation in isolations
        if isolation.owner == entry.owner and isolation.interface != entry.interface
    ]
    return [entry.interface, *others]


def masquerades_by(
    entry: IntegratedFirewall, resources: Iterable[NatResource], families: Iterable[int]
) -> list[Masquerade]:
    """Return the masquerades of networks behind this interface, of these address families."""
    return [
        masquerade
        for masquerade in of_type(resources, Masquerade)
        if masquerade.device == entry.interface and masquerade.family in families
    ]


def without_hook_points(entries: Iterable[IntegratedFirewall]) -> list[IntegratedFirewall]:
    """Return these integrations as incomplete: where rules are missing, they count as none."""
    return [replace(entry, hook_points=()) for entry in entries]
