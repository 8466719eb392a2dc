# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A forward and a masquerade of the lab."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Dnat,
    Masquerade,
)

WEB = Dnat(None, "tcp", (80, 80), "192.168.15.2", (80, 80), owner="lab")


LAB = Masquerade(None, "192.168.15.0/24", owner="lab")
