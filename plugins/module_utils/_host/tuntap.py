# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes tap and tun interfaces, which no netlink message can: by /dev/net/tun (linux/if_tun.h), in the calling thread's namespace."""

from __future__ import annotations

import fcntl
import os
import struct
from typing import Callable

from .._model.errors import Failed
from .._model.link_options import TunOptions

TUN_DEVICE = "/dev/net/tun"
_SET_INTERFACE, _SET_PERSIST, _SET_OWNER, _SET_GROUP = (
    0x400454CA,
    0x400454CB,
    0x400454CC,
    0x400454CE,
)
_MODES = {"tun": 0x0001, "tap": 0x0002}
_MULTI_QUEUE, _NO_PI, _EXCLUSIVE, _VNET_HDR = 0x0100, 0x1000, 0x8000, 0x4000


def create_tun(name: str, options: TunOptions, furnish: Callable[[], None]) -> None:
    """One that stays. ``furnish`` is called before it does: whoever is killed until then leaves nothing.

    :raises OSError: of the kernel, or of ``furnish``; nothing is left then either.
    """
    flags = _MODES[options.mode or "tap"] | _EXCLUSIVE
    for on, flag in (
        (options.multi_queue, _MULTI_QUEUE),
        (options.vnet_hdr, _VNET_HDR),
        (not options.pi, _NO_PI),
    ):
        flags |= flag if on else 0
    try:
        descriptor = os.open(TUN_DEVICE, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise Failed(
            f"{TUN_DEVICE} cannot be opened ({error.strerror}); tap and tun interfaces are made by it (module tun)"
        ) from error
    try:
        fcntl.ioctl(descriptor, _SET_INTERFACE, struct.pack("=16sH22x", name.encode(), flags))
        for number, value in ((_SET_OWNER, options.user), (_SET_GROUP, options.group)):
            if value is not None:
                fcntl.ioctl(descriptor, number, value)
        furnish()
        fcntl.ioctl(descriptor, _SET_PERSIST, 1)
    finally:
        os.close(descriptor)
