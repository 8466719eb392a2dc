# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the NAT rules mean, whatever tool writes them. Pure.

Both backends note on a rule what its matches do not show: the owner, the range that one of many elements is a part of, and
the interface found by the plan. Such a note is a mark with words behind it, at most 128 bytes, as nft's comments are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from . import _model, _rules

FAMILIES = (4, 6)
PROTOCOLS = ("tcp", "udp", "sctp")
LOOPBACK = {4: "127.0.0.0/8", 6: "::1/128"}
TO_MANY = {4: ("224.0.0.0/4", "255.255.255.255/32"), 6: ("ff00::/8",)}
"""Multicast and broadcast: never masqueraded, for nobody could answer."""

_NOTE = re.compile(r"([0-9]+)-([0-9]+) (\S+)( host)?( hairpin)?(?: ([0-9]+))?")


def order(thing: _rules.NatThing) -> Tuple[Any, ...]:
    """The canonical order; of two forwards that want the host's own connections to one port, the first gets them."""
    if isinstance(thing, _rules.Masquerade):
        return (0, thing.family, thing.source, thing.out_interface or "")
    if isinstance(thing, _rules.Dnat):
        return (1, thing.family, thing.protocol, thing.ports, thing.in_interface or "", thing.destination or "", thing.source)
    if isinstance(thing, _rules.Isolated):
        return (2, thing.interface)
    if isinstance(thing, _rules.Guarded):
        return (6, thing.interface)
    if isinstance(thing, _rules.Admitted):
        return (5, thing.firewall, thing.interface)
    return (4, thing.interface, thing.setting) if isinstance(thing, _rules.Kept) else (3, thing.family, thing.interface)


def canonical(things: Iterable[_rules.NatThing]) -> Tuple[_rules.NatThing, ...]:
    """Things in their one order."""
    return tuple(sorted(things, key=order))


def rewrite(before: Optional[_rules.Ruleset], add: Iterable[_rules.NatThing], remove: Iterable[_rules.NatThing], backend: str) -> Optional[_rules.Ruleset]:
    """What is there after some things went and others came; ``None`` when nothing is left."""
    things = {thing.key: thing for thing in (before.things if before else ())}
    for thing in remove:
        things.pop(thing.key, None)
    things.update((thing.key, thing) for thing in add)
    return _rules.Ruleset(backend, canonical(things.values())) if things else None


class _Ways:
    """Finds the interface by which a network is reached: the longest of the networks around it."""

    def __init__(self, routes: Iterable[Tuple[str, str]]) -> None:
        # By length, so that 5,000 forwards among 1,000 networks ask at most once for each length there is.
        self._by_length: Dict[Tuple[int, int], Dict[int, str]] = {}
        for text, device in routes:
            network = _model.network_of(text)
            known = self._by_length.setdefault((network.version, network.prefixlen), {})
            known.setdefault(int(network.network_address), device)
        self._lengths = sorted(self._by_length, reverse=True)

    def device(self, text: str) -> Optional[str]:
        network = _model.network_of(text)
        number, most = int(network.network_address), network.max_prefixlen
        for version, length in self._lengths:
            if version == network.version and length <= network.prefixlen:
                found = self._by_length[version, length].get(number >> (most - length) << (most - length))
                if found is not None:
                    return found
        return None


def complete(things: Iterable[_rules.NatThing], routes: Sequence[Tuple[str, str]]) -> List[_rules.NatThing]:
    """The things, with the interface to which each one's lab is connected."""
    ways = _Ways(routes)
    return [
        _model.replace(thing, device=ways.device(thing.source if isinstance(thing, _rules.Masquerade) else thing.to_address))
        if isinstance(thing, (_rules.Masquerade, _rules.Dnat)) else thing
        for thing in things
    ]


class Note(NamedTuple):
    """What stands in the comment of a forward's rule or element. ``ordinal`` tells forwards apart that differ only in ``source``."""

    owner: str
    ports: Tuple[int, int]
    device: Optional[str]
    from_host: bool
    hairpin: bool
    ordinal: int = 0


def mark_of(thing: _rules.NatThing) -> str:
    """The mark alone."""
    return _model.write_mark(getattr(thing, "owner", None) or "")


