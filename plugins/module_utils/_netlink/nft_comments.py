# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comments of rules that do nothing but return, read without starting a program.

nft would read all counters first, of which thousands of rules have one each: 80 ms for a chain.
"""

from __future__ import annotations

from . import uapi
from .attributes import pack_text, read_attributes, read_text, walk_attributes
from .headers import NETFILTER_ATTRIBUTES, NFGENMSG
from .socket import Request, Socket

_RETURN = (uapi.NFT_RETURN & 0xFFFFFFFF).to_bytes(4, "big")


def list_comments(family: str, table: str, chain: str) -> list[str] | None:
    """The comments of the rules of a chain; None if one of them does anything but return.

    A chain that does not exist has none.

    :raises OSError: the kernel refused to tell.
    """
    body = (
        NFGENMSG.pack(uapi.NFPROTO_NUMBERS[family], 0, 0)
        + pack_text(uapi.NFTA_RULE_TABLE, table)
        + pack_text(uapi.NFTA_RULE_CHAIN, chain)
    )
    socket = Socket(uapi.NETLINK_NETFILTER)
    try:
        messages = socket.dump(Request(uapi.NFT_MSG_GETRULE, body))
    finally:
        socket.close()
    comments: list[str] = []
    for message in messages:
        attributes = read_attributes(message, NETFILTER_ATTRIBUTES)
        expressions = attributes.get(uapi.NFTA_RULE_EXPRESSIONS, b"")
        if read_text(attributes.get(uapi.NFTA_RULE_CHAIN)) != chain or not _is_return(expressions):
            return None
        comments.append(_read_comment(attributes.get(uapi.NFTA_RULE_USERDATA, b"")))
    return comments


def _is_return(expressions: bytes) -> bool:
    """Whether the only expression is the verdict to return."""
    elements = [*walk_attributes(expressions, 0, len(expressions))]
    if len(elements) != 1:
        return False
    _number, start, end = elements[0]
    found = read_attributes(expressions[start:end])
    if read_text(found.get(uapi.NFTA_EXPR_NAME)) != "immediate":
        return False
    for number in (uapi.NFTA_EXPR_DATA, uapi.NFTA_IMMEDIATE_DATA, uapi.NFTA_DATA_VERDICT):
        found = read_attributes(found.get(number, b""))
    return found.get(uapi.NFTA_VERDICT_CODE) == _RETURN


def _read_comment(user_data: bytes) -> str:
    """The comment in the data that nft attaches to a rule: a type, a length and a text."""
    offset = 0
    while offset + 2 <= len(user_data):
        kind, length = user_data[offset], user_data[offset + 1]
        if kind == uapi.NFTNL_UDATA_RULE_COMMENT:
            return read_text(user_data[offset + 2 : offset + 2 + length]) or ""
        offset += 2 + length
    return ""
