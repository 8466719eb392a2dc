# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: inventories with the inventory plugin."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible_collections.redblue.netns.tests.unit.support.inventories import FLEET, LAB


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Any]:
    """A function that writes and reads an inventory: the hosts, and after them the namespaces."""

    def read(config: dict[str, Any], fleet: Any = None, topology: Any = None) -> InventoryManager:
        write(config, fleet or FLEET, LAB if topology is None else topology)
        return InventoryManager(
            DataLoader(), [str(tmp_path / "hosts.yml"), str(tmp_path / "lab.netns.yml")]
        )

    def write(config: dict[str, Any], fleet: Any, topology: Any) -> None:
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump(fleet, sort_keys=False))
        (tmp_path / "lab.yml").write_text(json.dumps(topology))
        (tmp_path / "lab.netns.yml").write_text(
            yaml.safe_dump({"plugin": "redblue.netns.netns", "src": "lab.yml", **config})
        )

    return read


@pytest.fixture
def parse(tmp_path: Path, read: Callable[..., Any]) -> Callable[..., Any]:
    """The same by the plugin itself, which raises an error where Ansible would only warn."""

    def parse(config: dict[str, Any], fleet: Any = None, topology: Any = None) -> InventoryManager:
        read(config, fleet, topology)
        inventory = InventoryData()
        loader = DataLoader()
        for source in ("hosts.yml", "lab.netns.yml"):
            path = str(tmp_path / source)
            plugin = inventory_loader.get(
                "ansible.builtin.yaml" if source == "hosts.yml" else "redblue.netns.netns"
            )
            assert plugin.verify_file(path)
            plugin.parse(inventory, loader, path)
            inventory.reconcile_inventory()
        return inventory

    return parse
