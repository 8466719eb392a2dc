# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Open vSwitch runs, for the tasks of which most meet none."""

from __future__ import annotations

import os

_RUN_DIRECTORIES = ("/run/openvswitch", "/var/run/openvswitch")
_SOCKET = "db.sock"


def is_reachable() -> bool:
    """Whether the database has a socket: without one no bridge of this host is known."""
    return any(os.path.exists(os.path.join(path, _SOCKET)) for path in _RUN_DIRECTORIES)
