# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who talks to whom in a capture. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.captures import ANY_INTERFACE, Conversation
from .headers import read_packet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.captures import Flow
    from .pcap import Packet


class Conversations:
    """Conversations, in the order of their first packets.

    :param link_type: of all packets.
    :param names: the names of interfaces by index.
    :param interface: where the packets were captured that do not say it; ``any`` if unknown.
    """

    def __init__(self, link_type: int, names: Mapping[int, str], interface: str) -> None:
        self._link_type = link_type
        self._names = names
        self._interface = interface
        self._by_flow: dict[Flow, Conversation] = {}

    def add(self, packet: Packet) -> str:
        """Count a packet, and return the name of its interface."""
        flow, header, ifindex = read_packet(self._link_type, packet.data)
        length = packet.length - header
        found = self._by_flow.get(flow)
        if found is None and (found := self._by_flow.get(flow.reverse)) is not None:
            found.reply_packets += 1
            found.reply_bytes += length
        else:
            if found is None:
                found = self._by_flow[flow] = Conversation(flow)
            found.packets += 1
            found.bytes += length
        interface = self._interface if ifindex is None else self._name(ifindex)
        if interface not in (ANY_INTERFACE, *found.interfaces):
            found.interfaces.append(interface)
        return interface

    def _name(self, ifindex: int) -> str:
        return self._names.get(ifindex, f"ifindex {ifindex}")

    def list_all(self) -> list[Conversation]:
        """All of them."""
        return list(self._by_flow.values())
