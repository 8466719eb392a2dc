# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of the running kernel that it has, or can load."""

from __future__ import annotations

import os

_MODULES = "/lib/modules"


def list_modules() -> set[str] | None:
    """The modules that are built in or installed; None without lists of them, as in containers."""
    directory = os.path.join(_MODULES, os.uname().release)
    names: set[str] = set()
    try:
        for name in ("modules.builtin", "modules.dep"):
            with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as lines:
                names |= {
                    os.path.basename(line.split(":")[0].strip()).split(".")[0].replace("-", "_")
                    for line in lines
                }
    except OSError:
        return None
    return names
