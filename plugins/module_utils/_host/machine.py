# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine's identity, and the capabilities of this process."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from .._model.errors import Unprivileged
from .files import raise_shortage

if TYPE_CHECKING:
    from collections.abc import Sequence

_PRODUCT_UUID = "/sys/class/dmi/id/product_uuid"
_NET_ADMIN, _NET_RAW, _SYS_ADMIN = 12, 13, 21


def read_machine_id() -> str:
    """What tells this host from others, at every boot.

    machine-id(5) does not suffice: machines that were cloned have the same. So the host's name
    counts, and the number that firmware and hypervisors give to a machine.
    """
    parts = [_read_line("/etc/machine-id"), socket.gethostname(), _read_line(_PRODUCT_UUID)]
    return "\n".join(parts)


def _read_line(path: str) -> str:
    """The content of a file, without spaces around it; empty if it cannot be read."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().strip()
    except OSError as error:
        raise_shortage(error)
        return ""


def read_boot_id() -> str:
    """What changes with every boot of the kernel."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def identify_host(namespace: Sequence[int]) -> list[object]:
    """What records have of the host that they are about, until its next boot.

    :param namespace: what identifies its own network namespace.
    """
    return [read_boot_id(), *namespace]


def _has_capabilities(*capabilities: int) -> bool:
    with open(
        "/proc/thread-self/status", encoding="utf-8", errors="replace", newline="\n"
    ) as lines:
        effective = next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))
    return all(effective >> capability & 1 for capability in capabilities)


def is_in_user_namespace() -> bool:
    """Whether this process is in a user namespace of its own, where root is a user of the host."""
    with open("/proc/self/uid_map", encoding="ascii") as lines:
        return [line.split() for line in lines] != [["0", "0", "4294967295"]]


def may_administer() -> bool:
    """Whether this process has the capabilities that namespaces and links need."""
    return _has_capabilities(_NET_ADMIN, _SYS_ADMIN)


def require_capabilities() -> None:
    """Check the capabilities before anything is changed.

    :raises Unprivileged: one is missing.
    """
    if not may_administer():
        raise Unprivileged("needs CAP_NET_ADMIN and CAP_SYS_ADMIN (run with become)")


def require_to_probe() -> None:
    """Check the capabilities to enter a namespace and to send an ICMP echo request.

    :raises Unprivileged: one is missing.
    """
    if not _has_capabilities(_NET_RAW, _SYS_ADMIN):
        raise Unprivileged("needs CAP_NET_RAW and CAP_SYS_ADMIN to probe (run with become)")
