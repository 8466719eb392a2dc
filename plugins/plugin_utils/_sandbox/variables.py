# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role sandbox. Pure."""

from __future__ import annotations

from .._bridge_lab.variables import RoleVariables

_OPTIONS = (
    "accept", "address_sets", "allow", "backend", "bridge", "command", "confirm_timeout",
    "directory", "environment", "force", "group", "integrate", "name", "nameservers", "network",
    "out_interface", "persist", "processes", "proxy", "refuse", "state", "user",
)  # fmt: skip
SANDBOX = RoleVariables("sandbox_", _OPTIONS, ("composed", "result", "topology_result"))
