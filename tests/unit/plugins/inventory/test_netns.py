# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts, groups and variables that the inventory plugin adds, with topologies from files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible_collections.redblue.netns.tests.unit.support.inventories import names


def test_every_namespace_of_every_host_is_a_host_in_its_groups(read: Callable[..., Any]) -> None:
    inventory = read({})
    assert names(inventory, "netns") == [
        "red.web1",
        "blue.web1",
        "red.web2",
        "blue.web2",
        "red.db1",
        "blue.db1",
    ]
    assert names(inventory, "netns_red") == ["red.web1", "red.web2", "red.db1"]
    assert names(inventory, "netns_on_web1") == ["red.web1", "blue.web1"]
    assert names(inventory, "netns_bridge_v_net_0") == names(inventory, "netns")
    assert names(inventory, "all:!netns") == ["web1", "web2", "db1"]
    assert names(inventory, "web") == ["web1", "web2"]


def test_a_host_has_the_variables_to_run_tasks_inside(read: Callable[..., Any]) -> None:
    variables = read({}).get_host("red.web1").get_vars()
    connection = variables.pop("ansible_connection")
    assert (
        '"ssh" if ansible_become | bool and '
        'ansible_become_method == "redblue.netns.netns" else undef(' in connection
    )
    assert {
        name: value
        for name, value in variables.items()
        if not name.startswith("inventory_") and name != "group_names"
    } == {
        "ansible_become": True,
        "ansible_become_method": "redblue.netns.netns",
        "ansible_netns": "red",
        "ansible_host": "192.0.2.1",
        "netns_host": "web1",
        "netns_host_groups": ["web"],
        "netns_bridges": ["v-net-0"],
        "netns_addresses": ["192.168.15.1/24"],
        "netns_processes": [],
        "netns_services": [],
    }
    assert read({}).get_host("red.web2").get_vars()["ansible_host"] == "web2"


def test_it_has_the_connection_variables_of_its_host(
    read: Callable[..., Any], tmp_path: Path
) -> None:
    for path, text in (
        ("group_vars/web.yml", "ansible_port: 2222\nsecret: s\nansible_password: '{{ secret }}'"),
        ("host_vars/web1.yml", "ansible_port: 22"),
    ):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)
    fleet = {
        "web": {
            "vars": {"ansible_user": "deploy", "ansible_become_method": "sudo"},
            "hosts": {"web1": {"ansible_connection": "local"}},
        }
    }
    variables = read({}, fleet).get_host("red.web1").get_vars()
    assert (
        variables["ansible_user"],
        variables["ansible_port"],
        variables["ansible_become_method"],
    ) == ("deploy", 22, "redblue.netns.netns")
    assert (
        variables["ansible_password"] == '{{ hostvars["web1"]["ansible_password"] }}'
        and "secret" not in variables
    )
    assert variables["ansible_connection"].startswith('{{ "local" if ')


def test_a_connection_that_is_a_template_stays_guarded(read: Callable[..., Any]) -> None:
    fleet = {"web": {"hosts": {"web1": {"ansible_connection": "{{ how }}", "how": "local"}}}}
    connection = read({}, fleet).get_host("red.web1").get_vars()["ansible_connection"]
    assert connection.startswith(
        '{{ hostvars["web1"]["ansible_connection"] if ansible_become | '
        "bool and ansible_become_method == "
    )


def test_a_composed_connection_stays_guarded(read: Callable[..., Any]) -> None:
    variables = (
        read({"compose": {"ansible_connection": "'lo' ~ 'cal'", "again": "ansible_netns"}})
        .get_host("red.web1")
        .get_vars()
    )
    assert (
        variables["ansible_connection"].startswith('{{ "local" if ansible_become | bool and ')
        and variables["again"] == "red"
    )


@pytest.mark.parametrize(
    "hosts, expected",
    [
        (["web2"], ["red.web2"]),
        (["db", "web2", "web"], ["red.db1", "red.web2", "red.web1"]),
        (["localhost"], ["red.localhost"]),
    ],
)
def test_only_the_hosts_of_the_option(read: Callable[..., Any], hosts: Any, expected: Any) -> None:
    assert names(read({"hosts": hosts}), "netns_red") == expected


@pytest.mark.parametrize("fleet", [{"all": {}}, {"all": {"hosts": {"web1": {}}}}])
def test_the_controller_is_a_host_only_if_it_is_named(read: Callable[..., Any], fleet: Any) -> None:
    assert "red.localhost" not in names(read({}, fleet), "all")
    inventory = read({"hosts": ["localhost"]}, fleet)
    assert names(inventory, "netns") == ["red.localhost", "blue.localhost"]
    assert (
        inventory.get_host("red.localhost")
        .get_vars()["ansible_connection"]
        .startswith('{{ "local" if ')
    )


def test_namespaces_of_another_file_are_no_hosts_with_namespaces(
    read: Callable[..., Any], tmp_path: Path
) -> None:
    read({})
    (tmp_path / "again.netns.yml").write_text(
        "{plugin: redblue.netns.netns, src: lab.yml, name: \"'2_' ~ netns_host ~ ansible_netns\"}"
    )
    sources = [str(tmp_path / name) for name in ("hosts.yml", "lab.netns.yml", "again.netns.yml")]
    inventory = InventoryManager(DataLoader(), sources)
    assert len(names(inventory, "netns")) == 2 * 6
    assert {host.get_vars()["netns_host"] for host in inventory.get_hosts("netns")} == {
        "web1",
        "web2",
        "db1",
    }


def test_each_host_may_have_its_own_file(read: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "web1.yml").write_text("netns: [{name: green}]")
    config = {"src": "{{ kind }}/{{ inventory_hostname }}.yml", "hosts": ["web1"]}
    assert names(read(config, {"all": {"hosts": {"web1": {"kind": "web"}}}}), "netns") == [
        "green.web1"
    ]


def test_constructed(read: Callable[..., Any]) -> None:
    config = {
        "name": "netns_host ~ '_' ~ ansible_netns",
        "compose": {
            "address": "netns_addresses | first | split('/') | first",
            "place": "rack | default('nowhere')",
        },
        "groups": {"first_rack": "place == 'a'", "reds": "ansible_netns == 'red'"},
        "keyed_groups": [
            {"key": "netns_host_groups", "prefix": "of"},
            {"key": "ansible_netns", "prefix": "", "separator": ""},
        ],
    }
    inventory = read(config)
    assert names(inventory, "first_rack") == ["web1_red", "web1_blue"]
    assert (
        names(inventory, "reds") == names(inventory, "red") == ["web1_red", "web2_red", "db1_red"]
    )
    assert names(inventory, "of_db") == ["db1_red", "db1_blue"]
    assert inventory.get_host("web1_red").get_vars()["address"] == "192.168.15.1"


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("a.netns.yml", True),
        ("netns.yaml", True),
        ("netns.yml", True),
        ("hosts.yml", False),
        ("netns.json", False),
    ],
)
def test_the_names_of_its_files(tmp_path: Path, name: str, valid: bool) -> None:
    (tmp_path / name).write_text("plugin: redblue.netns.netns")
    assert inventory_loader.get("redblue.netns.netns").verify_file(str(tmp_path / name)) is valid
