# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The networks outside of the host that rules of policies are about. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import network_of
from .._model.network_policies import ADDRESS_SET, LAB, NETWORK, AddressSet, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._model.addresses import Network
    from .._model.resources import Resource

_ANYONE = {4: "0.0.0.0/0", 6: "::/0"}


def anyone(family: int) -> Network:
    """The network of all addresses of a family."""
    return network_of(_ANYONE[family])


class OutsidePeers:
    """What the rules of a topology's policies name, as its task declares it."""

    def __init__(self, present: Iterable[Resource], lab: str | None) -> None:
        self._lab = lab
        self._sets = {
            resource.name: resource.addresses
            for resource in present
            if isinstance(resource, AddressSet)
        }

    def networks(self, entry: Entry, family: int, allows: bool) -> Iterator[Network]:
        """The networks outside of the host that an entry is about.

        :param allows: whether they are let through. Then there are too many rather than too few.
        """
        if not entry.peers:
            yield anyone(family)
        for kind, value in entry.peers:
            found: Sequence[str] = ()
            if kind == NETWORK:
                found = [value]
            elif kind == ADDRESS_SET:
                found = self._sets.get(value, ())
            elif kind == LAB and value != self._lab and allows:
                # Another topology may have a network that leads out of the host.
                found = [_ANYONE[family]]
            for network in map(network_of, found):
                if network.version == family:
                    yield network
