# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads queueing disciplines and bridge VLANs."""

from __future__ import annotations

from typing import Dict, Tuple

from .._host.netns_handles import Room
from .._model.bridge_vlans import PortVlans
from .._model.impairments import Impairment
from .._model.links import Place
from .._netlink.bridge_vlans import dump_vlans, read_port_vlans
from .._netlink.qdisc import GETQDISC, dump_qdiscs, read_qdisc
from .._netlink.rtnl_requests import GETLINK


def read_disciplines(room: Room) -> Tuple[Dict[Place, Impairment], Dict[Place, str]]:
    """Impairments of ours, and what others have put in the same place."""
    names = {index: name for name, index in room.indexes.items()}
    ours: Dict[Place, Impairment] = {}
    foreign: Dict[Place, str] = {}
    for data in room.socket.dump(GETQDISC, dump_qdiscs()):
        name, found = read_qdisc(room.netns, names, data) or ("", None)
        if isinstance(found, Impairment):
            ours[(room.netns, name)] = found
        elif found is not None:
            foreign[(room.netns, name)] = found
    return ours, foreign


def read_vlans(room: Room) -> Dict[Place, PortVlans]:
    """The VLANs of bridges and their ports."""
    names = {index: name for name, index in room.indexes.items()}
    found = (
        read_port_vlans(room.netns, names, data) for data in room.socket.dump(GETLINK, dump_vlans())
    )
    return {(one.netns, one.link): one for one in found if one is not None}
