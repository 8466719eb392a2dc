# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a host come from its inventory, and from the files beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.host_variables import (
    add_play_variables,
    read_host_variables,
)

HOSTS = """
all:
  children:
    web:
      vars: {color: red, port: 1}
      hosts: {web1: {size: large}}
"""


def test_files_have_precedence_over_the_inventory_and_hosts_over_groups(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(HOSTS)
    for name, text in (
        ("group_vars/web.yml", "port: 2\nrack: a"),
        ("host_vars/web1.yml", "rack: b"),
    ):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    loader = DataLoader()
    inventory = InventoryManager(loader, [str(tmp_path / "hosts.yml")])
    variables = read_host_variables(inventory._inventory, loader, inventory.get_host("web1"))
    expected = {"color": "red", "port": 2, "rack": "b", "size": "large"}
    assert {name: variables[name] for name in expected} == expected
    assert variables["inventory_hostname"] == "web1"


def test_templates_may_use_what_every_play_has_and_the_command_line_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_extra_vars, "extra_vars", {"color": "blue"}, raising=False)
    (tmp_path / "hosts.yml").write_text(HOSTS)
    loader = DataLoader()
    inventory = InventoryManager(loader, [str(tmp_path / "hosts.yml")])._inventory
    variables = add_play_variables(inventory, loader, {"color": "red", "port": 1})
    assert variables["ansible_playbook_python"] == sys.executable
    assert variables["groups"]["web"] == ["web1"] and variables["playbook_dir"]
    assert (variables["color"], variables["port"]) == ("blue", 1)
