# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creates tap and tun interfaces in the calling thread's namespace.

No netlink message can create them: /dev/net/tun does (linux/if_tun.h).
"""

from __future__ import annotations

import fcntl
import os
import struct
from typing import TYPE_CHECKING, Callable

from .._model.errors import Failed

if TYPE_CHECKING:
    from .._model.link_options import TunOptions

TUN_DEVICE = "/dev/net/tun"
_TUNSETIFF, _TUNSETPERSIST, _TUNSETOWNER, _TUNSETGROUP = (
    0x400454CA,
    0x400454CB,
    0x400454CC,
    0x400454CE,
)
_MODE_FLAGS = {"tun": 0x0001, "tap": 0x0002}
_IFF_MULTI_QUEUE, _IFF_NO_PI, _IFF_TUN_EXCL, _IFF_VNET_HDR = 0x0100, 0x1000, 0x8000, 0x4000
_IFREQ = struct.Struct("=16sH22x")
"""linux/if.h: name and flags."""


def create_tun(name: str, options: TunOptions, configure: Callable[[], None]) -> None:
    """Create a persistent interface.

    :param configure: called before it is persistent, so that a task that is killed leaves nothing.
    :raises Failed: /dev/net/tun cannot be opened.
    :raises OSError: the kernel or ``configure`` failed; nothing is left then either.
    """
    descriptor = _open_device()
    try:
        fcntl.ioctl(descriptor, _TUNSETIFF, _IFREQ.pack(name.encode(), _flags_of(options)))
        for number, value in ((_TUNSETOWNER, options.user), (_TUNSETGROUP, options.group)):
            if value is not None:
                fcntl.ioctl(descriptor, number, value)
        configure()
        fcntl.ioctl(descriptor, _TUNSETPERSIST, 1)
    finally:
        os.close(descriptor)


def _open_device() -> int:
    try:
        return os.open(TUN_DEVICE, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise Failed(
            f"{TUN_DEVICE} cannot be opened ({error.strerror}); "
            "it creates tap and tun interfaces (kernel module tun)"
        ) from error


def _flags_of(options: TunOptions) -> int:
    flags = _MODE_FLAGS[options.mode or "tap"] | _IFF_TUN_EXCL
    for is_set, flag in (
        (options.multi_queue, _IFF_MULTI_QUEUE),
        (options.vnet_hdr, _IFF_VNET_HDR),
        (not options.pi, _IFF_NO_PI),
    ):
        flags |= flag if is_set else 0
    return flags
