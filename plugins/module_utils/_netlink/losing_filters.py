# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of traffic control that can drop or redirect packets, and not only classify them.

The numbers of their attributes are in the kernel's linux/pkt_cls.h and linux/tc_act/.
"""

from __future__ import annotations

import struct

from .._model.fast_typing import NamedTuple
from . import uapi
from .attributes import read_attributes, read_number, read_text
from .headers import BODY, QDISC_ATTRIBUTES, TCMSG
from .traffic_control import describe_place

_ACTIONS = {
    "basic": (3, 4),
    "bpf": (1, 2),
    "cgroup": (1, 2),
    "flow": (9, 10),
    "flower": (3,),
    "fw": (4, 2),
    "matchall": (2,),
    "route": (6, 5),
    "u32": (7, 6),
}
"""By kind of filter: the attributes of its options that hold actions, or a policer."""
_BPF_FLAGS, _BPF_DECIDES = 8, 1
_ACT_KIND, _ACT_OPTIONS, _ACT_PARAMETERS = 1, 2, 2
_VERDICT = struct.Struct("=8xi")
"""The verdict in a struct tc_gen, with which the parameters of an action begin."""
_LOSING_VERDICTS = frozenset((2, 4, 5, 8))
"""Shot, stolen, queued, trapped."""
_MIRRED = struct.Struct("=20xi")
_REDIRECTIONS = frozenset((1, 3))
_HARMLESS = frozenset(("connmark", "csum", "ctinfo", "sample", "simple", "skbedit"))


class LosingFilter(NamedTuple):
    """Where a filter is, in the words of tc(8): ``place`` follows the link, or names a block.

    All filters of one preference at a place have the same words.
    """

    place: str
    preference: str
    is_shared: bool


def read_losing_filter(parent: int, data: bytes) -> LosingFilter | None:
    """A filter at one place; None if it lets all packets pass."""
    _family, index, _handle, shared_block, info = TCMSG.unpack_from(data, BODY)
    attributes = read_attributes(data, QDISC_ATTRIBUTES)
    kind = read_text(attributes.get(uapi.TCA_KIND)) or ""
    options = attributes.get(uapi.TCA_OPTIONS)
    if options is None or not _may_lose(kind, options):
        return None
    chain = read_number(attributes.get(uapi.TCA_CHAIN))
    preference = (f"chain {chain} " if chain else "") + f"pref {info >> 16}"
    if index == uapi.TCM_IFINDEX_MAGIC_BLOCK:
        return LosingFilter(f"block {shared_block}", preference, True)
    return LosingFilter(describe_place(parent), preference, False)


def _may_lose(kind: str, options: bytes) -> bool:
    if kind not in _ACTIONS:
        return True
    found = read_attributes(options)
    if kind == "bpf" and (read_number(found.get(_BPF_FLAGS)) or 0) & _BPF_DECIDES:
        return True
    actions, *policers = (found.get(number) for number in _ACTIONS[kind])
    if any(policers):
        return True
    return any(map(_action_may_lose, read_attributes(actions or b"").values()))


def _action_may_lose(action: bytes) -> bool:
    attributes = read_attributes(action)
    kind = read_text(attributes.get(_ACT_KIND)) or ""
    options = read_attributes(attributes.get(_ACT_OPTIONS, b""))
    parameters = options.get(_ACT_PARAMETERS, b"")
    if kind == "gact" and len(parameters) >= _VERDICT.size:
        return _VERDICT.unpack_from(parameters)[0] in _LOSING_VERDICTS
    if kind == "mirred" and len(parameters) >= _MIRRED.size:
        return _MIRRED.unpack_from(parameters)[0] in _REDIRECTIONS
    return kind not in _HARMLESS
