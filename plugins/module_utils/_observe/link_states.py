# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the operational state of links and addresses."""

from __future__ import annotations

import socket
import struct
from typing import Dict, Iterable, Set, Tuple

from .._host.netns_handles import NetnsHandle
from .._model.links import LinkRef
from .._netlink import nla_tables as words
from .._netlink.fib_rules import GETRULE, dump_rules
from .._netlink.rtnl_requests import GETADDR, GETLINK, dump_addresses, dump_links
from .._netlink.socket import read_attributes

_LINK_BODY, _ADDRESS_BODY = 32, 24
"""Where the attributes of a message begin, behind nlmsghdr and ifinfomsg or ifaddrmsg."""
_DAD_FAILED = 0x08
_UP, _LOWER_UP = 0x1, 0x10000
_PORT_STATES = ("disabled", "listening", "learning", "forwarding", "blocking")


def dump_policy_rules(handle: NetnsHandle) -> Iterable[bytes]:
    try:
        return handle.socket.dump(GETRULE, dump_rules())
    except OSError:
        # A kernel with one table of routes has none.
        return ()


def read_port_states(handle: NetnsHandle, names: Dict[int, str]) -> Dict[LinkRef, str]:
    found: Dict[LinkRef, str] = {}
    for data in handle.socket.dump(GETLINK, dump_links()):
        info = read_attributes(
            read_attributes(data, _LINK_BODY).get(words.LINK.number("IFLA_LINKINFO"), b"")
        )
        if info.get(words.LINK_INFO.number("IFLA_INFO_SLAVE_KIND"), b"").rstrip(b"\0") == b"bridge":
            port = read_attributes(info.get(words.LINK_INFO.number("IFLA_INFO_SLAVE_DATA"), b""))
            state = port.get(words.PORT.number("IFLA_BRPORT_STATE"))
            index: int = struct.unpack_from("=i", data, 20)[0]
            if state and index in names:
                found[handle.netns, names[index]] = _PORT_STATES[state[0]]
    return found


def read_no_carrier(handle: NetnsHandle, names: Dict[int, str]) -> Set[LinkRef]:
    found = set()
    for data in handle.socket.dump(GETLINK, dump_links()):
        index, flags = struct.unpack_from("=iI", data, _LINK_BODY - 12)
        if flags & _UP and not flags & _LOWER_UP and index in names:
            found.add((handle.netns, names[index]))
    return found


def read_dad_failures(handle: NetnsHandle, names: Dict[int, str]) -> Set[Tuple[LinkRef, str]]:
    found = set()
    for data in handle.socket.dump(GETADDR, dump_addresses()):
        family, _length, flags, _scope, index = struct.unpack_from("=BBBBI", data, 16)
        address = read_attributes(data, _ADDRESS_BODY).get(words.ADDRESS.number("IFA_ADDRESS"))
        if family == socket.AF_INET6 and flags & _DAD_FAILED and address and index in names:
            found.add(((handle.netns, names[index]), socket.inet_ntop(family, address)))
    return found
