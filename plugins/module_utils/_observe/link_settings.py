# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads queueing disciplines and bridge VLANs."""

from __future__ import annotations

from typing import Dict, Tuple

from .._host.netns_handles import NetnsHandle
from .._model.bridge_vlans import PortVlans
from .._model.impairments import Impairment
from .._model.links import LinkRef
from .._netlink.bridge_vlans import dump_vlans, read_port_vlans
from .._netlink.qdisc import GETQDISC, dump_qdiscs, read_qdisc
from .._netlink.rtnl_requests import GETLINK


def read_qdiscs(handle: NetnsHandle) -> Tuple[Dict[LinkRef, Impairment], Dict[LinkRef, str]]:
    """Impairments of ours, and what others have put in the same place."""
    names = {index: name for name, index in handle.indexes.items()}
    ours: Dict[LinkRef, Impairment] = {}
    foreign: Dict[LinkRef, str] = {}
    for data in handle.socket.dump(GETQDISC, dump_qdiscs()):
        name, found = read_qdisc(handle.netns, names, data) or ("", None)
        if isinstance(found, Impairment):
            ours[(handle.netns, name)] = found
        elif found is not None:
            foreign[(handle.netns, name)] = found
    return ours, foreign


def read_vlans(handle: NetnsHandle) -> Dict[LinkRef, PortVlans]:
    """The VLANs of bridges and their ports."""
    names = {index: name for name, index in handle.indexes.items()}
    found = (
        read_port_vlans(handle.netns, names, data)
        for data in handle.socket.dump(GETLINK, dump_vlans())
    )
    return {(one.netns, one.link): one for one in found if one is not None}
