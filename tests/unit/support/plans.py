# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options and a state of the tests of plans."""

from __future__ import annotations

from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    BR,
    END,
    FAR,
    RED_LO,
    host,
)

LAB = host(BR, RED_LO, END, FAR)


OPEN = {(None, "net/ipv4/conf/br0/forwarding"): "2"}
