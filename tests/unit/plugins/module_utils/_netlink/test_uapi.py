# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our numbers of attributes are those that pyroute2 has for the same names."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._netlink import uapi
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

CLASSES = [
    ifaddrmsg,
    ifinfmsg,
    ifinfmsg.ifinfo,
    ifinfmsg.ifinfo.bridge_data,
    ifinfmsg.ifinfo.bridge_slave_data,
    ifinfmsg.ifinfo.veth_data,
    ifinfmsg.af_spec_inet.inet6,
    ndmsg,
    rtmsg,
    rtmsg.metrics,
]


def numbers_of(message_class: Any) -> dict[str, int]:
    numbers = {}
    for position, entry in enumerate(message_class.nla_map):
        number, name = entry[:2] if len(entry) == 3 else (position, entry[0])
        numbers[name] = number
    return numbers


@pytest.mark.parametrize("message_class", CLASSES, ids=lambda found: found.__name__)
def test_numbers_of_attributes(message_class: Any) -> None:
    numbers = numbers_of(message_class)
    packed = {name: number for name, number in vars(uapi).items() if name in numbers}
    assert packed and packed == {name: numbers[name] for name in packed}


def test_positions_of_kernel_parameters() -> None:
    names = [name for name, _type in ifinfmsg.af_spec_inet.inet6.ipv6_devconf.fields]
    for name in ("accept_ra", "accept_dad", "disable_ipv6"):
        assert names[getattr(uapi, f"DEVCONF_{name.upper()}")] == name
