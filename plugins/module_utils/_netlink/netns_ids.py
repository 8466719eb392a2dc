# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ids of other namespaces in a namespace (nsid). The kernel uses them to refer to a peer's."""

from __future__ import annotations

import sys

from . import uapi
from .attributes import pack_u32, read_attributes
from .headers import NETNS_ID_ATTRIBUTES, RTGENMSG
from .socket import Request

_HEADER = RTGENMSG.pack(0)


def get_netns_id(descriptor: int) -> Request:
    """Ask a namespace for its number of another, which a descriptor names."""
    return Request(uapi.RTM_GETNSID, _HEADER + pack_u32(uapi.NETNSA_FD, descriptor))


def read_netns_id(data: bytes) -> int:
    """The number; -1 if it has none."""
    payload = read_attributes(data, NETNS_ID_ATTRIBUTES)[uapi.NETNSA_NSID]
    return int.from_bytes(payload, sys.byteorder, signed=True)
