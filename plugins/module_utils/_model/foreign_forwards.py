# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets that rules of other software translate, as far as it can be told from the rules."""

from __future__ import annotations

from typing import TypeVar

from .addresses import is_part, network_of
from .fast_typing import NamedTuple
from .ranges import ALL_PORTS, PortRange


class Packets(NamedTuple):
    """All packets with these properties. ``family`` 0 is both; an empty string is any value.

    ``destination`` and ``source`` are networks. ``interface`` is the one by which the packets
    arrive; a name that ends with ``*`` is a pattern.
    """

    family: int = 0
    protocol: str = ""
    ports: PortRange = ALL_PORTS
    destination: str = ""
    source: str = ""
    interface: str = ""

    def intersect(self, other: Packets) -> Packets | None:
        """Return the packets that are in both; None if there are none."""
        family = _intersect_value(self.family, other.family)
        protocol = _intersect_value(self.protocol, other.protocol)
        first = max(self.ports[0], other.ports[0])
        last = min(self.ports[1], other.ports[1])
        destination = _intersect_networks(self.destination, other.destination)
        source = _intersect_networks(self.source, other.source)
        interface = _intersect_interfaces(self.interface, other.interface)
        if None in (family, protocol, destination, source, interface) or first > last:
            return None
        return Packets(
            family or 0,
            protocol or "",
            (first, last),
            destination or "",
            source or "",
            interface or "",
        )

    def is_part_of(self, other: Packets) -> bool:
        """Return whether all of these packets are among the others."""
        return self.intersect(other) == self


ALL_PACKETS = Packets()


_Value = TypeVar("_Value", int, str)


def _intersect_value(one: _Value, other: _Value) -> _Value | None:
    if one and other:
        return one if one == other else None
    return one or other


def _intersect_networks(one: str, other: str) -> str | None:
    if not one or not other:
        return one or other
    smaller, larger = sorted((one, other), key=lambda text: -network_of(text).prefixlen)
    return smaller if is_part(network_of(smaller), network_of(larger)) else None


def _intersect_interfaces(one: str, other: str) -> str | None:
    for narrow, wide in ((one, other), (other, one)):
        if not wide or narrow == wide or (wide[-1] == "*" and narrow.startswith(wide[:-1])):
            return narrow
    return None


class ForeignForward(NamedTuple):
    """A rule of other software that translates the destination of packets.

    ``packets`` reach the rule, without those in ``excluded``. ``certain`` is false if that also
    depends on conditions that cannot be evaluated here. ``names_ports``: the rule itself does, and
    not only one that leads to it. ``where`` describes its place.
    """

    packets: Packets
    where: str
    excluded: tuple[Packets, ...] = ()
    certain: bool = True
    names_ports: bool = False

    def takes(self, wanted: Packets) -> bool:
        """Return whether the rule translates some of these packets."""
        common = self.packets.intersect(wanted)
        return common is not None and not any(map(common.is_part_of, self.excluded))
