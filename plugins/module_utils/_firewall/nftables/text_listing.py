# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether nft lists a table as we write it. Pure.

nft lists thousands of rules as text in less time than as JSON, and comparing text takes a tenth of
reading JSON. Nothing is read from the text: whoever writes rules could write comments that look
like rules. It only shows that what was just written is there as it was meant.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ..._model.lazy_pattern import compile_lazily
from ..._model.ownership import MARK
from .script import write_chain, write_set
from .table import ND_TARGET

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from .table import NftTable

LISTING_OPTIONS = ("--stateless", "--numeric-priority", "--numeric-protocol")
"""With these nft lists a table nearly as it reads one."""
_Block = tuple[str, frozenset[str]]
"""A set, map, chain, counter or limit: its lines but elements, and its elements."""
_TARGET = compile_lazily(r"icmpv6 taddr (\S+)")
"""How newer versions of nft list ``ND_TARGET``, which older ones cannot read."""
_MARK = compile_lazily(r"(?<=meta mark )(set )?([0-9]+)")
_LOG = compile_lazily(r'log (group [0-9]+) (prefix "[^"]*")')
_BURST = " burst 5 packets"
"""What is not listed, since it is the default."""


def is_listed(text: str, table: NftTable, words: str) -> bool:
    """Whether a listing shows this table and nothing else.

    :param words: the family and name of the table.
    :return: False also if this version of nft lists it in other words.
    """
    head, end = f'table {words} {{\n\tcomment "{MARK}"\n', "}\n"
    if not text.startswith(head) or not text.endswith(end):
        return False
    listed = [*_read_blocks(text[len(head) : -len(end)])]
    wanted = {*_write_blocks(table)}
    return len(listed) == len(wanted) and wanted.issuperset(listed)


def _read_blocks(body: str) -> Iterator[_Block]:
    if _TARGET.search(body):
        body = _TARGET.sub(_write_target, body)
    body = body.replace(f"{_BURST}\n", "\n")
    for block in body.rstrip("\n").split("\n\n"):
        lines, _equals, elements = block.partition("\n\t\telements = { ")
        if elements.endswith(" }\n\t}"):
            words = elements[: -len(" }\n\t}")].split(",")
            yield f"{lines}\n\t}}", frozenset(map(str.strip, words))
        else:
            yield block, frozenset()


def _write_target(match: re.Match[str]) -> str:
    return f"{ND_TARGET} {int(ipaddress.IPv6Address(match[1])):#x}"


def _write_blocks(table: NftTable) -> Iterator[_Block]:
    for name in table.counters:
        yield f"\tcounter {name} {{\n\t}}", frozenset()
    for name, limit in table.limits.items():
        rate = limit[: -len(_BURST)] if limit.endswith(_BURST) else limit
        yield f"\tlimit {name} {{\n\t\t{rate}\n\t}}", frozenset()
    for name, nft_set in table.sets.items():
        lines = [*write_set(name, nft_set)]
        if not nft_set.elements:
            yield "\n".join(lines), frozenset()
            continue
        start = lines.index("\t\telements = {")
        words = (line.strip("\t,") for line in lines[start + 1 : -2])
        yield "\n".join([*lines[:start], "\t}"]), frozenset(words)
    for name, chain in table.chains.items():
        text = "\n".join(write_chain(name, chain))
        if "meta mark" in text:
            text = _MARK.sub(_write_mark, text)
        if "log group" in text:
            text = _LOG.sub(r"log \2 \1", text)
        yield text, frozenset()


def _write_mark(match: re.Match[str]) -> str:
    return f"{match[1] or ''}{int(match[2]):#010x}"
