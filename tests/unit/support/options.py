# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the tests of desired states."""

from __future__ import annotations

from ansible_collections.redblue.netns.tests.unit.support.hosts import Raw

PAIR: Raw = {"name": "one", "peer": {"name": "two"}}


HOPS: Raw = {
    "destination": "10.9.0.0/16",
    "nexthops": [{"gateway": "10.0.0.3", "weight": 2}, {"gateway": "10.0.0.2", "device": "up0"}],
}


FORWARD: Raw = {"destination_port": "80", "to_destination": "192.168.15.2"}
