# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs of bridges and ports as iproute2 shows them and as frames prove them."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import struct
from collections.abc import Iterable
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import (
    lacks_feature,
)

from support.netns import in_netns
from support.shell import output

TYPE = 0x88B5  # an EtherType for experiments (IEEE 802)
AUXDATA, TAG_VALID = 8, 0x10
HAS_VLANS = not lacks_feature("bridge_vlan")
with_vlans = pytest.mark.skipif(not HAS_VLANS, reason="no bridge VLAN filtering in this kernel")


def list_vlans() -> dict[str, Any]:
    """The VLANs of each bridge and port."""
    listed = json.loads(output("bridge", "-j", "vlan", "show"))
    return {entry["ifname"]: entry["vlans"] for entry in listed}


def receive_tags(places: Iterable[str], sender: str, tag: int | None) -> dict[str, int | None]:
    """Broadcast from eth0 of a namespace; return the tag with which each other one receives it."""
    header = b"" if tag is None else struct.pack("!HH", 0x8100, tag)
    with contextlib.ExitStack() as stack:
        ears = {}
        for name in places:
            if name != sender:
                with in_netns(name):
                    ear = stack.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
                # A socket for one EtherType receives the frame without its tag.
                ear.bind(("eth0", 3))
                ear.setsockopt(263, AUXDATA, 1)  # SOL_PACKET
                ears[ear] = name
        with in_netns(sender), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as mouth:
            mouth.bind(("eth0", 0))
            mouth.send(
                b"\xff" * 6
                + b"\x02\0\0\0\0\x09"
                + header
                + struct.pack("!H", TYPE)
                + b"hello".ljust(46)
            )
        heard: dict[str, int | None] = {}
        while ready := select.select(list(ears), [], [], 0.3)[0]:
            for ear in ready:
                frame, ((_level, _kind, data),), _flags, _address = ear.recvmsg(100, 100)
                status, _length, _size, _mac, _net, number, _protocol = struct.unpack(
                    "=IIIHHHH", data
                )
                if frame[12:14] == TYPE.to_bytes(2, "big"):
                    heard[ears[ear]] = number if status & TAG_VALID else None
        return heard
