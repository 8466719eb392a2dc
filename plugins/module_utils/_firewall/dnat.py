# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the NAT rules mean, whatever tool writes them. Pure.

Both backends note on a rule what its matches do not show: the owner, the range that one of many elements is a part of, and
the interface found by the plan. Such a note is a mark with words behind it, at most 128 bytes, as nft's comments are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from .._model.addresses import network_of
from .._model.fast_replace import replace
from .._model.nat import Dnat, NatResource
from .comments import Note, write_note

FAMILIES = (4, 6)
PROTOCOLS = ("tcp", "udp", "sctp")
LOOPBACK = {4: "127.0.0.0/8", 6: "::1/128"}
TO_MANY = {4: ("224.0.0.0/4", "255.255.255.255/32"), 6: ("ff00::/8",)}
"""Multicast and broadcast: never masqueraded, for nobody could answer."""


@dataclass(frozen=True)
class Entry:
    """One way in to a forward: who must come by where. ``note`` is empty for what follows from another entry."""

    dnat: Dnat
    came_by: Optional[str]
    not_by: Optional[str]
    source: Optional[str]
    note: str

    @property
    def rank(self) -> Tuple[Any, ...]:
        """The more specific first: by source, then by interface and address."""
        length = -1 if self.source is None else network_of(self.source).prefixlen
        return (-length, self.dnat.destination is None, self.came_by is None)


def _ordinals(dnats: Iterable[Dnat]) -> Iterator[Tuple[Dnat, int]]:
    seen: Dict[Dnat, int] = {}
    for dnat in dnats:
        alike = replace(dnat, source=()) if dnat.source else dnat
        ordinal = seen.get(alike, 0)
        seen[alike] = ordinal + 1
        yield dnat, ordinal if dnat.source else 0


def entries(resources: Iterable[NatResource]) -> List[Entry]:
    """All ways in, the more specific first, those that were asked for before those that follow from a hairpin."""
    found = []
    for dnat, ordinal in _ordinals(
        resource for resource in resources if isinstance(resource, Dnat)
    ):
        # From the target's own network an answer would go there straight, past the translation: a hairpin masquerades, and
        # without one such a connection is not ours at all, so that it fails at once and alike under every br_netfilter.
        not_by = None if dnat.hairpin or dnat.in_interface else dnat.device
        note = write_note(dnat, ordinal)
        found += [
            Entry(dnat, dnat.in_interface, not_by, source, note)
            for source in dnat.source or (None,)
        ]
    for resource in resources:
        if (
            isinstance(resource, Dnat)
            and resource.hairpin
            and resource.device
            and (resource.source or resource.in_interface not in (None, resource.device))
        ):
            found.append(Entry(resource, resource.device, None, None, ""))
    return sorted(found, key=lambda entry: entry.rank)


class Piece(NamedTuple):
    """What one live rule or map element says of a forward: these ports, to these."""

    note: Note
    came_by: Optional[str]
    source: Optional[str]
    destination: Optional[str]
    protocol: str
    first_port: int
    to_address: str
    to_port: int


def assemble(netns: Optional[str], pieces: Iterable[Piece]) -> List[Dnat]:
    """The forwards that pieces were made from. Whether all the pieces are there is seen when they are rendered again."""
    sources: Dict[Tuple[Any, ...], set[str]] = {}
    for piece in pieces:
        shift = piece.to_port - piece.first_port
        group = (
            piece.note,
            piece.came_by,
            piece.destination,
            piece.protocol,
            piece.to_address,
            shift,
        )
        sources.setdefault(group, set()).update([piece.source] if piece.source else [])
    return [
        Dnat(
            netns,
            protocol,
            note.ports,
            to_address,
            (note.ports[0] + shift, note.ports[1] + shift),
            came_by,
            destination,
            tuple(sorted(given)),
            note.hairpin,
            note.from_host,
            note.device,
            note.owner,
        )
        for (note, came_by, destination, protocol, to_address, shift), given in sources.items()
    ]
