# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file with the record of owners: one for each host, valid until the next boot."""

from __future__ import annotations

import errno
import json
import os
from itertools import islice
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .._model.errors import Failed
from .._model.links import SavedSettings
from .._model.netns import Attachment
from .._model.owner_records import LinkRecord, NetnsEvidence, NetnsRecord, OwnerRecords
from .machine import identify_host, is_in_user_namespace
from .state_directory import (
    DAMAGE,
    STATE_DIRECTORY,
    UnsafeState,
    read_state_file,
    replace_state_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_HOST = ""
"""The host among the names of namespaces, which are never empty."""
_PIECE = 50
_dump = json.JSONEncoder(separators=(",", ":")).encode
_Record = TypeVar("_Record")


def read_records(host: NetnsEvidence) -> OwnerRecords | None:
    """The record of a host; None if there is none since the last boot.

    :param host: the evidence of the host's own network namespace.
    :raises Failed: there is a file, and it cannot be used.
    """
    name = _name_file(host)
    try:
        content = read_state_file(name)
    except (UnsafeState, OSError) as error:
        if is_out_of_reach(error):
            return None
        raise
    if content is None:
        return None
    try:
        decoded = json.loads(content)
        if decoded["host"] != identify_host(host):
            return None
        return _decode(decoded)
    except DAMAGE as error:
        path = os.path.join(STATE_DIRECTORY, name)
        raise Failed(
            f"{path}, the record of what this collection made, is damaged; remove it, and the next "
            "run records again what it can prove"
        ) from error


def write_records(host: NetnsEvidence, records: OwnerRecords, machine: str) -> bool:
    """Write the record of a host.

    :param machine: what the MAC addresses of its links are derived from.
    :returns: False if this process has no place for it: it is root of a user namespace only.
    :raises OSError: it could not be written.
    """
    content = {
        "host": _dump(identify_host(host)),
        "machine": _dump(machine),
        "namespaces": _dump_items(records.namespaces.items(), _encode_netns),
        "links": _dump_items(records.links.items(), _encode_links),
        "complete": _dump(records.is_complete),
    }
    text = ",".join(f'"{key}":{value}' for key, value in content.items()).join("{}")
    try:
        replace_state_file(_name_file(host), text.encode())
    except (UnsafeState, OSError) as error:
        if is_out_of_reach(error):
            return False
        raise
    return True


def _name_file(host: NetnsEvidence) -> str:
    """A task in another network namespace may see the same /run."""
    return f"owners-{host[1]}"


def is_out_of_reach(error: Exception) -> bool:
    """Whether the directory belongs to the root of another user namespace, or the user is none."""
    if isinstance(error, UnsafeState):
        return is_in_user_namespace()
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EACCES and os.geteuid():
        return True
    return number in (errno.EACCES, errno.EROFS) and is_in_user_namespace()


def _dump_items(
    items: Iterable[tuple[str | None, _Record]], encode: Callable[[_Record], list[Any]]
) -> str:
    """A dictionary in JSON. It is composed of pieces of some namespaces.

    Until its end ``json.dumps`` keeps a string for each number and each comma: with a thousand
    namespaces these take more memory than all else of a removal.
    """
    left = iter(items)
    pieces: list[str] = []
    while True:
        piece = {name or _HOST: encode(record) for name, record in islice(left, _PIECE)}
        if not piece:
            return f"{{{','.join(pieces)}}}"
        pieces.append(_dump(piece)[1:-1])


def _encode_links(links: Iterable[LinkRecord]) -> list[Any]:
    return [_encode_link(link) for link in links]


def _encode_netns(record: NetnsRecord) -> list[Any]:
    """The last only of a namespace that was attached."""
    basics = [record.owner, record.evidence, record.expected, sorted(record.users)]
    return basics if record.attached is None else [*basics, record.attached]


def _encode_link(link: LinkRecord) -> list[Any]:
    """What most links have first; the rest only of WireGuard links, and of links from the host."""
    basics = [*link[:4]]
    if link.saved is None:
        return basics if link.underlay is None else [*basics, link.underlay]
    return [*basics, vars(link.saved), link.hardware, link.anchor, link.contents]


def _decode(decoded: dict[str, Any]) -> OwnerRecords:
    records = OwnerRecords(
        is_complete=decoded["complete"] is True, machine=str(decoded.get("machine", ""))
    )
    for name, (owner, evidence, expected, users, *attached) in decoded["namespaces"].items():
        known = None if evidence is None else (evidence[0], evidence[1], evidence[2])
        records.namespaces[name] = NetnsRecord(
            owner, known, expected, frozenset(users), Attachment(*attached[0]) if attached else None
        )
    for name, links in decoded["links"].items():
        records.links[name or None] = tuple(
            _decode_made(*link) if len(link) <= 5 else _decode_taken(link) for link in links
        )
    return records


def _decode_made(
    owner: str, name: str, kind: str, ifindex: int, underlay: list[Any] | None = None
) -> LinkRecord:
    if underlay is None:
        return LinkRecord(owner, name, kind, ifindex)
    netns, evidence = underlay
    known = None if evidence is None else (evidence[0], evidence[1], evidence[2])
    return LinkRecord(owner, name, kind, ifindex, underlay=(netns, known))


def _decode_taken(link: list[Any]) -> LinkRecord:
    owner, name, kind, ifindex, saved, hardware, anchor, *contents = link
    texts = {name: tuple(saved[name]) for name in ("addresses", "altnames")}
    settings = SavedSettings(**{**saved, **texts})
    found = None if anchor is None else (anchor[0], anchor[1])
    return LinkRecord(owner, name, kind, ifindex, settings, hardware, found, *contents)
