# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Impairments as the kernel takes and tells them: queueing disciplines at the root of a link, by route netlink.

Numbers and structures: linux/pkt_sched.h; what is done with them: net/sched/sch_netem.c, sch_tbf.c, sch_api.c.
"""

from __future__ import annotations

import struct
from typing import Dict, Optional, Tuple, Union

from .._model.impairments import HANDLES, Impairment
from .socket import Attributes, Request, pack_attribute, read_attributes

NEWQDISC, DELQDISC, GETQDISC = 36, 37, 38

_BODY = 16
_CREATE, _REPLACE = 0x400, 0x100
_ROOT = 0xFFFFFFFF
_KIND, _OPTIONS = 1, 2
_CORR, _REORDER, _CORRUPT, _LOSS, _RATE, _RATE64, _LATENCY64, _JITTER64 = 1, 3, 4, 5, 6, 8, 10, 11
_TBF_PARAMETERS, _TBF_RATE64, _TBF_BURST = 1, 4, 6
_ETHERNET = 1
"""With a link layer that is known, the kernel asks for no table of what each size costs."""
_MOST = 2**32 - 1
_TICK = 64

_MESSAGE = struct.Struct("=BxxxiIII")
_NETEM = struct.Struct("=6I")
_NETEM_RATE = struct.Struct("=IiIi")
_RATE_SPECIFICATION = struct.Struct("=BBHhHI")
_TBF = struct.Struct("=3I")
_PAIR = struct.Struct("=II")
_LONG = struct.Struct("=Q")


def _pack_netem(wanted: Impairment) -> bytes:
    """All of it: what a change does not name stays as it was."""
    gap = 1 if wanted.reorder else 0
    attributes = {
        _LATENCY64: _LONG.pack(wanted.delay),
        _JITTER64: _LONG.pack(wanted.jitter),
        _CORR: struct.pack("=3I", 0, 0, 0),
        _REORDER: _PAIR.pack(wanted.reorder, 0),
        _CORRUPT: _PAIR.pack(wanted.corrupt, 0),
        _RATE: _NETEM_RATE.pack(min(wanted.rate, _MOST), 0, 0, 0),
    }
    if wanted.rate > _MOST:
        attributes[_RATE64] = _LONG.pack(wanted.rate)
    head = _NETEM.pack(0, wanted.limit or 0, wanted.loss, gap, wanted.duplicate, 0)
    return head + b"".join(
        pack_attribute(number, payload) for number, payload in attributes.items()
    )


def _pack_tbf(wanted: Impairment) -> bytes:
    rate = _RATE_SPECIFICATION.pack(0, _ETHERNET, 0, 0, 0, min(wanted.rate, _MOST))
    attributes = {
        _TBF_PARAMETERS: rate
        + bytes(_RATE_SPECIFICATION.size)
        + _TBF.pack(wanted.queue or 0, 0, 0),
        _TBF_RATE64: _LONG.pack(wanted.rate),
        _TBF_BURST: struct.pack("=I", wanted.burst or 0),
    }
    return b"".join(pack_attribute(number, payload) for number, payload in attributes.items())


def replace_qdisc(index: int, wanted: Impairment) -> Request:
    """Put it into the place of whatever is there; the same kind is changed, and keeps what it holds."""
    options = _pack_netem(wanted) if wanted.kind == "netem" else _pack_tbf(wanted)
    attributes = pack_attribute(_KIND, wanted.kind.encode() + b"\0") + pack_attribute(
        _OPTIONS, options
    )
    return Request(
        NEWQDISC,
        _MESSAGE.pack(0, index, HANDLES[wanted.kind] << 16, _ROOT, 0) + attributes,
        _CREATE | _REPLACE,
    )


def delete_qdisc(index: int, current: Impairment) -> Request:
    """Ours, by its handle: the kernel refuses if it is another's."""
    return Request(DELQDISC, _MESSAGE.pack(0, index, HANDLES[current.kind] << 16, _ROOT, 0))


