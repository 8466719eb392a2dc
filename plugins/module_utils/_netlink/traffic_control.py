# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Classes and filters of traffic control, by what tc(8) calls them.

What the kernel does with them: net/sched/sch_api.c (classes), net/sched/cls_api.c (filters).
"""

from __future__ import annotations

from . import uapi
from .attributes import read_attributes, read_text
from .headers import BODY, QDISC_ATTRIBUTES, TCMSG
from .socket import Request

_CONFIGURED = frozenset(("atm", "cbq", "drr", "hfsc", "htb", "qfq"))
"""The queueing disciplines whose classes are added one by one. Others have theirs by themselves."""
_DIRECTIONS = {
    uapi.TC_H_INGRESS_QDISC: "ingress",
    uapi.TC_H_CLSACT_INGRESS: "ingress",
    uapi.TC_H_CLSACT_EGRESS: "egress",
}


def read_qdisc_parents(data: bytes) -> tuple[int, tuple[int, ...]]:
    """(index of the link, where a queueing discipline may have filters, beside its classes)."""
    _family, index, handle, _parent, _info = TCMSG.unpack_from(data, BODY)
    if _read_kind(data) == "clsact":
        return index, (uapi.TC_H_CLSACT_INGRESS, uapi.TC_H_CLSACT_EGRESS)
    return index, (handle,)


def dump_classes(index: int) -> Request:
    """Ask for the classes of a link, of all its queueing disciplines."""
    return Request(uapi.RTM_GETTCLASS, TCMSG.pack(0, index, 0, 0, 0))


def read_class(data: bytes) -> tuple[int, str] | None:
    """(number, description) of a class that was added; None for the kernel's own."""
    _family, _index, number, _parent, _info = TCMSG.unpack_from(data, BODY)
    kind = _read_kind(data)
    if kind not in _CONFIGURED or not number & 0xFFFF:
        return None
    return number, f"class {kind} {_describe_number(number)}"


def read_filter(parent: int, data: bytes) -> str:
    """The description of a filter at one place. Those of one kind and preference have the same."""
    info = TCMSG.unpack_from(data, BODY)[-1]
    return f"filter {describe_place(parent)} pref {info >> 16} {_read_kind(data)}"


def describe_place(parent: int) -> str:
    """Where filters are attached, in the words of tc(8) that follow the name of the link."""
    return _DIRECTIONS.get(parent) or f"parent {_describe_number(parent)}"


def is_ingress(parent: int) -> bool:
    """Whether filters at a place see the packets that a link receives."""
    return _DIRECTIONS.get(parent) == "ingress"


def _read_kind(data: bytes) -> str:
    return read_text(read_attributes(data, QDISC_ATTRIBUTES).get(uapi.TCA_KIND)) or ""


def _describe_number(number: int) -> str:
    minor = number & 0xFFFF
    return f"{number >> 16:x}:{minor:x}" if minor else f"{number >> 16:x}:"
