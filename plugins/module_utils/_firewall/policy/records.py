# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of policies in their tables: each resource in the comments of a chain of its own. Pure.

The rules of a policy do not show all that a task said, such as patterns of names. So the table
holds what it was rendered of. It proves nothing: who reads it renders it again and compares.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any

from ..._model.network_policies import (
    POLICY_PARTS,
    Entry,
    Peer,
    PolicyPart,
)
from ..._model.ownership import MARK
from ..nftables.table import BaseChain, ChainHeader, NftRule, NftTable

if TYPE_CHECKING:
    from collections.abc import Iterator

REGULAR = ChainHeader("", "", 0, "")
_PREFIX = "record-"
_CHUNK = 100
_MAX_BYTES = 1 << 20
_KINDS = {kind.__name__: kind for kind in POLICY_PARTS}
_FIELDS: dict[str, tuple[str, ...]] = {
    "NetworkPolicy": ("name", "members", "ingress", "egress", "refuse", "owner", "addresses"),
    "AddressSet": ("name", "addresses", "owner"),
    "SourceCheck": ("interface", "addresses", "owner"),
    "PortGuard": ("interface", "mac", "router", "addresses", "owner"),
}


def digest(*words: object) -> str:
    """A short name for these words."""
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]


def write_record(resource: PolicyPart) -> tuple[str, BaseChain]:
    """The name and the rules of the chain that records a resource."""
    kind = type(resource).__name__
    values = [getattr(resource, field) for field in _FIELDS[kind]]
    text = json.dumps([kind, *values], separators=(",", ":"))
    code = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    chunks = [code[start : start + _CHUNK] for start in range(0, len(code), _CHUNK)]
    rules = [NftRule(("return",), f"{MARK} {chunk}") for chunk in chunks]
    return f"{_PREFIX}{digest(resource.key[0], *resource.key[2:])}", BaseChain(REGULAR, rules)


def read_records(table: NftTable, netns: str | None) -> Iterator[PolicyPart]:
    """The resources that a table records; a record that cannot be read is none."""
    for name, chain in table.chains.items():
        if name.startswith(_PREFIX):
            code = "".join(rule.comment.partition(" ")[2] for rule in chain.rules)
            try:
                yield _read(code, netns)
            except (ValueError, TypeError, KeyError, IndexError, zlib.error):
                continue


def _read(code: str, netns: str | None) -> PolicyPart:
    packed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
    inflater = zlib.decompressobj()
    values = json.loads(inflater.decompress(packed, _MAX_BYTES).decode())
    kind, fields = values[0], dict(zip(_FIELDS[values[0]], values[1:]))
    fields["addresses"] = _texts(fields["addresses"])
    if kind == "NetworkPolicy":
        members = fields["members"]
        fields["members"] = None if members is None else _texts(members)
        for direction in ("ingress", "egress"):
            entries = fields[direction]
            fields[direction] = None if entries is None else tuple(map(_read_entry, entries))
    resource: PolicyPart = _KINDS[kind](netns=netns, **fields)
    return resource


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(str, values))


def _read_entry(value: Any) -> Entry:
    peers, protocol, ports, action, log, addresses = value
    return Entry(
        tuple(Peer(str(kind), str(text)) for kind, text in peers),
        str(protocol),
        tuple((int(first), int(last)) for first, last in ports),
        str(action),
        bool(log),
        _texts(addresses),
    )
