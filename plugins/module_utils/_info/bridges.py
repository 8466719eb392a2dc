# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges as items of a topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.link_options import BridgeOptions
from .items import Item, compose_common, compose_vlans, drop_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.current_state import CurrentState
    from .._model.links import Link


def compose_bridges(current: CurrentState) -> list[Item]:
    """The bridges as options of ``linux_bridge``."""
    links = list(current.links.values())
    return [_compose_bridge(link, links, current) for link in links if link.kind == "bridge"]


def _compose_bridge(bridge: Link, links: Sequence[Link], current: CurrentState) -> Item:
    ports = [
        link.name for link in links if link.netns == bridge.netns and link.bridge == bridge.name
    ]
    options = vars(bridge.options or BridgeOptions())
    return drop_none(
        {**compose_common(bridge), "ports": ports, **options, **compose_vlans(bridge, current)}
    )
