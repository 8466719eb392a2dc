# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reachability by ping(8)."""

from __future__ import annotations

import subprocess
import time

from support.services import TIMEOUT

FAR = "192.0.2.99"
RED_TO_BLUE, BLUE_TO_RED, OUTSIDE = ("red", "192.168.15.2"), ("blue", "192.168.15.1"), ("red", FAR)
"""The namespace that sends and the address that answers, in LAB of ``support.tasks``."""


def ping(netns: str | None, address: str, *options: str) -> bool:
    """Whether one echo request is answered within a second; ``netns`` None is the host."""
    within = ["ip", "netns", "exec", netns] if netns else []
    return (
        subprocess.run(
            [*within, "ping", "-c1", "-W1", *options, address], capture_output=True, check=False
        ).returncode
        == 0
    )


def reaches(netns: str | None, address: str, *options: str, patience: float = TIMEOUT) -> bool:
    """Whether an echo request is answered; it is repeated, for a busy machine may lose an ARP
    reply.

    :param patience: seconds.
    """
    deadline = time.monotonic() + patience
    while not ping(netns, address, *options):
        if time.monotonic() > deadline:
            return False
    return True
