# Copyright (c) 2026, redblue.netns contributors
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
from ansible import constants
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible_collections.redblue.netns.tests.unit.support.inventories import FLEET, LAB


@pytest.fixture(autouse=True)
def _own_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that ends the run does so by this setting, which is the whole process's."""
    monkeypatch.setattr(constants, "INVENTORY_ANY_UNPARSED_IS_FAILED", False)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., list[str]]:
    """A function that writes an inventory: the hosts, and after them the namespaces."""

    def write(config: dict[str, Any], fleet: Any = None, topology: Any = None) -> list[str]:
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump(fleet or FLEET, sort_keys=False))
        (tmp_path / "lab.yml").write_text(json.dumps(LAB if topology is None else topology))
        (tmp_path / "lab.netns.yml").write_text(
            yaml.safe_dump({"plugin": "redblue.netns.netns", "src": "lab.yml", **config})
        )
        return [str(tmp_path / "hosts.yml"), str(tmp_path / "lab.netns.yml")]

    return write


@pytest.fixture
def read(write: Callable[..., list[str]]) -> Callable[..., Any]:
    """A function that writes and reads an inventory."""

    def read(config: dict[str, Any], fleet: Any = None, topology: Any = None) -> InventoryManager:
        return InventoryManager(DataLoader(), write(config, fleet, topology))

    return read


@pytest.fixture
def parse(write: Callable[..., list[str]]) -> Callable[..., Any]:
    """The same by the plugin itself, which raises an error where Ansible would only warn."""

    def parse(config: dict[str, Any], fleet: Any = None, topology: Any = None) -> InventoryData:
        inventory = InventoryData()
        loader = DataLoader()
        names = ("ansible.builtin.yaml", "redblue.netns.netns")
        for name, path in zip(names, write(config, fleet, topology)):
            plugin = inventory_loader.get(name)
            assert plugin.verify_file(path)
            plugin.parse(inventory, loader, path)
            inventory.reconcile_inventory()
        return inventory

    return parse
