# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notifications of ip monitor and nft monitor."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

MONITORED_OBJECTS = (
    "link",
    "address",
    "route",
    "mroute",
    "maddress",
    "rule",
    "netconf",
    "nexthop",
    "nsid",
)
"""All objects of ip-monitor(8) except neighbours, which every packet may change."""


@contextmanager
def no_notifications(directory: Path, objects: Sequence[str] = ("all",)) -> Iterator[None]:
    """Assert that neither ip monitor nor nft monitor reports a change."""
    logs = {name: directory / name for name in ("ip", "nft")}
    monitors = [
        subprocess.Popen(
            [name, "monitor", *(objects if name == "ip" else [])], stdout=log.open("wb")
        )
        for name, log in logs.items()
    ]
    time.sleep(0.3)
    try:
        yield
        time.sleep(0.3)
    finally:
        for monitor in monitors:
            monitor.terminate()
            monitor.wait()
    output_text = {name: log.read_text(encoding="utf-8") for name, log in logs.items()}
    assert output_text == {"ip": "", "nft": ""}, output_text
