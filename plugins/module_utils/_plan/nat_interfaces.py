# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Completes NAT rules with the interfaces of their networks."""

from __future__ import annotations

from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from .._model.addresses import network_of
from .._model.fast_replace import replace
from .._model.nat import Dnat, Masquerade, NatResource


class _Interfaces:
    """Finds the interface by which a network is reached: the longest of the networks around it."""

    def __init__(self, routes: Iterable[Tuple[str, str]]) -> None:
        # By length, so that 5,000 forwards among 1,000 networks ask at most once for each length there is.
        self._by_length: Dict[Tuple[int, int], Dict[int, str]] = {}
        for text, device in routes:
            network = network_of(text)
            known = self._by_length.setdefault((network.version, network.prefixlen), {})
            known.setdefault(int(network.network_address), device)
        self._lengths = sorted(self._by_length, reverse=True)

    def device(self, text: str) -> Optional[str]:
        network = network_of(text)
        number, most = int(network.network_address), network.max_prefixlen
        for version, length in self._lengths:
            if version == network.version and length <= network.prefixlen:
                found = self._by_length[version, length].get(
                    number >> (most - length) << (most - length)
                )
                if found is not None:
                    return found
        return None


def complete_nat(
    resources: Iterable[NatResource], routes: Sequence[Tuple[str, str]]
) -> List[NatResource]:
    """The things, with the interface to which each one's lab is connected."""
    ways = _Interfaces(routes)
    return [
        replace(
            resource,
            device=ways.device(
                resource.source if isinstance(resource, Masquerade) else resource.to_address
            ),
        )
        if isinstance(resource, (Masquerade, Dnat))
        else resource
        for resource in resources
    ]
