# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections that are not part of a tree, and the space that they need. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..model import Connection, Diagram, Interface, NetnsName, group
from ..tree import Forest, bus_of, buses_of
from .canvas import SMALL, measure

if TYPE_CHECKING:
    from ansible_collections.redblue.netns.plugins.module_utils._model.links import LinkRef

MARGIN = 18.0
"""Between a line and the text beside it, and at the ends of a bus line."""

ROW_GAP, COLUMN_GAP = 18.0, 26.0
"""Between boxes."""

TRACK_GAP = 6.0
"""Between two parallel lines."""

TRACKS_BESIDE, TRACKS_BELOW = 4, 12
"""How many lines have a track of their own beside a box and below it. More lines share these."""

MOST_ROUTED = 30
"""With more cross connections, their lines could not be followed: each is cut off and labelled."""

LONGEST_LOCATION = 16
"""Of the label that says where a connection leads that is cut off."""


@dataclass(frozen=True)
class CrossEnd:
    """An end of a cross connection, and the other end."""

    connection: Connection
    end: Interface
    peer: Interface


class CrossConnections:
    """The cross connections of one machine.

    ``buses`` are those at which one ends; ``ends`` are the other ends, by namespace. ``cut_off``
    says that they are not routed. ``tracks`` is how many tracks they have beside a box.
    """

    def __init__(self, diagram: Diagram, forest: Forest) -> None:
        count = len(forest.cross_connections)
        self.cut_off = count > MOST_ROUTED
        self.tracks = min(count, TRACKS_BESIDE)
        self.row_gap = ROW_GAP + (0 if self.cut_off else TRACK_GAP * min(count, TRACKS_BELOW))
        self.buses: frozenset[LinkRef] = frozenset(buses_of(diagram, forest.cross_connections))
        ends = [
            (end.netns, CrossEnd(connection, end, peer))
            for connection in forest.cross_connections
            for end, peer in (connection.ends, connection.ends[::-1])
            if bus_of(diagram, connection, end) is None
        ]
        self.ends: dict[NetnsName, list[CrossEnd]] = group(ends)
        # At the top and the bottom of a box, a name is beside each line.
        texts = ["m" * LONGEST_LOCATION if self.cut_off else ""]
        for connection in diagram.connections:
            texts += [end.name + "= (down)" for end in connection.ends]
        self.spacing = MARGIN + max(measure(text, SMALL) for text in texts)

    def at(self, netns: NetnsName) -> list[CrossEnd]:
        """The ends at the box of a namespace."""
        return self.ends.get(netns, [])
