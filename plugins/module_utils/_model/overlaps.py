# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks that overlap: of two that do, one lies in the other. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .addresses import network_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .addresses import Network
    from .links import Link

T = TypeVar("T")


def find_nested(
    networks: Iterable[tuple[Network, T]],
) -> Iterator[tuple[tuple[Network, T], tuple[Network, T]]]:
    """Pairs of networks of which the second lies in the first, or is the same.

    Sorted by address, a network lies in all earlier ones that have not ended before it: these are
    kept on a stack. Equal ones stay in their order.

    :param networks: each with whatever it belongs to.
    """
    enclosing: list[tuple[Network, T]] = []
    for inner in sorted(networks, key=_by_address):
        while enclosing and not enclosing[-1][0].overlaps(inner[0]):
            enclosing.pop()
        for outer in enclosing:
            yield outer, inner
        enclosing.append(inner)


def _by_address(entry: tuple[Network, object]) -> tuple[int, int, int]:
    network = entry[0]
    return network.version, int(network.network_address), network.prefixlen


def routing_domain(link: Link) -> str:
    """The VRF in whose table the networks of a link are; ``""`` for the main table."""
    return link.name if link.kind == "vrf" else link.vrf or ""


def find_overlaps(
    links: Iterable[Link],
) -> Iterator[tuple[tuple[Network, Link], tuple[Network, Link]]]:
    """Pairs of networks that overlap, on two links of one namespace and VRF.

    The address of a single host leads nowhere else, so it may be in any network.
    """
    by_table: dict[tuple[str | None, str], list[tuple[Network, Link]]] = {}
    for link in links:
        for network in map(network_of, link.addresses or ()):
            if network.prefixlen < network.max_prefixlen:
                table = (link.netns, routing_domain(link))
                by_table.setdefault(table, []).append((network, link))
    for networks in by_table.values():
        for outer, inner in find_nested(networks):
            if outer[1].ref != inner[1].ref:
                yield outer, inner