def write_note(thing: _rules.Dnat, ordinal: int = 0) -> str:
    """The comment of a forward."""
    words = [mark_of(thing), f"{thing.ports[0]}-{thing.ports[1]}", thing.device or "-"]
    words += ["host"] * thing.from_host + ["hairpin"] * thing.hairpin + [str(ordinal)] * bool(ordinal)
    return " ".join(words)


def read_note(comment: str) -> Optional[Note]:
    """What a forward's comment says; ``None`` for any other comment."""
    mark, _space, rest = comment.partition(" ")
    owner, words = _model.read_mark(mark), _NOTE.fullmatch(rest)
    if owner is None or words is None:
        return None
    device = None if words[3] == "-" else words[3]
    return Note(owner, (int(words[1]), int(words[2])), device, bool(words[4]), bool(words[5]), int(words[6] or 0))


def write_device(thing: Union[_rules.Masquerade, _rules.Isolated, _rules.Admitted]) -> str:
    """The comment of a masquerade, of a network that is isolated, and of what is let through elsewhere."""
    return f"{mark_of(thing)} {(thing.device if isinstance(thing, _rules.Masquerade) else thing.interface) or '-'}"


def read_device(comment: str) -> Optional[Tuple[str, Optional[str]]]:
    """Owner and device in such a comment."""
    mark, _space, device = comment.partition(" ")
    owner = _model.read_mark(mark)
    return None if owner is None or not device else (owner, None if device == "-" else device)


def is_marked(comment: Optional[str]) -> bool:
    """Whether a comment is ours, whatever follows the mark."""
    return _model.read_mark((comment or "").partition(" ")[0]) is not None


@dataclass(frozen=True)
class Entry:
    """One way in to a forward: who must come by where. ``note`` is empty for what follows from another entry."""

    dnat: _rules.Dnat
    came_by: Optional[str]
    not_by: Optional[str]
    source: Optional[str]
    note: str

    @property
    def rank(self) -> Tuple[Any, ...]:
        """The more specific first: by source, then by interface and address."""
        length = -1 if self.source is None else _model.network_of(self.source).prefixlen
        return (-length, self.dnat.destination is None, self.came_by is None)


def _ordinals(dnats: Iterable[_rules.Dnat]) -> Iterator[Tuple[_rules.Dnat, int]]:
    seen: Dict[_rules.Dnat, int] = {}
    for dnat in dnats:
        alike = _model.replace(dnat, source=()) if dnat.source else dnat
        ordinal = seen.get(alike, 0)
        seen[alike] = ordinal + 1
        yield dnat, ordinal if dnat.source else 0


def entries(things: Iterable[_rules.NatThing]) -> List[Entry]:
    """All ways in, the more specific first, those that were asked for before those that follow from a hairpin."""
    found = []
    for dnat, ordinal in _ordinals(thing for thing in things if isinstance(thing, _rules.Dnat)):
        # From the target's own network an answer would go there straight, past the translation: a hairpin masquerades, and
        # without one such a connection is not ours at all, so that it fails at once and alike under every br_netfilter.
        not_by = None if dnat.hairpin or dnat.in_interface else dnat.device
        note = write_note(dnat, ordinal)
        found += [Entry(dnat, dnat.in_interface, not_by, source, note) for source in dnat.source or (None,)]
    for thing in things:
        if isinstance(thing, _rules.Dnat) and thing.hairpin and thing.device and (thing.source or thing.in_interface not in (None, thing.device)):
            found.append(Entry(thing, thing.device, None, None, ""))
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


def assemble(netns: Optional[str], pieces: Iterable[Piece]) -> List[_rules.Dnat]:
    """The forwards that pieces were made from. Whether all the pieces are there is seen when they are rendered again."""
    sources: Dict[Tuple[Any, ...], set[str]] = {}
    for piece in pieces:
        shift = piece.to_port - piece.first_port
        group = (piece.note, piece.came_by, piece.destination, piece.protocol, piece.to_address, shift)
        sources.setdefault(group, set()).update([piece.source] if piece.source else [])
    return [
        _rules.Dnat(
            netns, protocol, note.ports, to_address, (note.ports[0] + shift, note.ports[1] + shift), came_by, destination,
            tuple(sorted(given)), note.hairpin, note.from_host, note.device, note.owner,
        )
        for (note, came_by, destination, protocol, to_address, shift), given in sources.items()
    ]
