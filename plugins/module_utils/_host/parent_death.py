# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that ends with the one that started it, however that ends."""

from __future__ import annotations

import os
import signal

from .netns import call_libc

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Have the kernel kill the calling process when its parent ends.

    It is forgotten with a change of the user.

    :param parent: the ID of the process that is expected to be the parent. If that has ended
        already, the calling process ends at once.
    """
    call_libc("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
