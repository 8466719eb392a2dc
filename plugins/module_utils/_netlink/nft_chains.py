# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chains of nftables tables: read, and deleted if nothing has changed since."""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING

from .._model.fast_typing import NamedTuple
from . import uapi
from .attributes import pack_attribute, pack_text, read_attributes, read_text
from .headers import BODY, NETFILTER_ATTRIBUTES, NFGENMSG
from .nft_tables import dump_tables, read_generation
from .socket import Request, Socket

if TYPE_CHECKING:
    from collections.abc import Iterable

TableKey = tuple[str, str]
"""The family and the name of a table."""


class NftChain(NamedTuple):
    """A chain. ``uses`` counts its rules, and the jumps to it."""

    name: str
    handle: int
    is_base: bool
    accepts: bool
    uses: int


class NftTable(NamedTuple):
    """The chains of a table. ``uses`` counts them, and its sets and objects."""

    chains: dict[str, NftChain]
    uses: int


class NftState(NamedTuple):
    """All tables of a namespace, and the kernel's number of this state."""

    generation: bytes
    tables: dict[TableKey, NftTable]


def read_state(socket: Socket) -> NftState:
    """Read all tables, without their rules; none if the kernel has no nf_tables.

    :raises OSError: the kernel refused to tell.
    """
    tables = {
        key: NftTable({}, _read_number(attributes.get(uapi.NFTA_TABLE_USE)))
        for key, attributes in dump_tables(socket) or ()
    }
    if not tables:
        return NftState(b"", {})
    generation = read_generation(socket)
    for message in socket.dump(Request(uapi.NFT_MSG_GETCHAIN, NFGENMSG.pack(0, 0, 0))):
        family, _version, _resource = NFGENMSG.unpack_from(message, BODY)
        attributes = read_attributes(message, NETFILTER_ATTRIBUTES)
        table = read_text(attributes.get(uapi.NFTA_CHAIN_TABLE)) or ""
        chain = NftChain(
            read_text(attributes.get(uapi.NFTA_CHAIN_NAME)) or "",
            _read_number(attributes.get(uapi.NFTA_CHAIN_HANDLE)),
            uapi.NFTA_CHAIN_HOOK in attributes,
            _read_number(attributes.get(uapi.NFTA_CHAIN_POLICY)) == uapi.NF_ACCEPT,
            _read_number(attributes.get(uapi.NFTA_CHAIN_USE)),
        )
        key = uapi.NFPROTO_NAMES.get(family, str(family)), table
        if key in tables:
            tables[key].chains[chain.name] = chain
    return NftState(generation, tables)


def delete_chains(
    socket: Socket,
    generation: bytes,
    chains: Iterable[tuple[TableKey, str]],
    tables: Iterable[TableKey],
) -> bool:
    """Delete these chains, then these tables: all or nothing.

    :param generation: the number of the state in which they may be deleted.
    :return: false if another program has changed a table since.
    :raises OSError: the kernel refused it.
    """
    requests = [
        Request(
            uapi.NFT_MSG_DELCHAIN,
            NFGENMSG.pack(uapi.NFPROTO_NUMBERS[family], 0, 0)
            + pack_text(uapi.NFTA_CHAIN_TABLE, table)
            + pack_text(uapi.NFTA_CHAIN_NAME, name),
        )
        for (family, table), name in chains
    ]
    requests += [
        Request(
            uapi.NFT_MSG_DELTABLE,
            NFGENMSG.pack(uapi.NFPROTO_NUMBERS[family], 0, 0)
            + pack_text(uapi.NFTA_TABLE_NAME, table),
        )
        for family, table in tables
    ]
    header = struct.pack(">BBH", 0, 0, uapi.NFNL_SUBSYS_NFTABLES)
    begin = Request(
        uapi.NFNL_MSG_BATCH_BEGIN, header + pack_attribute(uapi.NFNL_BATCH_GENID, generation)
    )
    replies = socket.send_transaction(begin, requests, Request(uapi.NFNL_MSG_BATCH_END, header))
    if replies[0].errno == errno.ERESTART:
        return False
    for reply in replies:
        reply.check()
    return True


def _read_number(data: bytes | None) -> int:
    """A number in network byte order."""
    return int.from_bytes(data or b"", "big")
