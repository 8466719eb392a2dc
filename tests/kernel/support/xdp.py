# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An XDP program that drops every packet, without a compiler (linux/bpf.h)."""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import struct

from ansible_collections.redblue.netns.plugins.module_utils._netlink import uapi
from ansible_collections.redblue.netns.plugins.module_utils._netlink.attributes import (
    pack_attribute,
    pack_u32,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.link_queries import pack_link
from ansible_collections.redblue.netns.plugins.module_utils._netlink.socket import Request, Socket

_BPF_SYSCALL = {"x86_64": 321, "aarch64": 280}[platform.machine()]
_PROG_LOAD, _PROG_TYPE_XDP, _XDP_DROP = 5, 6, 1
_IFLA_XDP_FD, _IFLA_XDP_FLAGS, _SKB_MODE = 1, 3, 2
_PROGRAM = struct.pack("=BBhiBBhi", 0xB7, 0, 0, _XDP_DROP, 0x95, 0, 0, 0)
"""r0 = XDP_DROP; exit"""


def _load_program() -> int:
    code, license_text = (
        ctypes.create_string_buffer(_PROGRAM),
        ctypes.create_string_buffer(b"GPL"),
    )
    attributes = struct.pack(
        "=IIQQ", _PROG_TYPE_XDP, 2, ctypes.addressof(code), ctypes.addressof(license_text)
    )
    buffer = ctypes.create_string_buffer(attributes + bytes(128 - len(attributes)))
    descriptor = ctypes.CDLL(None, use_errno=True).syscall(_BPF_SYSCALL, _PROG_LOAD, buffer, 128)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(descriptor)


def drop_all_that_arrives(link: str) -> None:
    """Attach the program to a link of the calling thread's namespace."""
    descriptor = _load_program()
    xdp = pack_u32(_IFLA_XDP_FD, descriptor) + pack_u32(_IFLA_XDP_FLAGS, _SKB_MODE)
    body = pack_link(pack_attribute(uapi.IFLA_XDP, xdp), socket.if_nametoindex(link))
    netlink = Socket()
    try:
        (reply,) = netlink.send([Request(uapi.RTM_SETLINK, body)])
        reply.check()
    finally:
        netlink.close()
        os.close(descriptor)
