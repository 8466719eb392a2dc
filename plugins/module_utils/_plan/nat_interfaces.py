# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interfaces by which the networks of NAT rules are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .._model.addresses import prefix_of
from .._model.fast_replace import replace
from .._model.nat import Dnat, Masquerade
from .._model.resources import NatResource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_Rule = TypeVar("_Rule", bound=NatResource)


class _RoutingTable:
    """Finds the interface of the longest prefix that contains a network."""

    def __init__(self, routes: Iterable[tuple[str, str]]) -> None:
        # By prefix length: for each of 5,000 forwards among 1,000 networks there is one look-up per
        # length.
        self._by_length: dict[tuple[int, int], dict[int, str]] = {}
        for text, device in routes:
            bits, number, length = prefix_of(text)
            self._by_length.setdefault((bits, length), {}).setdefault(number, device)
        self._lengths = sorted(self._by_length, reverse=True)

    def find_device(self, text: str) -> str | None:
        """The interface by which a network, or an address, is reached; None if there is none."""
        family_bits, number, longest = prefix_of(text)
        for bits, length in self._lengths:
            if bits == family_bits and length <= longest:
                host_bits = bits - length
                device = self._by_length[bits, length].get(number >> host_bits << host_bits)
                if device is not None:
                    return device
        return None


def complete_nat(rules: Iterable[_Rule], routes: Sequence[tuple[str, str]]) -> list[_Rule]:
    """Rules, each with the interface of the network that it serves.

    :param routes: the networks that can be reached, as (network, device).
    """
    table = _RoutingTable(routes)
    completed: list[_Rule] = []
    for rule in rules:
        if isinstance(rule, Masquerade):
            rule = replace(rule, device=table.find_device(rule.source))
        elif isinstance(rule, Dnat):
            rule = replace(rule, device=table.find_device(rule.to_address))
        completed.append(rule)
    return completed
