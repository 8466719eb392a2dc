# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of links of a type (IFLA_INFO_DATA), encoded and decoded by pyroute2's classes.

Veth pairs and bridges are not among them: see ``link_requests`` and ``bridge_data``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .._model.fast_typing import NamedTuple
from .._model.link_types import LINK_TYPES
from .pyroute2_messages import decode_payload, encode_payload, link_data_classes

if TYPE_CHECKING:
    from .._model.link_options import LinkOptions

_VXLAN_LINK = "IFLA_VXLAN_LINK"


def _unchanged(value: Any) -> Any:
    return value


def _any_value(_value: Any) -> bool:
    return True


class _Attribute(NamedTuple):
    """An option and the attribute that holds it.

    ``encode`` and ``decode`` convert between our value and pyroute2's; a value that we have no word
    for is decoded as None. Several attributes may hold one option; ``fits`` chooses by the value.
    """

    option: str
    name: str
    encode: Callable[[Any], Any] = _unchanged
    decode: Callable[[Any], Any] = _unchanged
    fits: Callable[[Any], bool] = _any_value


def _flag(option: str, name: str) -> _Attribute:
    return _Attribute(option, name, int, bool)


def _word(option: str, name: str, words: dict[str, Any]) -> _Attribute:
    names = {value: word for word, value in words.items()}
    return _Attribute(option, name, words.__getitem__, names.get)


def _address(option: str, name: str, family: int) -> _Attribute:
    def fits(address: str) -> bool:
        return (":" in address) == (family == 6)

    return _Attribute(option, name, fits=fits)


_ATTRIBUTES: dict[str, tuple[_Attribute, ...]] = {
    "ipvlan": (
        _word("mode", "IFLA_IPVLAN_MODE", {"l2": 0, "l3": 1, "l3s": 2}),
        _word("flags", "IFLA_IPVLAN_FLAGS", {"bridge": 0, "private": 1, "vepa": 2}),
    ),
    "macvlan": (
        # pyroute2 has the kernel's words for these numbers.
        _word(
            "mode",
            "IFLA_MACVLAN_MODE",
            {word: word for word in ("private", "vepa", "bridge", "passthru")},
        ),
    ),
    "tun": (
        _Attribute("user", "IFLA_TUN_OWNER"),
        _Attribute("group", "IFLA_TUN_GROUP"),
        _word("mode", "IFLA_TUN_TYPE", {"tun": 1, "tap": 2}),
        _flag("pi", "IFLA_TUN_PI"),
        _flag("vnet_hdr", "IFLA_TUN_VNET_HDR"),
        _flag("persist", "IFLA_TUN_PERSIST"),
        _flag("multi_queue", "IFLA_TUN_MULTI_QUEUE"),
    ),
    "vlan": (
        _Attribute("id", "IFLA_VLAN_ID"),
        _word("protocol", "IFLA_VLAN_PROTOCOL", {"802.1Q": 0x8100, "802.1ad": 0x88A8}),
    ),
    "vrf": (_Attribute("table", "IFLA_VRF_TABLE"),),
    "vxlan": (
        _Attribute("id", "IFLA_VXLAN_ID"),
        _Attribute("ttl", "IFLA_VXLAN_TTL"),
        _flag("learning", "IFLA_VXLAN_LEARNING"),
        _Attribute("dstport", "IFLA_VXLAN_PORT"),
        _address("remote", "IFLA_VXLAN_GROUP", 4),
        _address("remote", "IFLA_VXLAN_GROUP6", 6),
        _address("local", "IFLA_VXLAN_LOCAL", 4),
        _address("local", "IFLA_VXLAN_LOCAL6", 6),
    ),
}
"""By the kernel's kind of link. Attributes that are not listed are left as they are."""

KINDS_WITH_DATA = frozenset(_ATTRIBUTES)
"""The kinds of links whose options this file packs and reads."""


class LinkData(NamedTuple):
    """The options of a link. ``lower`` is the index of a vxlan's parent, 0 if it has none."""

    options: LinkOptions | None
    lower: int | None


def pack_link_data(kind: str, options: LinkOptions | None, lower: int | None = None) -> bytes:
    """IFLA_INFO_DATA with the options that are not None.

    :param lower: the index of a vxlan's parent.
    """
    values: dict[str, Any] = {} if options is None else vars(options)
    attributes = [] if lower is None else [(_VXLAN_LINK, lower)]
    for attribute in _ATTRIBUTES.get(kind, ()):
        value = values[attribute.option] if values else None
        if value is not None and attribute.fits(value):
            attributes.append((attribute.name, attribute.encode(value)))
    return encode_payload(link_data_classes()[kind], attributes) if attributes else b""


def read_link_data(kind: str, data: bytes) -> LinkData:
    """The options in IFLA_INFO_DATA of a link of one of ``KINDS_WITH_DATA``."""
    decoded = decode_payload(link_data_classes()[kind], data)
    values: dict[str, Any] = {}
    for attribute in _ATTRIBUTES[kind]:
        value = decoded.get_attr(attribute.name)
        if value is not None:
            values[attribute.option] = attribute.decode(value)
    lower = (decoded.get_attr(_VXLAN_LINK) or 0) if kind == "vxlan" else None
    options = LINK_TYPES[kind].options
    return LinkData(None if options is None else options(**values), lower)
