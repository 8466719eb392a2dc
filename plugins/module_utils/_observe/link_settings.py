# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads impairments and bridge VLANs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.requirements import FOR_IMPAIRMENTS, require_pyroute2
from .._model.bridge_vlans import PortVlans
from .._model.impairments import HANDLES, Impairment
from .._model.link_options import BridgeOptions
from .._netlink.bridge_vlans import dump_vlans, read_port_vlans
from .._netlink.impairments import dump_qdiscs, read_impairment, read_qdisc

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandle
    from .._model.current_state import CurrentState
    from .._model.links import LinkRef


def read_qdiscs(handle: NetnsHandle) -> tuple[dict[LinkRef, Impairment], dict[LinkRef, str]]:
    """Our impairments, and the disciplines of others at the root of links (kind and handle).

    :raises Missing: there is an impairment of ours, and no pyroute2 to decode it.
    """
    ours: dict[LinkRef, Impairment] = {}
    foreign: dict[LinkRef, str] = {}
    for data in handle.socket.dump(dump_qdiscs()):
        qdisc = read_qdisc(handle.indexes.names, data)
        if qdisc is None or qdisc.is_default:
            continue
        if qdisc.is_ours:
            require_pyroute2(FOR_IMPAIRMENTS)
            ours[(handle.netns, qdisc.link)] = read_impairment(handle.netns, qdisc)
        else:
            foreign[(handle.netns, qdisc.link)] = qdisc.describe()
    return ours, foreign


def read_all_impairments(handle: NetnsHandle) -> dict[LinkRef, Impairment]:
    """All impairments of links, also foreign ones. Needs pyroute2."""
    found: dict[LinkRef, Impairment] = {}
    for data in handle.socket.dump(dump_qdiscs()):
        qdisc = read_qdisc(handle.indexes.names, data)
        if qdisc is not None and qdisc.kind in HANDLES:
            found[(handle.netns, qdisc.link)] = read_impairment(handle.netns, qdisc)
    return found


def read_vlans(handle: NetnsHandle) -> dict[LinkRef, PortVlans]:
    """The VLANs of bridges and their ports."""
    found: dict[LinkRef, PortVlans] = {}
    for data in handle.socket.dump(dump_vlans()):
        vlans = read_port_vlans(handle.netns, handle.indexes.names, data)
        if vlans is not None:
            found[(vlans.netns, vlans.link)] = vlans
    return found


def add_unlisted_vlans(current: CurrentState) -> None:
    """Add the bridges and ports that are in no VLAN: the kernel does not list them.

    Source: br_fill_ifinfo in net/bridge/br_netlink.c.
    """
    bridges = {
        link.ref
        for link in current.links.values()
        if isinstance(link.options, BridgeOptions) and link.options.vlan_filtering
    }
    for link in current.links.values() if bridges else ():
        of_bridge = link.ref in bridges
        if of_bridge or (link.netns, link.bridge or "") in bridges:
            nothing = PortVlans(*link.ref, 0, frozenset(), of_bridge=of_bridge)
            current.vlans.setdefault(link.ref, nothing)
