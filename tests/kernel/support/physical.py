# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""eth1 of the host as a physical link of red."""

from __future__ import annotations

import json
import subprocess
from typing import Any

WAN: dict[str, Any] = {
    "name": "wan",
    "netns": "red",
    "type": "physical",
    "device": "eth1",
    "force": True,  # It has addresses.
}


PHYSICAL_LAB: dict[str, Any] = {
    "name": "lab",
    "netns": [{"name": "red"}],
    "netns_link": [{**WAN, "addresses": ["10.3.0.1/24"]}],
}


WAN_ABSENT: dict[str, Any] = {"name": "wan", "netns": "red", "state": "absent"}


def show_link(name: str, netns: str | None = None) -> Any:
    """Return a link as iproute2 shows it."""
    message = ["ip", *(["-n", netns] if netns else []), "-j", "-d", "addr", "show", "dev", name]
    return json.loads(subprocess.run(message, check=True, capture_output=True, text=True).stdout)[0]
