# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of policies in their tables: each resource in the comments of a chain of its own. Pure.

The rules of a policy do not show all that a task said, such as patterns of names. So the table
holds what it was rendered of. It proves nothing: who reads it renders it again and compares.
"""

from __future__ import annotations

import base64
import json
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable

from ..._model.digests import sha256
from ..._model.network_policies import (
    AddressSet,
    Entry,
    NetworkPolicy,
    Peer,
    PortGuard,
    RateLimit,
    SourceCheck,
)
from ..._model.ownership import MARK
from ..nftables.table import BaseChain, ChainHeader, NftRule, NftTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.resources import PolicyPart

REGULAR = ChainHeader("", "", 0, "")
_PREFIX = "record-"
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
"""Values are trees of tuples. To look for circles in them takes a third of the time."""
_CHUNK = 112
"""A comment has at most 127 characters, and begins with our mark."""
_MAX_BYTES = 1 << 20
_FIELDS: dict[str, tuple[str, ...]] = {
    "NetworkPolicy": (
        "name",
        "members",
        "ingress",
        "egress",
        "refuse",
        "audit",
        "nflog",
        "owner",
        "addresses",
        "single",
        "resolvers",
    ),
    "AddressSet": ("name", "addresses", "owner", "single"),
    "SourceCheck": ("interface", "addresses", "owner", "shared"),
    "PortGuard": ("interface", "mac", "router", "addresses", "owner"),
}
_WORDS = (
    b'["AddressSet","::/0","0.0.0.0/0","fd00::","2001:db8::/32","sctp","icmpv6","second","minute",'
    b'"hour","day",[[["lab","[[["address_set","[[["dns","],[[["any","","drop",true,"reject",true,'
    b'["SourceCheck",["PortGuard","02:00:00:00:00:","],"lab",true]["NetworkPolicy","web",["'
    b'"drop",false,[],null,null]],"reject",false,[],null,null],[[],"any",[],"allow",true,[],null,'
    b'null],[[["host",""]],"icmp",[],"allow",false,[],null,null],[[["network","192.168.0.0/16"]],'
    b'"udp",[[53,53]],"allow",false,[],null,null],[[],"tcp",[[80,80],[443,443]],"allow",false,[],'
    b'null,null],[[["netns","n1"]],"tcp",[[5432,5432]],"allow",false,["10.0.0.1"],null,null]],null,'
    b'"reject",false,null,"lab",["10.0.0.2"],false,[]]'
)
"""What most records say, so that they need half the rules. Others could not be read without it."""
_WINDOW = 12
"""Records are short, and to prepare for more takes longer than to compress them."""
UNREADABLE = (ValueError, TypeError, LookupError, OverflowError, RecursionError, zlib.error)
"""What reading something else than a record raises."""


def digest(*words: object) -> str:
    """A short name for these words."""
    return sha256(repr(words).encode()).hexdigest()[:16]


def encode_values(resource: PolicyPart) -> bytes:
    """The kind of a resource, and its fields but the namespace, as JSON."""
    kind = type(resource).__name__
    return _encode([kind, *(getattr(resource, field) for field in _FIELDS[kind])]).encode()


render_values = lru_cache(maxsize=1 << 14)(encode_values)
"""The same. Cached: the record and the note of a run say the same."""


def write_record(resource: PolicyPart) -> tuple[str, BaseChain]:
    """The name and the rules of the chain that records a resource."""
    return _write(resource, encode_values(resource))


def _write(resource: PolicyPart, values: bytes) -> tuple[str, BaseChain]:
    deflater = zlib.compressobj(9, zlib.DEFLATED, _WINDOW, 5, zlib.Z_DEFAULT_STRATEGY, _WORDS)
    packed = deflater.compress(values) + deflater.flush()
    code = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    chunks = [code[start : start + _CHUNK] for start in range(0, len(code), _CHUNK)]
    rules = [NftRule(("return",), f"{MARK} {chunk}") for chunk in chunks]
    return f"{_PREFIX}{digest(resource.key[0], *resource.key[2:])}", BaseChain(REGULAR, rules)


@lru_cache(maxsize=1 << 14)
def render_record(resource: PolicyPart) -> tuple[str, BaseChain]:
    """The same. Nobody may change it.

    Cached: most resources are the same before and after a change.
    """
    return _write(resource, render_values(resource))


def is_record(chain: str) -> bool:
    """Whether the chain of this name records a resource: its rules only return."""
    return chain.startswith(_PREFIX)


def read_records(table: NftTable, netns: str | None) -> Iterator[PolicyPart]:
    """The resources that a table records; a record that cannot be read is none."""
    for name, chain in table.chains.items():
        if is_record(name):
            code = "".join(rule.comment.partition(" ")[2] for rule in chain.rules)
            try:
                yield _read(code, netns)
            except UNREADABLE:
                continue


def _read(code: str, netns: str | None) -> PolicyPart:
    packed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
    # Records that an older version compressed without these words are read, too.
    inflater = zlib.decompressobj(zdict=_WORDS)
    return read_values(json.loads(inflater.decompress(packed, _MAX_BYTES).decode()), netns)


def read_values(values: list[Any], netns: str | None) -> PolicyPart:
    """The resource of these values, which ``encode_values`` wrote.

    A value of another type may be equal to the right one, as 1.0 to 1, and is written otherwise.

    :raises Exception: one of ``UNREADABLE``: they are others.
    """
    make, readers = _MAKERS[values[0]]
    resource: PolicyPart = make(netns, *[read(value) for read, value in zip(readers, values[1:])])
    return resource


def _text_or_none(value: Any) -> str | None:
    return None if value is None else str(value)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(str, values))


def _texts_or_none(values: Any) -> tuple[str, ...] | None:
    return None if values is None else _texts(values)


def _read_entries(values: Any) -> tuple[Entry, ...] | None:
    return None if values is None else tuple(map(_read_entry, values))


def _read_entry(value: Any) -> Entry:
    peers, protocol, ports, action, log, addresses, *more = value
    limit, connections = (*more, None, None)[:2]
    return Entry(
        tuple([Peer(str(kind), str(text)) for kind, text in peers]),
        str(protocol),
        tuple([(int(first), int(last)) for first, last in ports]),
        str(action),
        bool(log),
        _texts(addresses),
        None if limit is None else RateLimit(int(limit[0]), str(limit[1]), int(limit[2])),
        None if connections is None else int(connections),
    )


_READERS: dict[str, Callable[[Any], object]] = {
    **dict.fromkeys(("name", "refuse", "interface", "mac", "router"), str),
    **dict.fromkeys(("audit", "single", "shared"), bool),
    **dict.fromkeys(("addresses", "resolvers"), _texts),
    **dict.fromkeys(("ingress", "egress"), _read_entries),
    "members": _texts_or_none,
    "nflog": lambda value: None if value is None else int(value),
    "owner": _text_or_none,
}
_MAKERS: dict[str, tuple[Callable[..., Any], tuple[Callable[[Any], object], ...]]] = {
    kind.__name__: (kind, tuple(_READERS[field] for field in _FIELDS[kind.__name__]))
    for kind in (NetworkPolicy, AddressSet, SourceCheck, PortGuard)
}
"""How a resource of each kind is made of the values of its fields, which are in their order."""
