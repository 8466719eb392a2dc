# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of bridges (IFLA_INFO_DATA of type bridge, linux/if_link.h).

Packed here and not by pyroute2, because bridges belong to the hot path.
"""

from __future__ import annotations

import struct
from typing import Any

from .._model.fast_typing import NamedTuple
from .._model.link_options import BridgeOptions
from . import uapi
from .attributes import pack_attribute, read_attributes

_U8, _U16, _U32 = struct.Struct("=B"), struct.Struct("=H"), struct.Struct("=I")


class _Attribute(NamedTuple):
    """An option and the attribute that holds it. ``unit`` is s, bool or nothing."""

    option: str
    number: int
    layout: struct.Struct
    unit: str = ""

    def pack(self, value: int) -> bytes:
        number = value * uapi.USER_HZ if self.unit == "s" else int(value)
        return pack_attribute(self.number, self.layout.pack(number))

    def read(self, payload: bytes) -> int:
        number = int(self.layout.unpack(payload)[0])
        if self.unit == "s":
            return round(number / uapi.USER_HZ)
        return bool(number) if self.unit == "bool" else number


_ATTRIBUTES: tuple[_Attribute, ...] = (
    _Attribute("forward_delay", uapi.IFLA_BR_FORWARD_DELAY, _U32, "s"),
    _Attribute("hello_time", uapi.IFLA_BR_HELLO_TIME, _U32, "s"),
    _Attribute("max_age", uapi.IFLA_BR_MAX_AGE, _U32, "s"),
    _Attribute("ageing_time", uapi.IFLA_BR_AGEING_TIME, _U32, "s"),
    _Attribute("stp", uapi.IFLA_BR_STP_STATE, _U32, "bool"),
    _Attribute("priority", uapi.IFLA_BR_PRIORITY, _U16),
    _Attribute("vlan_filtering", uapi.IFLA_BR_VLAN_FILTERING, _U8, "bool"),
    _Attribute("mcast_snooping", uapi.IFLA_BR_MCAST_SNOOPING, _U8, "bool"),
    _Attribute("vlan_default_pvid", uapi.IFLA_BR_VLAN_DEFAULT_PVID, _U16),
)


def pack_bridge_data(options: BridgeOptions) -> bytes:
    """IFLA_INFO_DATA with the options that are not None."""
    data = b""
    for attribute in _ATTRIBUTES:
        value = getattr(options, attribute.option)
        if value is not None:
            data += attribute.pack(value)
    return data


def read_bridge_data(data: bytes) -> BridgeOptions:
    """The options in IFLA_INFO_DATA; None for those that the kernel does not tell."""
    payloads = read_attributes(data)
    values: dict[str, Any] = {}
    for attribute in _ATTRIBUTES:
        if attribute.number in payloads:
            values[attribute.option] = attribute.read(payloads[attribute.number])
    return BridgeOptions(**values)
