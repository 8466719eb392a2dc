# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The neighbours of a namespace: addresses of other namespaces on its segments. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import address_of, network_of
from ..._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from ..._model.links import Link
    from .host_facts import HostFacts


class Neighbourhood(NamedTuple):
    """A namespace's own addresses on segments with neighbours, and the neighbours' addresses.

    ``neighbours`` has the addresses of other namespaces that are on a network of this one, each
    with the link that has it.
    """

    own_addresses: frozenset[str]
    neighbours: dict[str, Link]


def find_neighbourhood(facts: HostFacts, netns: str | None) -> Neighbourhood:
    """The neighbourhood of a namespace, or of the host."""
    own: set[str] = set()
    neighbours: dict[str, Link] = {}
    for link in facts.links_of(netns):
        if link.name == "lo" or not link.addresses:
            continue
        networks = {network_of(text) for text in link.addresses}
        on_segment = {
            text.split("/")[0]: other
            for other in facts.segments.links_with(link.ref)
            if other.netns != netns
            for text in other.addresses or ()
        }
        for text, other in on_segment.items():
            address = address_of(text)
            if any(address.version == n.version and address in n for n in networks):
                neighbours[str(address)] = other
        if on_segment:
            own |= {text.split("/")[0] for text in link.addresses}
    return Neighbourhood(frozenset(own), neighbours)
