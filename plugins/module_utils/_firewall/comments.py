# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comments of rules of ours: who owns a rule, and what the rule alone does not tell."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional, Tuple, Union

from .._model.nat import Dnat, IntegratedFirewall, Isolation, Masquerade, NatResource
from .._model.ownership import read_mark, write_mark

_NOTE = re.compile(r"([0-9]+)-([0-9]+) (\S+)( host)?( hairpin)?(?: ([0-9]+))?")


class Note(NamedTuple):
    """What stands in the comment of a forward's rule or element. ``ordinal`` tells forwards apart that differ only in ``source``."""

    owner: str
    ports: Tuple[int, int]
    device: Optional[str]
    from_host: bool
    hairpin: bool
    ordinal: int = 0


def mark_of(resource: NatResource) -> str:
    """The mark alone."""
    return write_mark(getattr(resource, "owner", None) or "")


def write_note(resource: Dnat, ordinal: int = 0) -> str:
    """The comment of a forward."""
    words = [mark_of(resource), f"{resource.ports[0]}-{resource.ports[1]}", resource.device or "-"]
    words += (
        ["host"] * resource.from_host
        + ["hairpin"] * resource.hairpin
        + [str(ordinal)] * bool(ordinal)
    )
    return " ".join(words)


def read_note(comment: str) -> Optional[Note]:
    """What a forward's comment says; ``None`` for any other comment."""
    mark, _space, rest = comment.partition(" ")
    owner, words = read_mark(mark), _NOTE.fullmatch(rest)
    if owner is None or words is None:
        return None
    device = None if words[3] == "-" else words[3]
    return Note(
        owner,
        (int(words[1]), int(words[2])),
        device,
        bool(words[4]),
        bool(words[5]),
        int(words[6] or 0),
    )


def write_device(resource: Union[Masquerade, Isolation, IntegratedFirewall]) -> str:
    """The comment of a masquerade, of a network that is isolated, and of what is let through elsewhere."""
    return f"{mark_of(resource)} {(resource.device if isinstance(resource, Masquerade) else resource.interface) or '-'}"


def read_device(comment: str) -> Optional[Tuple[str, Optional[str]]]:
    """Owner and device in such a comment."""
    mark, _space, device = comment.partition(" ")
    owner = read_mark(mark)
    return None if owner is None or not device else (owner, None if device == "-" else device)


def is_marked(comment: Optional[str]) -> bool:
    """Whether a comment is ours, whatever follows the mark."""
    return read_mark((comment or "").partition(" ")[0]) is not None
