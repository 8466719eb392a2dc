# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only links of one kind have, packed and unpacked by one table: IFLA_INFO_DATA (linux/if_link.h, linux/if_tun.h)."""

from __future__ import annotations

import ipaddress
import struct
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from .._model.link_options import LinkOptions
from .._model.link_types import LINK_TYPES
from .socket import Attributes, pack_attribute

_HERTZ = 100
"""USER_HZ, in which bridges take their times."""
_VXLAN_LINK = 3


class _Form(NamedTuple):
    """How a value is written in bytes, and read from them. What cannot be said in our words is read as None."""

    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]


class _Entry(NamedTuple):
    """An attribute of the kernel, the option that it is, and its form. An option may be one of several attributes, told apart by ``fits``."""

    option: str
    number: int
    form: _Form
    fits: Callable[[Any], bool] = lambda _value: True


def _number(code: str) -> _Form:
    shape = struct.Struct(code)
    return _Form(shape.pack, lambda data: shape.unpack(data)[0])


def _switch(code: str) -> _Form:
    shape = struct.Struct(code)
    return _Form(lambda value: shape.pack(int(value)), lambda data: bool(shape.unpack(data)[0]))


def _word(code: str, **words: int) -> _Form:
    shape = struct.Struct(code)
    names = {number: word for word, number in words.items()}
    return _Form(
        lambda value: shape.pack(words[value]), lambda data: names.get(shape.unpack(data)[0])
    )


_SECONDS = _Form(
    lambda value: struct.pack("=I", value * _HERTZ),
    lambda data: round(struct.unpack("=I", data)[0] / _HERTZ),
)
_ADDRESS = _Form(
    lambda text: ipaddress.ip_address(text).packed, lambda data: str(ipaddress.ip_address(data))
)
_PROTOCOLS = {"802.1Q": 0x8100, "802.1ad": 0x88A8}


def _is_four(text: str) -> bool:
    return ":" not in text


def _is_six(text: str) -> bool:
    return ":" in text


_DATA: Dict[str, Tuple[_Entry, ...]] = {
    "bridge": (
        _Entry("forward_delay", 1, _SECONDS),
        _Entry("hello_time", 2, _SECONDS),
        _Entry("max_age", 3, _SECONDS),
        _Entry("ageing_time", 4, _SECONDS),
        _Entry("stp", 5, _switch("=I")),
        _Entry("priority", 6, _number("=H")),
        _Entry("vlan_filtering", 7, _switch("=B")),
        _Entry("mcast_snooping", 23, _switch("=B")),
        _Entry("vlan_default_pvid", 39, _number("=H")),
    ),
    "ipvlan": (
        _Entry("mode", 1, _word("=H", l2=0, l3=1, l3s=2)),
        _Entry("flags", 2, _word("=H", bridge=0, private=1, vepa=2)),
    ),
    "macvlan": (_Entry("mode", 1, _word("=I", private=1, vepa=2, bridge=4, passthru=8)),),
    "tun": (
        _Entry("user", 1, _number("=I")),
        _Entry("group", 2, _number("=I")),
        _Entry("mode", 3, _word("=B", tun=1, tap=2)),
        _Entry("pi", 4, _switch("=B")),
        _Entry("vnet_hdr", 5, _switch("=B")),
        _Entry("persist", 6, _switch("=B")),
        _Entry("multi_queue", 7, _switch("=B")),
    ),
    "vlan": (_Entry("id", 1, _number("=H")), _Entry("protocol", 5, _word(">H", **_PROTOCOLS))),
    "vrf": (_Entry("table", 1, _number("=I")),),
    "vxlan": (
        _Entry("id", 1, _number("=I")),
        _Entry("ttl", 5, _number("=B")),
        _Entry("learning", 7, _switch("=B")),
        _Entry("dstport", 15, _number(">H")),
        _Entry("remote", 2, _ADDRESS, _is_four),
        _Entry("remote", 16, _ADDRESS, _is_six),
        _Entry("local", 4, _ADDRESS, _is_four),
        _Entry("local", 17, _ADDRESS, _is_six),
    ),
}
"""By kind. What a kind has that is not listed here is left as it is."""


def pack_data(kind: str, options: Optional[LinkOptions], parent: Optional[int] = None) -> bytes:
    """The options that are given. ``parent`` is the index of a vxlan's own link; others are told theirs by the message itself."""
    data = (
        pack_attribute(_VXLAN_LINK, struct.pack("=I", parent))
        if kind == "vxlan" and parent
        else b""
    )
    for option, number, form, fits in _DATA.get(kind, ()):
        value = getattr(options, option, None)
        if value is not None and fits(value):
            data += pack_attribute(number, form.write(value))
    return data


def read_data(kind: str, found: Attributes) -> Optional[LinkOptions]:
    """The options of a link of that kind; None of one that has none, or whose are told elsewhere."""
    if kind not in _DATA:
        return None
    values: Dict[str, Any] = {
        option: form.read(found[number])
        for option, number, form, _fits in _DATA[kind]
        if number in found
    }
    options = LINK_TYPES[kind].options
    return None if options is None else options(**values)


def read_parent(kind: str, found: Attributes) -> Optional[int]:
    """The index of a vxlan's own link, which it alone tells here."""
    if kind != "vxlan":
        return None
    return int(struct.unpack("=I", found[_VXLAN_LINK])[0]) if _VXLAN_LINK in found else 0
