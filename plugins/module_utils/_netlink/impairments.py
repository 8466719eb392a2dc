# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Impairments: queueing disciplines at the root of a link.

What the kernel does with them: net/sched/sch_netem.c, sch_tbf.c, sch_api.c. Which discipline a link
has is read here from the header, and its options (TCA_OPTIONS) by pyroute2's classes: a host
without pyroute2 may have disciplines of others.
"""

from __future__ import annotations

from typing import Any

from .._model.fast_typing import NamedTuple
from .._model.impairments import HANDLES, Impairment
from . import uapi
from .attributes import pack_attribute, pack_text, read_attributes, read_text
from .headers import BODY, QDISC_ATTRIBUTES, TCMSG
from .pyroute2_messages import (
    TBF_FIELDS,
    decode_payload,
    encode_payload,
    netem_class,
    tbf_class,
)
from .socket import Request

_MAX_U32 = 2**32 - 1
_TICK_NS = 64
"""The unit of the time that a burst of tbf takes, in nanoseconds (psched, net/sched)."""

_Attributes = list[tuple[str, Any]]


class QdiscReply(NamedTuple):
    """The queueing discipline at the root of a link; ``options`` is the payload of TCA_OPTIONS."""

    link: str
    kind: str
    handle: int
    options: bytes

    @property
    def is_default(self) -> bool:
        """Whether the kernel put it there by itself."""
        return not self.handle

    @property
    def is_ours(self) -> bool:
        """Whether its handle is one of ours."""
        return self.kind in HANDLES and HANDLES[self.kind] << 16 == self.handle

    def describe(self) -> str:
        """Kind and handle, as tc(8) shows them."""
        return f"{self.kind} {self.handle >> 16:x}:"


def _pack_netem(impairment: Impairment) -> bytes:
    """All options: the kernel keeps those that a change does not name."""
    fields = {
        "delay": 0,
        "limit": impairment.limit or 0,
        "loss": impairment.loss,
        "gap": 1 if impairment.reorder else 0,
        "duplicate": impairment.duplicate,
        "jitter": 0,
    }
    rate = {
        "rate": min(impairment.rate, _MAX_U32),
        "packet_overhead": 0,
        "cell_size": 0,
        "cell_overhead": 0,
    }
    attributes: _Attributes = [
        ("TCA_NETEM_LATENCY64", impairment.delay),
        ("TCA_NETEM_JITTER64", impairment.jitter),
        ("TCA_NETEM_CORR", {"delay_corr": 0, "loss_corr": 0, "dup_corr": 0}),
        ("TCA_NETEM_REORDER", {"prob_reorder": impairment.reorder, "corr_reorder": 0}),
        ("TCA_NETEM_CORRUPT", {"prob_corrupt": impairment.corrupt, "corr_corrupt": 0}),
        ("TCA_NETEM_RATE", rate),
    ]
    if impairment.rate > _MAX_U32:
        attributes.append(("TCA_NETEM_RATE64", impairment.rate))
    return encode_payload(netem_class(), attributes, fields)


def _pack_tbf(impairment: Impairment) -> bytes:
    """With a known link layer the kernel needs no table of what a packet of each size costs."""
    parameters: dict[str, int] = dict.fromkeys((name for name, _type in TBF_FIELDS), 0)
    parameters.update(
        rate_linklayer=uapi.TC_LINKLAYER_ETHERNET,
        rate=min(impairment.rate, _MAX_U32),
        limit=impairment.queue or 0,
    )
    attributes: _Attributes = [
        ("TCA_TBF_PARMS", parameters),
        ("TCA_TBF_RATE64", impairment.rate),
        ("TCA_TBF_BURST", impairment.burst or 0),
    ]
    return encode_payload(tbf_class(), attributes)


def replace_qdisc(index: int, impairment: Impairment) -> Request:
    """Put an impairment in place of any other discipline of a link.

    One of the same kind is changed, and keeps the packets that it holds.
    """
    kind = impairment.kind
    options = _pack_netem(impairment) if kind == "netem" else _pack_tbf(impairment)
    header = TCMSG.pack(0, index, HANDLES[kind] << 16, uapi.TC_H_ROOT, 0)
    attributes = pack_text(uapi.TCA_KIND, kind) + pack_attribute(uapi.TCA_OPTIONS, options)
    return Request(uapi.RTM_NEWQDISC, header + attributes, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE)


def delete_qdisc(index: int, current: Impairment) -> Request:
    """Delete our discipline by its handle; the kernel refuses if another has taken its place."""
    return Request(
        uapi.RTM_DELQDISC, TCMSG.pack(0, index, HANDLES[current.kind] << 16, uapi.TC_H_ROOT, 0)
    )


def dump_qdiscs() -> Request:
    """Ask for the disciplines of all links."""
    return Request(uapi.RTM_GETQDISC, TCMSG.pack(0, 0, 0, 0, 0))


def read_qdisc(names: dict[int, str], data: bytes) -> QdiscReply | None:
    """The discipline at the root of one of these links (by index); None for any other."""
    _family, index, handle, parent, _info = TCMSG.unpack_from(data, BODY)
    if parent != uapi.TC_H_ROOT or index not in names:
        return None
    attributes = read_attributes(data, QDISC_ATTRIBUTES)
    kind = read_text(attributes.get(uapi.TCA_KIND)) or ""
    return QdiscReply(names[index], kind, handle, attributes.get(uapi.TCA_OPTIONS, b""))


def read_impairment(netns: str | None, qdisc: QdiscReply) -> Impairment:
    """What a netem or tbf does to packets, also if it was set by hand."""
    if qdisc.kind == "netem":
        return _read_netem(netns, qdisc.link, decode_payload(netem_class(), qdisc.options))
    return _read_tbf(netns, qdisc.link, decode_payload(tbf_class(), qdisc.options))


def _read_netem(netns: str | None, link: str, options: Any) -> Impairment:
    reorder = options.get_attr("TCA_NETEM_REORDER") or {}
    corrupt = options.get_attr("TCA_NETEM_CORRUPT") or {}
    rate = options.get_attr("TCA_NETEM_RATE") or {}
    correlation = options.get_attr("TCA_NETEM_CORR") or {}
    unsupported = (
        options["gap"] > 1,
        any(name == "TCA_NETEM_LOSS" for name, *_value in options["attrs"]),
        any(rate.get(name) for name in ("packet_overhead", "cell_size", "cell_overhead")),
        any(correlation.get(name) for name in ("delay_corr", "loss_corr", "dup_corr")),
        bool(reorder.get("corr_reorder") or corrupt.get("corr_corrupt")),
    )
    return Impairment(
        netns,
        link,
        delay=options.get_attr("TCA_NETEM_LATENCY64") or 0,
        jitter=options.get_attr("TCA_NETEM_JITTER64") or 0,
        loss=options["loss"],
        corrupt=corrupt.get("prob_corrupt", 0),
        duplicate=options["duplicate"],
        reorder=reorder.get("prob_reorder", 0) if options["gap"] else 0,
        rate=options.get_attr("TCA_NETEM_RATE64") or rate.get("rate", 0),
        limit=options["limit"],
        altered=any(unsupported),
    )


def _read_tbf(netns: str | None, link: str, options: Any) -> Impairment:
    parameters = options.get_attr("TCA_TBF_PARMS")
    rate = options.get_attr("TCA_TBF_RATE64") or parameters["rate"]
    return Impairment(
        netns,
        link,
        rate=rate,
        queue=parameters["limit"],
        burst=rate * parameters["buffer"] * _TICK_NS // 10**9,
        altered=bool(parameters["peakrate"]),
    )
