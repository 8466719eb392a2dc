# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Destination NAT (port forwarding) independent of the tool. Pure.

One ``Dnat`` makes several rules or map elements. Each carries a note (``comments.DnatNote``), by
which they are joined again when they are read back: the owner, the whole range of ports, and the
interface that the plan found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import network_of
from .._model.fast_dataclass import dataclass
from .._model.fast_replace import replace
from .._model.fast_typing import NamedTuple
from .._model.nat import Dnat
from .comments import DnatNote, write_dnat_note
from .resources import of_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._model.resources import NatResource


@dataclass(frozen=True)
class DnatMatch:
    """One combination of incoming interface and source for which a connection is redirected.

    ``in_interface`` is the interface by which the connection arrives, ``not_in_interface`` one by
    which it does not. ``comment`` is empty if the match follows from a hairpin and not from the
    resource itself.
    """

    dnat: Dnat
    in_interface: str | None
    not_in_interface: str | None
    source: str | None
    comment: str

    @property
    def precedence(self) -> tuple[int, bool, bool]:
        """Sort key, the most specific first: by source, then by destination and interface."""
        length = -1 if self.source is None else network_of(self.source).prefixlen
        return (-length, self.dnat.destination is None, self.in_interface is None)


def _number(dnats: Iterable[Dnat]) -> Iterator[tuple[Dnat, int]]:
    """Number resources that differ only in ``source``, so that their rules are distinct."""
    counts: dict[Dnat, int] = {}
    for dnat in dnats:
        without_source = replace(dnat, source=()) if dnat.source else dnat
        ordinal = counts.get(without_source, 0)
        counts[without_source] = ordinal + 1
        yield dnat, ordinal if dnat.source else 0


def _needs_hairpin_match(dnat: Dnat) -> bool:
    """Return whether the target's own network is not matched by the resource's own matches."""
    if not dnat.hairpin or not dnat.device:
        return False
    return bool(dnat.source) or dnat.in_interface not in (None, dnat.device)


def list_matches(resources: Iterable[NatResource]) -> list[DnatMatch]:
    """List the matches of all destination NAT resources.

    :return: the most specific first; those that follow from a hairpin after equal others.
    """
    dnats = of_type(resources, Dnat)
    matches = []
    for dnat, ordinal in _number(dnats):
        # The target replies directly to a client in its own network, so the reply is not translated
        # back. A hairpin masquerades such connections. Without hairpin they are not redirected at
        # all: they fail at once, and in the same way with and without br_netfilter.
        excluded = None if dnat.hairpin or dnat.in_interface else dnat.device
        comment = write_dnat_note(dnat, ordinal)
        for source in dnat.source or (None,):
            matches.append(DnatMatch(dnat, dnat.in_interface, excluded, source, comment))
    for dnat in filter(_needs_hairpin_match, dnats):
        matches.append(DnatMatch(dnat, dnat.device, None, None, ""))
    return sorted(matches, key=lambda match: match.precedence)


class DnatFragment(NamedTuple):
    """One rule or map element read from the kernel: a part of a destination NAT resource."""

    note: DnatNote
    in_interface: str | None
    source: str | None
    destination: str | None
    protocol: str
    first_port: int
    to_address: str
    to_port: int

    @property
    def port_shift(self) -> int:
        """How many ports the target's port is above the original one."""
        return self.to_port - self.first_port


def join_fragments(netns: str | None, fragments: Iterable[DnatFragment]) -> list[Dnat]:
    """Join fragments to resources.

    The caller renders these again to see whether a fragment is missing.
    """
    groups: dict[tuple[object, ...], list[DnatFragment]] = {}
    for fragment in fragments:
        group = (
            fragment.note,
            fragment.in_interface,
            fragment.destination,
            fragment.protocol,
            fragment.to_address,
            fragment.port_shift,
        )
        groups.setdefault(group, []).append(fragment)
    return [_join(netns, group) for group in groups.values()]


def _join(netns: str | None, fragments: Sequence[DnatFragment]) -> Dnat:
    first = fragments[0]
    note, shift = first.note, first.port_shift
    sources: set[str] = {fragment.source for fragment in fragments if fragment.source}
    return Dnat(
        netns,
        first.protocol,
        note.ports,
        first.to_address,
        (note.ports[0] + shift, note.ports[1] + shift),
        in_interface=first.in_interface,
        destination=first.destination,
        source=tuple(sorted(sources)),
        hairpin=note.hairpin,
        from_host=note.from_host,
        device=note.device,
        owner=note.owner,
    )
