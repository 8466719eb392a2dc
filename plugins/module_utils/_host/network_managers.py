# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network managers of this host, and how they read their files again."""

from __future__ import annotations

import os
import socket

from .._model.errors import Failed
from .._model.network_managers import NETWORK_MANAGER, NETWORKD
from .programs import run
from .systemd import is_active

_SIGNS = {
    NETWORKD: ("/usr/lib/systemd/systemd-networkd", "/lib/systemd/systemd-networkd"),
    NETWORK_MANAGER: ("/usr/sbin/NetworkManager", "/usr/bin/NetworkManager"),
}
"""Files of which one exists if a network manager is installed."""
_RELOADS = {
    NETWORKD: ("networkctl", ("reload",)),
    NETWORK_MANAGER: ("nmcli", ("general", "reload", "conf")),
}
_BUS = "/run/dbus/system_bus_socket"
"""By which both are reached."""


def find_network_managers() -> frozenset[str]:
    """The network managers that are installed."""
    return frozenset(name for name, paths in _SIGNS.items() if any(map(os.path.exists, paths)))


def _has_bus() -> bool:
    """Whether a bus answers. One that was killed leaves its socket."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(_BUS)
        except OSError:
            return False
    return True


def reload_network_manager(manager: str) -> None:
    """Have a network manager read its files again, if it runs.

    :raises Failed: it did not.
    """
    if not _has_bus() or not is_active(f"{manager}.service"):
        return
    program, arguments = _RELOADS[manager]
    answer = run(program, arguments)
    if answer.code:
        raise Failed(f"{program} {' '.join(arguments)}: {answer.complaint}")
