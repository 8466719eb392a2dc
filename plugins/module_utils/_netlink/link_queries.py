# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that read links, and what is common to all requests about them."""

from __future__ import annotations

from functools import cache

from . import uapi
from .attributes import pack_name, pack_u32
from .headers import IFINFOMSG
from .socket import Request

PORT_FLAG_ATTRIBUTES = {
    "hairpin": uapi.IFLA_BRPORT_MODE,
    "learning": uapi.IFLA_BRPORT_LEARNING,
    "isolated": uapi.IFLA_BRPORT_ISOLATED,
}
"""The attribute of each flag that a bridge keeps of a port."""

UNFINISHED_GROUP = 0x72626E73
"""The group of a link between its creation and its alias.

No other task of ours runs under the lock of this host, so a link in this group was left by a task
that was killed."""


def pack_link(attributes: bytes, index: int = 0, flags: int = 0, change: int = 0) -> bytes:
    """The body of a message about a link, with packed attributes."""
    return IFINFOMSG.pack(0, 0, index, flags, change) + attributes


def get_link(name: str) -> Request:
    """Ask for one link."""
    mask = pack_u32(uapi.IFLA_EXT_MASK, uapi.RTEXT_FILTER_SKIP_STATS)
    return Request(uapi.RTM_GETLINK, pack_link(pack_name(uapi.IFLA_IFNAME, name) + mask))


@cache  # Each of a thousand namespaces is asked.
def dump_links() -> Request:
    """Ask for all links, without their statistics."""
    return Request(
        uapi.RTM_GETLINK, pack_link(pack_u32(uapi.IFLA_EXT_MASK, uapi.RTEXT_FILTER_SKIP_STATS))
    )
