# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comments of our rules and set elements: our mark with the owner, and a note.

The note holds what the matches of the rule do not show. nft limits a comment to 128 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.fast_typing import NamedTuple
from .._model.lazy_pattern import compile_lazily
from .._model.ownership import read_mark, write_mark

if TYPE_CHECKING:
    from .._model.nat import Dnat
    from .._model.resources import NatRule

_DNAT_NOTE = compile_lazily(r"([0-9]+)-([0-9]+) (\S+)( host)?( hairpin)?(?: ([0-9]+))?")


class DnatNote(NamedTuple):
    """The comment of a destination NAT rule or of a map element.

    ``ports`` is the whole range, of which one map element is a part. ``device`` is the interface
    that leads to the target. ``ordinal`` distinguishes rules that differ only in ``source``.
    """

    owner: str
    ports: tuple[int, int]
    device: str | None
    from_host: bool
    hairpin: bool
    ordinal: int = 0


class InterfaceNote(NamedTuple):
    """The comment of a rule that belongs to one interface, ``None`` if it is not known."""

    owner: str
    interface: str | None


def write_owner_mark(resource: NatRule) -> str:
    """Write our mark with the owner of this resource, without a note."""
    return write_mark(resource.owner or "")


def write_dnat_note(dnat: Dnat, ordinal: int = 0) -> str:
    """Write the comment of a destination NAT rule; at most 128 bytes."""
    words = [write_owner_mark(dnat), f"{dnat.ports[0]}-{dnat.ports[1]}", dnat.device or "-"]
    words += ["host"] if dnat.from_host else []
    words += ["hairpin"] if dnat.hairpin else []
    words += [str(ordinal)] if ordinal else []
    return " ".join(words)


def read_dnat_note(comment: str) -> DnatNote | None:
    """Read the comment of a destination NAT rule; ``None`` for any other comment."""
    mark, _space, rest = comment.partition(" ")
    owner, note = read_mark(mark), _DNAT_NOTE.fullmatch(rest)
    if owner is None or note is None:
        return None
    return DnatNote(
        owner,
        ports=(int(note[1]), int(note[2])),
        device=None if note[3] == "-" else note[3],
        from_host=bool(note[4]),
        hairpin=bool(note[5]),
        ordinal=int(note[6] or 0),
    )


def write_interface_note(resource: NatRule, interface: str | None) -> str:
    """Write the comment of a masquerade, an isolation or an integration: of one interface."""
    return f"{write_owner_mark(resource)} {interface or '-'}"


def read_interface_note(comment: str) -> InterfaceNote | None:
    """Read the comment of a rule that belongs to one interface; ``None`` for any other comment."""
    mark, _space, interface = comment.partition(" ")
    owner = read_mark(mark)
    if owner is None or not interface:
        return None
    return InterfaceNote(owner, None if interface == "-" else interface)


def is_marked(comment: str | None) -> bool:
    """Return whether a comment begins with our mark, of any owner."""
    return read_mark((comment or "").partition(" ")[0]) is not None
