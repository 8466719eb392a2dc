# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One link of the same name in each of two namespaces."""

from __future__ import annotations

import subprocess
from typing import Any

RED_AND_BLUE: dict[str, Any] = {
    "name": "lab",
    "netns": [{"name": "red"}, {"name": "blue"}],
    "isolate": False,
}
"""Two namespaces without a link between them."""


def show_link(netns: str | None, name: str) -> str:
    """Return the output of ``ip -d link show``."""
    return subprocess.run(
        ["ip", *(["-n", netns] if netns else []), "-d", "link", "show", "dev", name],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def link_in_each(**options: Any) -> list[dict[str, Any]]:
    """A link "leg" in red and one in blue, with addresses of both families."""
    hosts = enumerate(("red", "blue"), 1)
    return [
        {
            "name": "leg",
            "netns": name,
            "addresses": [f"10.3.0.{number}/24", f"fd00:3::{number}/64"],
            **options,
        }
        for number, name in hosts
    ]