def dump_qdiscs() -> bytes:
    return _MESSAGE.pack(0, 0, 0, 0, 0)


def read_qdisc(
    netns: Optional[str], names: Dict[int, str], data: bytes
) -> Optional[Tuple[str, Union[Impairment, str, None]]]:
    """(link, what is at its root): an impairment of ours; of somebody else's its kind and handle; None for what the kernel has put there."""
    _family, index, handle, parent, _info = _MESSAGE.unpack_from(data, _BODY)
    if parent != _ROOT or index not in names:
        return None
    attributes = read_attributes(data, _BODY + _MESSAGE.size)
    kind = attributes.get(_KIND, b"").rstrip(b"\0").decode(errors="replace")
    if not handle:
        return names[index], None
    if HANDLES.get(kind, 0) << 16 != handle:
        return names[index], f"{kind} {handle >> 16:x}:"
    return names[index], _read_options(netns, names[index], kind, attributes)


def read_impairment(
    netns: Optional[str], names: Dict[int, str], data: bytes
) -> Optional[Impairment]:
    """What impairs at the root of a link, whoever put it there."""
    _family, index, _handle, parent, _info = _MESSAGE.unpack_from(data, _BODY)
    attributes = read_attributes(data, _BODY + _MESSAGE.size)
    kind = attributes.get(_KIND, b"").rstrip(b"\0").decode(errors="replace")
    return (
        _read_options(netns, names[index], kind, attributes)
        if parent == _ROOT and index in names and kind in HANDLES
        else None
    )


def _read_options(netns: Optional[str], link: str, kind: str, attributes: Attributes) -> Impairment:
    options = attributes.get(_OPTIONS, b"")
    return _read_netem(netns, link, options) if kind == "netem" else _read_tbf(netns, link, options)


def _read_long(data: Optional[bytes]) -> int:
    return int(_LONG.unpack(data)[0]) if data else 0


def _read_netem(netns: Optional[str], link: str, options: bytes) -> Impairment:
    _latency, limit, loss, gap, duplicate, _jitter = _NETEM.unpack_from(options)
    attributes = read_attributes(options, _NETEM.size)
    reorder, reorder_correlation = _PAIR.unpack(attributes.get(_REORDER, bytes(8)))
    corrupt, corrupt_correlation = _PAIR.unpack(attributes.get(_CORRUPT, bytes(8)))
    rate, *cells = _NETEM_RATE.unpack(attributes.get(_RATE, bytes(_NETEM_RATE.size)))
    strange = (
        gap > 1
        or _LOSS in attributes
        or any(cells)
        or any(attributes.get(_CORR, b""))
        or bool(reorder_correlation or corrupt_correlation)
    )
    return Impairment(
        netns,
        link,
        delay=_read_long(attributes.get(_LATENCY64)),
        jitter=_read_long(attributes.get(_JITTER64)),
        loss=loss,
        corrupt=corrupt,
        duplicate=duplicate,
        reorder=reorder if gap else 0,
        rate=_read_long(attributes.get(_RATE64)) or rate,
        limit=limit,
        altered=strange,
    )


def _read_tbf(netns: Optional[str], link: str, options: bytes) -> Impairment:
    attributes = read_attributes(options)
    parameters = attributes.get(_TBF_PARAMETERS, bytes(2 * _RATE_SPECIFICATION.size + _TBF.size))
    *_cells, rate = _RATE_SPECIFICATION.unpack_from(parameters)
    *_cells, peak = _RATE_SPECIFICATION.unpack_from(parameters, _RATE_SPECIFICATION.size)
    queue, buffer, _mtu = _TBF.unpack_from(parameters, 2 * _RATE_SPECIFICATION.size)
    rate = _read_long(attributes.get(_TBF_RATE64)) or rate
    return Impairment(
        netns,
        link,
        rate=rate,
        queue=queue,
        burst=rate * buffer * _TICK // 10**9,
        altered=bool(peak),
    )
