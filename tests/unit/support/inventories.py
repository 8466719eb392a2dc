# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts and a topology of the tests of the inventory plugin."""

from __future__ import annotations

from ansible.inventory.manager import InventoryManager
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab

FLEET = {
    "all": {
        "children": {
            "web": {"hosts": {"web1": {"ansible_host": "192.0.2.1", "rack": "a"}, "web2": {}}},
            "db": {"hosts": {"db1": None}},
        }
    }
}


LAB = bridge_lab(["red", "blue"])


def names(inventory: InventoryManager, pattern: str) -> list[str]:
    return [host.name for host in inventory.get_hosts(pattern)]
